// Expectations: how many workers there should be, so that a missing one is told and not only not
// there. Ids of Dynamo workers are leases, new at each start: a component is expected by number.
//
// Plain values; FleetState counts (fleet/state/expectations.cpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"

namespace muster {

/// Components that may be expected; each is counted whenever workers come or go.
inline constexpr std::size_t kExpectationsMax = 1'000;

struct Expectation {
    std::string component;  ///< "dynamo/backend"
    std::size_t workers = 0;
    friend bool operator==(const Expectation&, const Expectation&) = default;
};

/// What became of one, as a view shows it.
struct ExpectedInfo {
    std::string component;
    std::size_t workers = 0;  ///< Expected.
    std::size_t present = 0;  ///< There, in whatever state; zombies and restored ones are not.
    /// How many there are too few; nothing while it cannot be known: as long as fewer are there
    /// and a source they may be behind was not listened to for long enough to have found them.
    std::optional<std::size_t> missing;
    Time since = kNever;                   ///< Since when some are missing; kNever if none are.
    std::string why;                       ///< In words; empty if none are missing.
    std::vector<std::string> missing_ids;  ///< Of workers that are expected by name.
    friend bool operator==(const ExpectedInfo&, const ExpectedInfo&) = default;
};

}  // namespace muster
