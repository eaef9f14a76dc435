// Answers and pushes: from the report to the instance, its process, its row, its load.
#pragma once

#include <span>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

Verdict apply_answer(FleetParts& parts, const Answer& answer);
Verdict apply_push(FleetParts& parts, const Push& push, std::span<const ComponentId> candidates);

}  // namespace muster
