// How old is too old: the state of a worker as a pure function of facts and the time.
//
// Evaluated by whoever reads, never stored: a collector that hangs keeps nothing fresh.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

enum class WorkerState : std::uint8_t {
    unknown,  ///< No load yet in this generation.
    fresh,    ///< At most 2 x interval + patience old.
    late,     ///< At most stale_after old.
    stale,    ///< Older, or known to be cut off. Must not be used as if fresh.
};

inline constexpr std::size_t kWorkerStateCount = 4;
inline constexpr std::array<std::string_view, kWorkerStateCount> kWorkerStateNames = {
    "unknown", "fresh", "late", "stale"};

[[nodiscard]] constexpr std::string_view name_of(WorkerState state) noexcept {
    return kWorkerStateNames[static_cast<std::size_t>(state)];
}

/// The ages at which a row changes state, from the interval and patience in force when it was
/// asked.
struct FreshnessLimits {
    Duration fresh_max{};
    Duration late_max{};
};

/// `stale_after` is the configured floor of the late limit (design: 2 s).
[[nodiscard]] constexpr FreshnessLimits freshness_limits(Duration interval, Duration patience,
                                                         Duration stale_after) noexcept {
    const Duration fresh = 2 * interval + patience;
    return {fresh, std::max({fresh, stale_after, 4 * interval})};
}

[[nodiscard]] constexpr WorkerState state_of_age(Duration age, FreshnessLimits limits) noexcept {
    if (age <= limits.fresh_max) return WorkerState::fresh;
    if (age <= limits.late_max) return WorkerState::late;
    return WorkerState::stale;
}

}  // namespace muster
