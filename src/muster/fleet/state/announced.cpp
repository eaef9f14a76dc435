#include "muster/fleet/state/announced.hpp"

#include <memory>
#include <utility>

#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/memory.hpp"

namespace muster {
namespace {

/// The same id, slot and sequence under an identity that says something new.
void retell(FleetParts& parts, WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity) {
    parts.roster.relabel(row, std::move(identity));
}

void relabel(FleetParts& parts, InstanceRecord& instance, const Labels& labels) {
    if (instance.rare().labels == labels) return;
    instance.change_rare().labels = labels;
    for (WorkerRow* const row : instance.rows) {
        auto identity = std::make_shared<WorkerIdentity>(*row->identity);
        identity->labels = row_labels(parts, instance, *identity);
        retell(parts, *row, std::move(identity));
        parts.chronicle.fired(Rule::relabelled);
    }
}

}  // namespace

std::expected<void, RejectReason> announce_worker(FleetParts& parts, ComponentRecord& component,
                                                  const Announcement& worker, Time now) {
    if (InstanceRecord* const known = find_instance(component, worker.instance)) {
        relabel(parts, *known, worker.labels);
        return {};
    }
    auto made = make_instance(parts, component, worker.instance, std::nullopt, now);
    if (!made) return std::unexpected(made.error());
    InstanceRecord& instance = **made;
    instance.change_rare().labels = worker.labels;
    instance.change_rare().announced_at = now;
    instance.heard_listened = parts.source_of(component).listened;
    if (show_remembered_worker(parts, component, instance, worker.address, now)) return {};
    const auto row =
        row_of(parts, component, instance, std::nullopt,
               {.engine = {}, .address = worker.address, .proven_at = now, .now = now});
    if (row) return {};
    component.by_name.erase(std::string(instance.rare().name));
    return std::unexpected(row.error());
}

void describe_worker(FleetParts& parts, InstanceRecord& instance, const EngineFacts& facts) {
    RareFacts& told = instance.change_rare();
    if (told.engine == facts.engine && told.models == facts.models) return;
    told.engine = facts.engine;
    told.models = facts.models;
    for (WorkerRow* const row : instance.rows) {
        auto identity = std::make_shared<WorkerIdentity>(*row->identity);
        identity->engine = told.engine;
        identity->models = told.models;
        retell(parts, *row, std::move(identity));
    }
}

void note_trouble(FleetParts& parts, InstanceRecord& instance, const WorkerTrouble* trouble,
                  Time now) {
    const WorkerTroublePtr before = instance.rare().trouble;
    if (trouble == nullptr && before == nullptr) return;
    const bool same_kind = trouble != nullptr && before != nullptr && before->kind == trouble->kind;
    if (same_kind && before->what == trouble->what) return;
    if (trouble == nullptr) {
        instance.change_rare().trouble = nullptr;
    } else {
        auto made = std::make_shared<WorkerTrouble>(*trouble);
        made->since = same_kind ? before->since : now;
        instance.change_rare().trouble = std::move(made);
    }
    for (WorkerRow* const row : instance.rows) {
        row->change_extras([&](RowExtras& extras) { extras.trouble = instance.rare().trouble; });
        parts.roster.touch(*row);
    }
    if (same_kind || instance.rows.empty()) return;
    parts.chronicle.tell(
        trouble == nullptr ? FleetEventKind::trouble_ended : FleetEventKind::trouble_began, now,
        instance.rows.front()->identity->id,
        trouble == nullptr ? before->kind + " is over" : trouble->what);
}

void withdraw_worker(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                     const std::string& why, Time now) {
    parts.chronicle.fired(Rule::lost_withdrawn);
    bury_instance(parts, component, instance, LostReason::withdrawn, why, now);
}

}  // namespace muster
