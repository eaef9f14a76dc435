// Suspicions and marks that stand beside a worker's state; each has the time since when it stands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

enum class WorkerFlag : std::uint8_t {
    frozen,     ///< Its numbers do not move though it works.
    zombie,     ///< Withdrawn by discovery, still answering. Out of the statistics.
    cordoned,   ///< Marked by an operator.
    duplicate,  ///< Two processes answer under this identity.
    restored,   ///< From the journal, not heard yet. Stale, out of the statistics.
};

inline constexpr std::size_t kWorkerFlagCount = 5;
inline constexpr std::array<std::string_view, kWorkerFlagCount> kWorkerFlagNames = {
    "frozen", "zombie", "cordoned", "duplicate", "restored"};

[[nodiscard]] constexpr std::string_view name_of(WorkerFlag flag) noexcept {
    return kWorkerFlagNames[static_cast<std::size_t>(flag)];
}

/// Which flags stand. A plain byte in the view's columns.
class WorkerFlags {
public:
    constexpr WorkerFlags() = default;
    [[nodiscard]] constexpr bool has(WorkerFlag f) const noexcept { return (bits_ & bit(f)) != 0; }
    constexpr void set(WorkerFlag f, bool on) noexcept {
        bits_ = static_cast<std::uint8_t>(on ? bits_ | bit(f) : bits_ & ~bit(f));
    }
    [[nodiscard]] constexpr bool any() const noexcept { return bits_ != 0; }
    friend constexpr bool operator==(WorkerFlags, WorkerFlags) = default;

private:
    static constexpr std::uint8_t bit(WorkerFlag f) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(f));
    }
    std::uint8_t bits_ = 0;
};

/// Since when each flag stands; kNever where it does not.
using FlagTimes = std::array<Time, kWorkerFlagCount>;
inline constexpr FlagTimes kNoFlagTimes = {kNever, kNever, kNever, kNever, kNever};

}  // namespace muster
