// How often a component is asked: by its size, and less often while pushes tell everything first.
#pragma once

#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// The interval that holds at `now`.
[[nodiscard]] Duration ask_interval(const FleetParts& parts, const ComponentRecord& component,
                                    Time now);

/// Puts it in force; a shorter one pulls the next question forward.
void update_interval(FleetParts& parts, ComponentRecord& component, Time now);

}  // namespace muster
