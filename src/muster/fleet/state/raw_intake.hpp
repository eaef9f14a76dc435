// Keeps what a worker said last, within the bounds of base/limits.hpp.
#pragma once

#include <string_view>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

struct RawIntake {
    std::string_view text;
    Road road = Road::polled;
    Time received{};
};

/// In a worker's everyday life one copy of a few hundred bytes, 28 ns of a report's time with 1,000
/// workers and 72 ns with 10,000 (fleet_state_bench): its room grows only where a record is longer
/// than all before it.
void keep_raw(FleetParts& parts, WorkerRow& row, const RawIntake& record);

/// The row leaves.
void forget_raw(FleetParts& parts, WorkerRow& row);

}  // namespace muster
