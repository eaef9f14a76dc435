#include "muster/fleet/state/membership.hpp"

#include <algorithm>
#include <utility>

#include "muster/fleet/state/raw_intake.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

std::shared_ptr<WorkerIdentity> make_identity(const FleetParts& parts,
                                              const ComponentRecord& component,
                                              const InstanceRecord& instance,
                                              std::optional<std::uint32_t> rank,
                                              const Newcomer& newcomer) {
    auto identity = std::make_shared<WorkerIdentity>();
    identity->id = make_worker_id(component.spec.name, instance.id, instance.rare().name, rank);
    identity->component = component.spec.name;
    identity->instance_id = instance.id;
    identity->instance_name = instance.rare().name;
    identity->rank = rank;
    identity->engine = newcomer.engine;
    if (identity->engine.empty()) identity->engine = instance.rare().engine;
    if (identity->engine.empty()) identity->engine = component.spec.engine;
    identity->address = newcomer.address;
    identity->models = instance.rare().models;
    identity->source = component.source;
    identity->component_id = component.id;
    identity->labels = row_labels(parts, instance, *identity);
    return identity;
}

/// A tombstone that this report may not end, because it speaks of the time before.
bool buried_after(const FleetParts& parts, const std::string& worker_id, Time proven_at) {
    const Tombstone* stone = parts.graveyard.find(worker_id);
    return stone != nullptr && proven_at < stone->since;
}

void come_back(FleetParts& parts, InstanceRecord& instance, WorkerRow& row, Time now) {
    const std::optional<Tombstone> stone = parts.graveyard.exhume(row.identity->id);
    if (!stone && recall(parts, instance, row)) {
        parts.chronicle.tell(FleetEventKind::worker_returned, now, row.identity->id,
                             "known from before muster's restart");
        return;
    }
    if (!stone) {
        parts.chronicle.tell(FleetEventKind::worker_appeared, now, row.identity->id,
                             row.identity->address);
        return;
    }
    parts.graves_changed = true;
    parts.chronicle.fired(Rule::tombstone_ended);
    instance.generation = std::max(instance.generation, stone->generation + 1);
    row.generation = instance.generation;
    row.sequence = stone->sequence + 1;
    parts.chronicle.tell(FleetEventKind::worker_returned, now, row.identity->id,
                         "was lost: " + stone->detail);
}

std::expected<WorkerRow*, RejectReason> make_row(FleetParts& parts, ComponentRecord& component,
                                                 InstanceRecord& instance,
                                                 std::optional<std::uint32_t> rank,
                                                 const Newcomer& newcomer) {
    if (parts.roster.size() >= parts.rules.workers_max ||
        instance.rows.size() >= kRanksPerInstanceMax) {
        return std::unexpected(RejectReason::too_many_workers);
    }
    auto identity = make_identity(parts, component, instance, rank, newcomer);
    identity->first_seen = first_seen_of(parts, identity->id, newcomer.now);
    // The same component behind two sources: one worker may not have two rows.
    if (parts.roster.find(identity->id) != nullptr) {
        return std::unexpected(RejectReason::ambiguous);
    }
    if (buried_after(parts, identity->id, newcomer.proven_at)) {
        return std::unexpected(RejectReason::old_question);
    }
    auto row = std::make_unique<WorkerRow>();
    row->identity = std::move(identity);
    row->rank = rank;
    row->generation = instance.generation;
    row->sequence = parts.rules.first_sequence;
    row->interval = component.interval;
    row->patience = parts.rules.patience;
    row->heard_at = newcomer.now;
    row->change_extras([&](RowExtras& extras) { extras.trouble = instance.rare().trouble; });
    come_back(parts, instance, *row, newcomer.now);
    row->slot = make_slot(parts, instance.alive_at, kNever);
    parts.roster.add(*row);
    ++component.row_count;
    if (instance.rare().without_load_since != kNever) {
        instance.change_rare().without_load_since = kNever;
    }
    parts.sources_changed = parts.expected_due = true;
    WorkerRow& added = instance.rows.add(std::move(row));
    if (const Time since = instance.rare().conflict_at; since != kNever) {
        raise_flag(parts, added, WorkerFlag::duplicate, since, newcomer.now,
                   "two processes answer under this identity");
    }
    mark_cordoned(parts, added, added.identity->id, newcomer.now);
    note_state(parts, added, newcomer.now);
    return &added;
}

/// The rank became known: the row, its load and its history go on under the new name.
std::expected<WorkerRow*, RejectReason> rename_row(FleetParts& parts, ComponentRecord& component,
                                                   InstanceRecord& instance, std::uint32_t rank,
                                                   const Newcomer& newcomer) {
    WorkerRow& row = *instance.rows.front();
    auto identity = make_identity(parts, component, instance, rank, newcomer);
    const Time first_seen = row.identity->first_seen;
    identity->first_seen = std::min(first_seen, first_seen_of(parts, identity->id, first_seen));
    if (parts.roster.find(identity->id) != nullptr) {
        return std::unexpected(RejectReason::ambiguous);
    }
    parts.chronicle.fired(Rule::rank_renamed);
    parts.chronicle.tell(FleetEventKind::worker_renamed, newcomer.now, row.identity->id,
                         identity->id);
    const std::string old_id = row.identity->id;
    parts.roster.rename(row, std::move(identity));
    row.rank = rank;
    mark_cordoned(parts, row, old_id, newcomer.now);
    if (const std::optional<Tombstone> stone = parts.graveyard.exhume(row.identity->id)) {
        // Under this id a worker had gone: generation and sequence go on from there.
        parts.graves_changed = true;
        parts.chronicle.fired(Rule::tombstone_ended);
        instance.generation = std::max(instance.generation, stone->generation + 1);
        row.generation = instance.generation;
        row.sequence = std::max(row.sequence, stone->sequence) + 1;
        replace_slot(parts, row);
    } else if (recall(parts, instance, row)) {
        replace_slot(parts, row);
    }
    return &row;
}

