// Who is in the fleet: instances and rows appear, are renamed, leave for the graveyard, return.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"
#include "muster/fleet/tombstone.hpp"

namespace muster {

/// What a new row's identity is made from.
struct Newcomer {
    std::string_view engine;
    std::string_view address;
    Time proven_at{};  // Since when at most the process is known to live.
    Time now{};
};

/// The instance, or null.
[[nodiscard]] InstanceRecord* find_instance(ComponentRecord& component, const InstanceRef& ref);

/// The instance, made if it is new; or why it may not be.
[[nodiscard]] std::expected<InstanceRecord*, RejectReason> instance_of(FleetParts& parts,
                                                                       ComponentRecord& component,
                                                                       const Answer& answer,
                                                                       Time asked);

/// A new one. `rank_told`: that of the record it is made for. REQUIRES: there is none yet.
[[nodiscard]] std::expected<InstanceRecord*, RejectReason> make_instance(
    FleetParts& parts, ComponentRecord& component, const InstanceRef& ref,
    std::optional<std::uint32_t> rank_told, Time proven_at);

/// What discovery says of the instance, and over it what the rules give to the row.
[[nodiscard]] Labels row_labels(const FleetParts& parts, const InstanceRecord& instance,
                                const WorkerIdentity& identity);

/// The row that a record with this rank (or none) speaks of; made or renamed where the rules say
/// so.
[[nodiscard]] std::expected<WorkerRow*, RejectReason> row_of(FleetParts& parts,
                                                             ComponentRecord& component,
                                                             InstanceRecord& instance,
                                                             std::optional<std::uint32_t> rank,
                                                             const Newcomer& newcomer);

/// Moves a row to the graveyard.
void bury_row(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
              WorkerRow& of, LostReason reason, const std::string& detail, Time now);

/// Moves all its rows to the graveyard and forgets the instance.
void bury_instance(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                   LostReason reason, const std::string& detail, Time now);

/// A slot for a worker last heard and known at these moments, perhaps by an earlier run (kNever:
/// not yet). A slot keeps no time before its origin: it would look younger than it is.
[[nodiscard]] std::shared_ptr<RowSlot> make_slot(const FleetParts& parts, Time alive_at,
                                                 Time known_at);
/// Another slot for the row: old views keep the old one, which is written no more.
void replace_slot(FleetParts& parts, WorkerRow& row);

}  // namespace muster
