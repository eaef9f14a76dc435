// Silence: what a question without an answer means, and when it means that a worker is lost.
//
// A round is judged once: when its patience has passed since its echo came back (so that we know
// that the source carried it), or when the source itself says that nobody listens (503).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "muster/fleet/state/fleet_parts.hpp"
#include "muster/fleet/tombstone.hpp"

namespace muster {

/// The instance proved at `received` that it lived at `proven_at`. By a push or by an answer.
void heard(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance, Time proven_at,
           Time received);

/// Judges the rounds of the component whose patience has passed.
void close_due_rounds(FleetParts& parts, ComponentRecord& component, Time now);
/// When the next one is to be judged.
[[nodiscard]] Time round_closes_at(const FleetParts& parts, const ComponentRecord& component);

/// One miss for each instance that did not answer the round; then loss and mass silence.
void judge_round(FleetParts& parts, ComponentRecord& component, Round& round, Time now);

/// The instance did not answer the question that its source asked it alone.
void note_missed(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                 RoundId round, Time sent, Time now);

/// The listened time over which the instance is lost if it is silent.
[[nodiscard]] Duration lost_after(const FleetParts& parts, const ComponentRecord& component,
                                  const InstanceRecord& instance);

/// A connection was refused: stale at once, lost after three in a row over lost_after.
void note_refusal(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  Time now);

/// What discovery lists for a component.
void note_discovered(FleetParts& parts, ComponentRecord& component,
                     std::span<const std::uint64_t> ids, Time now);

/// Loses the instance; one of a pinned component stays, and says since when it is silent.
void lose(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
          LostReason reason, const std::string& detail, Time now);

}  // namespace muster
