// Passing from one state to another is a change to be published: this notices it.
#pragma once

#include <string_view>

#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// The state of a row at `now`, by the same rule as FleetView::state_at.
[[nodiscard]] WorkerState state_of(const FleetParts& parts, const WorkerRow& row, Time now);

/// Compares the row's state with the published one, and notes when it can pass next.
void note_state(FleetParts& parts, WorkerRow& row, Time now);

/// Does so for every row, if one may have passed; withdraws ranks that nobody speaks of any more
/// and ends old conflicts on the way.
void pass_states(FleetParts& parts, Time now);

void raise_flag(FleetParts& parts, WorkerRow& row, WorkerFlag flag, Time since, Time now,
                std::string_view why);
/// `who` lifted it, where somebody did.
void clear_flag(FleetParts& parts, WorkerRow& row, WorkerFlag flag, Time now,
                std::string_view who = {});

}  // namespace muster