void leave_mass_silence(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance) {
    if (!std::exchange(instance.in_mass, false) || !component.mass_silence) return;
    --component.mass_silence->silent;
    parts.sources_changed = true;
}

}  // namespace

Labels row_labels(const FleetParts& parts, const InstanceRecord& instance,
                  const WorkerIdentity& identity) {
    return with_labels(instance.rare().labels,
                       labels_of(parts.rules.labels, identity.component, identity.id));
}

InstanceRecord* find_instance(ComponentRecord& component, const InstanceRef& ref) {
    if (ref.id) {
        const auto* const at = component.by_id.find(*ref.id);
        return at == nullptr ? nullptr : at->get();
    }
    const auto at = component.by_name.find(std::string(ref.name));
    return at == component.by_name.end() ? nullptr : at->second.get();
}

std::expected<InstanceRecord*, RejectReason> instance_of(FleetParts& parts,
                                                         ComponentRecord& component,
                                                         const Answer& answer, Time asked) {
    const InstanceRef& ref = answer.instance;
    if (InstanceRecord* known = find_instance(component, ref)) return known;
    auto made = make_instance(parts, component, ref, answer.rank, asked);
    if (made) (*made)->started = answer.started;
    return made;
}

std::expected<InstanceRecord*, RejectReason> make_instance(FleetParts& parts,
                                                           ComponentRecord& component,
                                                           const InstanceRef& ref,
                                                           std::optional<std::uint32_t> rank_told,
                                                           Time proven_at) {
    if (ref.name.size() > kNameBytesMax) {
        return std::unexpected(RejectReason::bad_service);
    }
    if (parts.roster.size() >= parts.rules.workers_max ||
        parts.instance_count() >= parts.rules.workers_max) {
        return std::unexpected(RejectReason::too_many_workers);
    }
    auto instance = std::make_unique<InstanceRecord>();
    instance->id = ref.id;
    if (!instance->id) instance->change_rare().name = ref.name;
    for (const std::optional<std::uint32_t> rank : {std::optional<std::uint32_t>{}, rank_told}) {
        const std::string id =
            make_worker_id(component.spec.name, instance->id, instance->rare().name, rank);
        if (buried_after(parts, id, proven_at)) return std::unexpected(RejectReason::old_question);
    }
    InstanceRecord* made = instance.get();
    if (made->id)
        component.by_id.insert(std::move(instance));
    else
        component.by_name.emplace(made->rare().name, std::move(instance));
    return made;
}

std::expected<WorkerRow*, RejectReason> row_of(FleetParts& parts, ComponentRecord& component,
                                               InstanceRecord& instance,
                                               std::optional<std::uint32_t> rank,
                                               const Newcomer& newcomer) {
    for (WorkerRow* const row : instance.rows) {
        if (row->rank == rank) return row;
    }
    if (instance.rows.empty()) return make_row(parts, component, instance, rank, newcomer);
    if (rank) {
        const bool only_row_is_unranked = !instance.rows.front()->rank;
        return only_row_is_unranked ? rename_row(parts, component, instance, *rank, newcomer)
                                    : make_row(parts, component, instance, rank, newcomer);
    }
    if (instance.rows.size() == 1) return instance.rows.front();
    parts.chronicle.fired(Rule::rank_missing);
    return std::unexpected(RejectReason::rank_missing);
}

void bury_row(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
              WorkerRow& of, LostReason reason, const std::string& detail, Time now) {
    std::unique_ptr<WorkerRow> row = instance.rows.take(of);
    parts.chronicle.tell(FleetEventKind::worker_lost, now, row->identity->id, detail);
    parts.graveyard.bury({.identity = row->identity,
                          .since = now,
                          .reason = reason,
                          .detail = detail,
                          .last_load = row->load,
                          .generation = row->generation,
                          .sequence = row->sequence});
    parts.graves_changed = parts.expected_due = true;
    --component.row_count;
    forget_raw(parts, *row);
    parts.roster.remove(std::move(row));
}

void bury_instance(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                   LostReason reason, const std::string& detail, Time now) {
    while (!instance.rows.empty()) {
        bury_row(parts, component, instance, *instance.rows.front(), reason, detail, now);
    }
    if (instance.rare().without_load_since != kNever) parts.sources_changed = true;
    leave_mass_silence(parts, component, instance);
    component.rounds.forget_counts();
    if (instance.id)
        component.by_id.take(*instance.id);
    else
        component.by_name.erase(std::string(instance.rare().name));
}

std::shared_ptr<RowSlot> make_slot(const FleetParts& parts, Time alive_at, Time known_at) {
    Time origin = parts.origin;
    if (alive_at != kNever) origin = std::min(origin, alive_at);
    if (known_at != kNever) origin = std::min(origin, known_at);
    auto slot = std::make_shared<RowSlot>(origin);
    slot->set_alive(alive_at);
    return slot;
}

void replace_slot(FleetParts& parts, WorkerRow& row) {
    auto slot = make_slot(parts, row.slot->alive_at(), row.known_at);
    slot->set_missed(row.slot->missed());
    slot->set_process(row.slot->started(), row.slot->requests_total());
    if (const auto rtt = row.slot->rtt()) slot->set_rtt(*rtt);
    row.slot = std::move(slot);
    row.is_shown = false;
    parts.roster.touch_slot(row);
    parts.chronicle.fired(Rule::slot_replaced);
}

}  // namespace muster
