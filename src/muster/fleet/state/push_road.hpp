// Pushes: the moment for which one surely holds, and what silence says about what was pushed last.
//
// A push does not say when it was published. A client that loses its broker keeps what its worker
// publishes and sends it when it is connected again; some of it may be lost with the connection.
#pragma once

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

/// The moment for which a push surely holds: as a rule that of its receipt. It can have been
/// published earlier only where the source, or the worker's own connection, may have been
/// interrupted: where the source is in doubt, or the worker misses questions or has answered none
/// over our newest connection (who beats is not asked: there only the source counts).
[[nodiscard]] Time push_holds_at(FleetParts& parts, const SourceRecord& source,
                                 InstanceRecord& instance, const Push& push);

/// It answers `round` now. A question before it to which no answer came may be one that found it
/// cut off: what it pushed then may be lost. REQUIRES: `instance.answered` is still the one before.
void note_skipped(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  RoundId round);

/// The process answers a question of `asked` and has pushed nothing since: what it pushed last
/// still holds, if nothing can have been lost and it is the process that pushed.
void confirm_by_silence(FleetParts& parts, const SourceRecord& source, InstanceRecord& instance,
                        const Answer& answer, Time asked);

/// Silence on the source's pushed road says nothing about what was pushed before this.
void break_push_road(FleetParts& parts, SourceRecord& source);

}  // namespace muster
