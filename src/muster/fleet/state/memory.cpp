#include "muster/fleet/state/memory.hpp"

#include <algorithm>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/fleet/state/fleet_parts.hpp"
#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

/// The process that answers now is the one of the earlier run, as far as it can be told.
bool same_process(const RestoredWorker& past, std::optional<std::int64_t> started,
                  std::optional<std::uint64_t> requests_total) {
    if (past.started && started && *past.started != *started) return false;
    return !(past.requests_total && requests_total && *requests_total < *past.requests_total);
}

InstanceRecord& instance_for(FleetParts& parts, ComponentRecord& component,
                             const RestoredWorker& past) {
    const WorkerIdentity& who = past.identity;
    InstanceRecord* instance =
        find_instance(component, {.id = who.instance_id, .name = who.instance_name});
    if (instance == nullptr) {
        auto made = std::make_unique<InstanceRecord>();
        instance = made.get();
        instance->id = who.instance_id;
        instance->heard_listened = parts.source_of(component).listened;
        if (instance->id) {
            component.by_id.insert(std::move(made));
        } else {
            instance->change_rare().name = who.instance_name;
            component.by_name.emplace(who.instance_name, std::move(made));
        }
    }
    instance->generation = std::max(instance->generation, past.generation);
    instance->alive_at = std::max(instance->alive_at, past.alive_at);
    if (past.started) instance->started = past.started;
    if (past.requests_total) instance->requests_total = past.requests_total;
    return *instance;
}

std::unique_ptr<WorkerRow> row_from(const FleetParts& parts, const ComponentRecord& component,
                                    const InstanceRecord& instance, const RestoredWorker& past,
                                    Time now) {
    auto identity = std::make_shared<WorkerIdentity>(past.identity);
    identity->source = component.source;
    identity->component_id = component.id;
    identity->labels = row_labels(parts, instance, *identity);
    auto row = std::make_unique<WorkerRow>();
    row->rank = identity->rank;
    row->identity = std::move(identity);
    row->load = past.load;
    row->as_of = past.as_of;
    // The journal rounds the two apart; the load was known to be so when it was first known.
    row->known_at = std::max(past.known_at, past.as_of);
    row->sequence = past.sequence;
    row->generation = past.generation;
    row->interval = past.interval;
    row->patience = past.patience;
    row->road = past.road;
    row->triggers_only = past.triggers_only;
    row->heard_at = now;  // From now on its rank is listened for.
    row->started_up = past.as_of != kNever;
    row->cut_off = true;
    row->flags.set(WorkerFlag::restored, true);
    row->change_extras([&](RowExtras& extras) {
        extras.flag_times[static_cast<std::size_t>(WorkerFlag::restored)] = now;
    });
    row->slot = make_slot(parts, past.alive_at, past.known_at);
    row->slot->set_process(past.started, past.requests_total);
    row->published_state = state_of(parts, *row, now);
    return row;
}

bool may_show(const FleetParts& parts, const std::string& id) {
    return parts.roster.size() < parts.rules.workers_max && parts.roster.find(id) == nullptr &&
           parts.graveyard.find(id) == nullptr;
}

void add_row(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
             std::unique_ptr<WorkerRow> row, Time now) {
    parts.chronicle.fired(Rule::worker_restored);
    WorkerRow& added = instance.rows.add(std::move(row));
    parts.roster.add(added);
    mark_cordoned(parts, added, added.identity->id, now);
    note_state(parts, added, now);
    ++component.row_count;
}

/// The source of the same id and target, as the earlier run had it.
bool same_source(const Memory& memory, const SourceSpec& spec) {
    return std::any_of(memory.sources.begin(), memory.sources.end(), [&](const auto& source) {
        return source.id == spec.id && source.target == spec.target;
    });
}

}  // namespace

void remember(FleetParts& parts, RestoredFleet fleet, Time now) {
    for (Tombstone& stone : fleet.tombstones) {
        if (age_between(stone.since, now) >= parts.rules.tombstone_kept_for) continue;
        if (parts.graveyard.find(stone.identity->id) != nullptr) continue;
        parts.chronicle.fired(Rule::tombstone_restored);
        parts.graveyard.bury(std::move(stone));
        parts.graves_changed = true;
    }
    for (Cordon& cordon : fleet.cordons) restore_cordon(parts, std::move(cordon), now);
    Memory& memory = parts.memory;
    memory.sources = std::move(fleet.sources);
    memory.shows = fleet.heard_until != kNever &&
                   age_between(fleet.heard_until, now) <= parts.rules.restored_within;
    memory.forgotten_at = now + parts.rules.restored_within;
    for (RestoredWorker& worker : fleet.workers) {
        if (memory.workers.size() >= parts.rules.workers_max) break;
        if (parts.graveyard.find(worker.identity.id) != nullptr) continue;
        std::string id = worker.identity.id;
        memory.workers.insert_or_assign(std::move(id), std::move(worker));
    }
}

