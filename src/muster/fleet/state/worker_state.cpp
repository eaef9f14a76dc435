#include "muster/fleet/state/worker_state.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/state_news.hpp"

namespace muster {
namespace {

FreshnessLimits limits_of(const FleetParts& parts, const WorkerRow& row) {
    return freshness_limits(row.interval, row.patience, parts.rules.stale_after);
}

/// When the row's state ends if nothing more is heard.
Time state_ends_at(const FleetParts& parts, const WorkerRow& row) {
    // One nanosecond on: at exactly the limit a row is still in the younger state.
    constexpr Duration kPast{1};
    if (row.published_state == WorkerState::fresh) {
        return row.known_at + limits_of(parts, row).fresh_max + kPast;
    }
    if (row.published_state == WorkerState::late) {
        return row.known_at + limits_of(parts, row).late_max + kPast;
    }
    return kNotDue;
}

Time newest_record_of(const InstanceRecord& instance) {
    Time newest = kNever;
    for (const WorkerRow* const row : instance.rows) newest = std::max(newest, row->heard_at);
    return newest;
}

/// Another rank of its instance was spoken of since. Where nobody speaks because nothing changed,
/// nobody is missing.
bool rank_is_unheard(const FleetParts& parts, const WorkerRow& row, Time newest, Time now) {
    return row.rank && !row.triggers_only && newest > row.heard_at &&
           age_between(row.heard_at, now) >= parts.rules.rank_unheard_after;
}

void withdraw_unheard_ranks(FleetParts& parts, Time now) {
    for (ComponentRecord& component : parts.components) {
        component.for_each_instance([&](InstanceRecord& instance) {
            if (instance.silent > 0) return;
            const Time newest = newest_record_of(instance);
            std::vector<WorkerRow*> unheard;
            for (WorkerRow* const row : instance.rows) {
                if (rank_is_unheard(parts, *row, newest, now)) unheard.push_back(row);
            }
            for (WorkerRow* const row : unheard) {
                parts.chronicle.fired(Rule::rank_unheard);
                bury_row(parts, component, instance, *row, LostReason::rank_unheard,
                         "others of its instance were reported, this rank was not for 15 min", now);
            }
        });
    }
}

void end_conflicts(FleetParts& parts, Time now) {
    if (now < parts.conflicts_end_at) return;
    parts.conflicts_end_at = kNotDue;
    for (ComponentRecord& component : parts.components) {
        component.for_each_instance([&](InstanceRecord& instance) {
            if (instance.rare().conflict_at == kNever) return;
            const Time end = instance.rare().conflict_at + parts.rules.lost_after;
            if (now < end) {
                parts.conflicts_end_at = std::min(parts.conflicts_end_at, end);
                return;
            }
            instance.change_rare().conflict_at = kNever;
            for (WorkerRow* const row : instance.rows)
                clear_flag(parts, *row, WorkerFlag::duplicate, now);
        });
    }
}

}  // namespace

WorkerState state_of(const FleetParts& parts, const WorkerRow& row, Time now) {
    if (row.as_of == kNever) return WorkerState::unknown;
    if (row.cut_off) return WorkerState::stale;
    return state_of_age(age_between(row.known_at, now), limits_of(parts, row));
}

void note_state(FleetParts& parts, WorkerRow& row, Time now) {
    const WorkerState state = state_of(parts, row, now);
    if (state != row.published_state) {
        parts.chronicle.fired(Rule::state_passed);
        tell_state(parts, row, state, now);
        row.published_state = state;
        parts.states_changed = true;
    }
    parts.state_check_at = std::min(parts.state_check_at, state_ends_at(parts, row));
    if (row.rank) {
        parts.state_check_at = std::min(
            parts.state_check_at,
            std::max(now + std::chrono::seconds(1), row.heard_at + parts.rules.rank_unheard_after));
    }
}

void pass_states(FleetParts& parts, Time now) {
    end_conflicts(parts, now);
    tell_state_sums(parts, now);
    if (now < parts.state_check_at) return;
    withdraw_unheard_ranks(parts, now);
    parts.state_check_at = kNotDue;
    parts.roster.for_each([&](WorkerRow& row) { note_state(parts, row, now); });
}

void raise_flag(FleetParts& parts, WorkerRow& row, WorkerFlag flag, Time since, Time now,
                std::string_view why) {
    if (row.flags.has(flag)) return;
    row.flags.set(flag, true);
    parts.expected_due = true;
    row.change_extras(
        [&](RowExtras& extras) { extras.flag_times[static_cast<std::size_t>(flag)] = since; });
    parts.roster.touch(row);
    parts.chronicle.tell(FleetEventKind::flag_raised, now, row.identity->id,
                         std::string(name_of(flag)).append(": ").append(why));
}

void clear_flag(FleetParts& parts, WorkerRow& row, WorkerFlag flag, Time now,
                std::string_view who) {
    if (!row.flags.has(flag)) return;
    row.flags.set(flag, false);
    parts.expected_due = true;
    row.change_extras(
        [&](RowExtras& extras) { extras.flag_times[static_cast<std::size_t>(flag)] = kNever; });
    parts.roster.touch(row);
    parts.chronicle.tell(FleetEventKind::flag_cleared, now, row.identity->id,
                         std::string(name_of(flag)).append(who.empty() ? "" : ": ").append(who));
}

}  // namespace muster
