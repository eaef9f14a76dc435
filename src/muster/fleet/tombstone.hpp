// What left, when and why. Kept 15 minutes, so that "gone" is an answer and not an absence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"
#include "muster/fleet/worker_identity.hpp"

namespace muster {

enum class LostReason : std::uint8_t {
    silent,        ///< Three questions in a row unanswered over lost_after of listened time.
    mass_silent,   ///< The same, with half of its component: over mass_lost_after.
    refused,       ///< Three refused connections in a row over lost_after.
    withdrawn,     ///< Withdrawn by discovery, and silent.
    rank_unheard,  ///< Others of its instance were reported, this one not for 15 minutes.
};

inline constexpr std::size_t kLostReasonCount = 5;
inline constexpr std::array<std::string_view, kLostReasonCount> kLostReasonNames = {
    "silent", "mass_silent", "refused", "withdrawn", "rank_unheard"};

[[nodiscard]] constexpr std::string_view name_of(LostReason reason) noexcept {
    return kLostReasonNames[static_cast<std::size_t>(reason)];
}

struct Tombstone {
    std::shared_ptr<const WorkerIdentity> identity;
    Time since{};
    LostReason reason = LostReason::silent;
    std::string detail;  ///< In words: "silent for 10 s".
    Load last_load;
    std::uint32_t generation = 0;
    std::uint64_t sequence = 0;  ///< Its last; a return goes on from here.
};

/// Oldest first.
using Tombstones = std::vector<Tombstone>;

}  // namespace muster
