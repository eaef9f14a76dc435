// Announced workers: those that a source asks at a beat of its own (HTTP engines) and tells of,
// also before they have ever answered: what they are, what is wrong with them, and when they are
// gone.
#pragma once

#include <expected>
#include <string>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

[[nodiscard]] std::expected<void, RejectReason> announce_worker(FleetParts& parts,
                                                                ComponentRecord& component,
                                                                const Announcement& worker,
                                                                Time now);
void describe_worker(FleetParts& parts, InstanceRecord& instance, const EngineFacts& facts);
/// Null ends it.
void note_trouble(FleetParts& parts, InstanceRecord& instance, const WorkerTrouble* trouble,
                  Time now);
/// Lost at once: whoever listed it has taken it away.
void withdraw_worker(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                     const std::string& why, Time now);

}  // namespace muster
