// The JSON of the event stream: what changed between two looks at a fleet, and how old all of it
// is. docs/guide/http.md has every member.
//
// Place in the data path: as fleet_json, for clients that have an earlier state. Pure functions;
// any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/fleet/freshness.hpp"
#include "muster/fleet/tombstone.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster {

/// A row of the view, with the state it is said to be in.
struct ToldRow {
    std::size_t row = 0;
    WorkerState state = WorkerState::unknown;
};

/// A worker that is no longer among those told of.
struct LeftWorker {
    std::string_view id;
    std::string_view cause;  ///< One of kLostReasonNames, or another word of the guide.
    std::string_view reason;
};

struct FleetChange {
    std::vector<ToldRow> workers;  ///< In id order: those that changed or came.
    std::vector<LeftWorker> left;
    std::vector<const Tombstone*> lost;  ///< What joined the end of the list, oldest first.
    std::vector<std::string_view> lost_ended;
    std::string_view rest;  ///< As append_rest_json writes it, if it changed; else empty.
};

/// The data of `event: change`: workers, left, statistics and sources always, all else if it
/// changed. `texts` is at the view that the change leads to.
void append_change_json(std::string& out, const RowTexts& texts, const FleetChange& change,
                        const FleetMoment& moment);

/// The data of `event: ages`: of the rows, in their order.
void append_ages_json(std::string& out, const FleetView& view, std::span<const ToldRow> rows,
                      const FleetMoment& moment);

}  // namespace muster
