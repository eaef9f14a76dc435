// The parts that more than one document about the fleet has.
//
// Private to wire. Each appends to the string that its writer writes to. Pure; one thread.
#pragma once

#include <string>

#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/statistics.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster::detail {

/// {"epoch", "version", "time" without the closing brace.
void begin_document(JsonWriter& writer, const FleetView& view, const FleetMoment& moment);
/// "stats"
void write_statistics(JsonWriter& writer, std::string& out, const FleetStatistics& statistics);
/// "sources"
void write_sources(JsonWriter& writer, std::string& out, const FleetView& view,
                   const FleetMoment& moment);
/// "expected", where something is.
void write_expected(JsonWriter& writer, const FleetView& view, const WallAnchor& anchor);
/// Everything behind "workers", and the end of the document.
void write_after_workers(JsonWriter& writer, std::string& out, const FleetView& view,
                         const FleetMoment& moment, const FleetFilter& filter);

}  // namespace muster::detail
