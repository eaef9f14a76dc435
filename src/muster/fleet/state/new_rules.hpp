// Other rules for a fleet that runs: a configuration was read again.
#pragma once

#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// From now on these hold; limits and first_sequence stay. What a row was asked with stays its own:
/// an interval counts from the next question on.
void replace_rules(FleetParts& parts, const FleetRules& rules, Time now);

}  // namespace muster
