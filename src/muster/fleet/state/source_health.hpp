// Is a source well? Every round carries an echo to ourselves; what does not come back in time makes
// the source suspect, three timely ones in a row make it connected again. And: for how long did we
// really listen to it?
#pragma once

#include <string>

#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// Questions, or echoes alone, that may be under way at once.
inline constexpr std::size_t kOutstandingMax = 3;
/// An interval between our own steps above this means that we did not run, and so did not listen.
inline constexpr Duration kStepGapMax = std::chrono::seconds(1);

void source_connected(FleetParts& parts, SourceRecord& source, Time now);
void source_disconnected(FleetParts& parts, SourceRecord& source, const std::string& reason,
                         Time now);

/// The source itself says that it is in doubt.
void source_suspected(FleetParts& parts, SourceRecord& source, const std::string& reason, Time now);

/// A step of ours: counts what was listened since the last.
void note_time(FleetParts& parts, Time now);
/// Whatever comes first after a stop of our own, before it is judged: if the last step is too long
/// ago we did not listen, and nothing that was silent meanwhile may be held against anyone.
void note_stop(FleetParts& parts, Time now);
/// Adds the time since it was last counted to what was listened, if the source is connected.
void count_listened(SourceRecord& source, Time now);

EchoUnderway& begin_echo(SourceRecord& source, Duration limit, Time now);
void echo_back(FleetParts& parts, SourceRecord& source, EchoId echo, Time now);
/// Makes the source suspect if an echo is overdue, and writes off what will not come back.
void judge_echoes(FleetParts& parts, SourceRecord& source, Time now);
[[nodiscard]] Time echoes_judged_at(const SourceRecord& source);

/// How old an echo may be: interval + patience, at most 1 s.
[[nodiscard]] Duration echo_limit(const FleetParts& parts, Duration interval);

}  // namespace muster
