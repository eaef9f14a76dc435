#include "muster/fleet/state/new_rules.hpp"

#include <memory>
#include <utility>

#include "muster/fleet/state/ask_interval.hpp"
#include "muster/fleet/state/expectations.hpp"
#include "muster/fleet/state/membership.hpp"

namespace muster {
namespace {

void relabel_rows(FleetParts& parts) {
    // Visited through the components: the roster's own index changes with each.
    for (ComponentRecord& component : parts.components) {
        component.for_each_instance([&](InstanceRecord& instance) {
            for (WorkerRow* const row : instance.rows) {
                Labels labels = row_labels(parts, instance, *row->identity);
                if (labels == row->identity->labels) continue;
                auto identity = std::make_shared<WorkerIdentity>(*row->identity);
                identity->labels = std::move(labels);
                parts.roster.relabel(*row, std::move(identity));
                parts.chronicle.fired(Rule::relabelled);
            }
        });
    }
}

}  // namespace

void replace_rules(FleetParts& parts, const FleetRules& rules, Time now) {
    const FleetRules before = std::exchange(parts.rules, rules);
    parts.rules.rank_unheard_after = before.rank_unheard_after;
    parts.rules.tombstone_kept_for = before.tombstone_kept_for;
    parts.rules.workers_max = before.workers_max;
    parts.rules.tombstones_max = before.tombstones_max;
    parts.rules.first_sequence = before.first_sequence;
    parts.chronicle.fired(Rule::rules_replaced);
    if (rules.interval != before.interval) {
        for (ComponentRecord& component : parts.components) update_interval(parts, component, now);
    }
    if (rules.patience != before.patience) parts.sources_changed = true;
    if (rules.stale_after != before.stale_after) {
        // Rows pass by another limit; the next step looks at them all.
        parts.states_changed = true;
        parts.state_check_at = now;
    }
    if (rules.labels != before.labels) relabel_rows(parts);
    if (rules.expected != before.expected) {
        set_expectations(parts, rules.expected);
        count_expected(parts, now);
    }
}

}  // namespace muster
