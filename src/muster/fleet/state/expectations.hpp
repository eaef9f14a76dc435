// Expectations: as many workers as a user wrote down, or how many are missing, since when and why.
//
// Counted by component: ids of Dynamo workers are leases, so that none of them can be expected.
#pragma once

#include <memory>
#include <vector>

#include "muster/fleet/expectation.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// What is expected from now on. What was known of a component whose number did not change stays.
void set_expectations(FleetParts& parts, const std::vector<Expectation>& expected);

/// Counts anew if somebody came or went, or if something could not be known until now.
void count_expected(FleetParts& parts, Time now);

[[nodiscard]] std::shared_ptr<const std::vector<ExpectedInfo>> show_expected(
    const FleetParts& parts);

}  // namespace muster