void show_remembered(FleetParts& parts, ComponentRecord& component, Time now) {
    Memory& memory = parts.memory;
    const SourceSpec& source = parts.source_of(component).spec;
    // A source with a beat of its own lists its workers anew: each comes back as it is listed.
    if (source.own_beat) return;
    if (!memory.shows || memory.workers.empty() || !same_source(memory, source)) return;
    std::size_t shown = 0;
    Time heard = kNever;
    for (auto at = memory.workers.begin(); at != memory.workers.end();) {
        const RestoredWorker& past = at->second;
        if (past.identity.component != component.spec.name || past.source != source.id) {
            ++at;
            continue;
        }
        if (may_show(parts, past.identity.id)) {
            InstanceRecord& instance = instance_for(parts, component, past);
            add_row(parts, component, instance, row_from(parts, component, instance, past, now),
                    now);
            ++shown;
            heard = std::max(heard, past.alive_at);
        }
        at = memory.workers.erase(at);
    }
    if (shown == 0) return;
    parts.sources_changed = parts.expected_due = true;
    const auto ago = std::chrono::duration_cast<std::chrono::seconds>(age_between(heard, now));
    parts.chronicle.tell(FleetEventKind::workers_restored, now, component.spec.name,
                         std::to_string(shown) + " from the journal, last heard " +
                             std::to_string(ago.count()) + " s before: stale until heard again");
}

bool show_remembered_worker(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                            std::string_view address, Time now) {
    Memory& memory = parts.memory;
    if (!memory.shows || memory.workers.empty()) return false;
    const auto show = [&](std::optional<std::uint32_t> rank) {
        const auto at = memory.workers.find(
            make_worker_id(component.spec.name, instance.id, instance.rare().name, rank));
        if (at == memory.workers.end() || !may_show(parts, at->first)) return false;
        const RestoredWorker& past = at->second;
        static_cast<void>(instance_for(parts, component, past));
        RareFacts& rare = instance.change_rare();
        rare.engine = past.identity.engine;
        rare.models = past.identity.models;
        rare.own_interval = past.interval;
        rare.own_patience = past.patience;
        auto row = row_from(parts, component, instance, past, now);
        auto identity = std::make_shared<WorkerIdentity>(*row->identity);
        identity->address = address;
        row->identity = std::move(identity);
        add_row(parts, component, instance, std::move(row), now);
        memory.workers.erase(at);
        return true;
    };
    if (!show(std::nullopt)) {
        for (std::uint32_t rank = 0; rank < kRanksPerInstanceMax && show(rank);) ++rank;
    }
    if (instance.rows.empty()) return false;
    parts.sources_changed = parts.expected_due = true;
    return true;
}

bool recall(FleetParts& parts, InstanceRecord& instance, WorkerRow& row) {
    const RestoredWorker* const past = parts.memory.find(row.identity->id);
    if (past == nullptr) return false;
    const bool same = same_process(*past, instance.started, instance.requests_total);
    instance.generation = std::max(instance.generation, past->generation + (same ? 0 : 1));
    row.generation = instance.generation;
    row.sequence = std::max(row.sequence, past->sequence) + 1;
    parts.memory.workers.erase(row.identity->id);
    parts.chronicle.fired(Rule::worker_recalled);
    return true;
}

Time first_seen_of(const FleetParts& parts, const std::string& id, Time now) {
    if (const Tombstone* stone = parts.graveyard.find(id)) return stone->identity->first_seen;
    if (const RestoredWorker* past = parts.memory.find(id)) return past->identity.first_seen;
    return now;
}

void note_own_load(FleetParts& parts, WorkerRow& row) {
    if (!row.flags.has(WorkerFlag::restored)) return;
    parts.chronicle.fired(Rule::restored_heard);
    row.flags.set(WorkerFlag::restored, false);
    row.change_extras([](RowExtras& extras) {
        extras.flag_times[static_cast<std::size_t>(WorkerFlag::restored)] = kNever;
    });
    row.cut_off = false;
    parts.roster.touch(row);
    parts.expected_due = true;
}

void forget(FleetParts& parts, Time now) {
    if (now < parts.memory.forgotten_at) return;
    parts.memory = {};
}

}  // namespace muster
