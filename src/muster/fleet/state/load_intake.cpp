#include "muster/fleet/state/load_intake.hpp"

#include <algorithm>
#include <cstdint>

#include "muster/fleet/state/load_check.hpp"
#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/memory.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

// Requests counted beside a load that never moved, above which it is no chance.
constexpr std::uint64_t kRequestsForFrozen = 100;
// A slot tells 65,536 sequences apart (RowSlot).
constexpr std::uint64_t kSequencesPerSlot = 65'536;

bool same_spec(const SpecDecodePtr& a, const SpecDecodePtr& b) {
    return a == b || (a && b && *a == *b);
}

void advance_sequence(FleetParts& parts, WorkerRow& row) {
    ++row.sequence;
    row.is_shown = false;
    // RowSlot's invariant (3): a slot serves no sequence twice.
    if (row.sequence % kSequencesPerSlot == 0) replace_slot(parts, row);
}

void thaw(FleetParts& parts, WorkerRow& row, Time now) {
    if (!row.flags.has(WorkerFlag::frozen)) return;
    parts.chronicle.fired(Rule::frozen_ended);
    clear_flag(parts, row, WorkerFlag::frozen, now);
}

/// Requests are counted on, and the load never left its start value.
void suspect_by_requests(FleetParts& parts, WorkerRow& row, const LoadRecord& record) {
    const bool counted_on = record.requests_total && row.requests_at_start && !row.moved &&
                            *record.requests_total >= *row.requests_at_start + kRequestsForFrozen;
    if (!counted_on || row.flags.has(WorkerFlag::frozen)) return;
    parts.chronicle.fired(Rule::frozen_requests);
    raise_flag(parts, row, WorkerFlag::frozen, record.received, record.received,
               "load at its start value after 100 requests");
}

/// What the counters say that must move while requests run.
enum class Motion : std::uint8_t { not_told, moved, stood };

Motion motion_since(const WorkerRow& row, const LoadRecord& record) {
    if (!record.progress || !row.progress) return Motion::not_told;
    return *record.progress == *row.progress ? Motion::stood : Motion::moved;
}

/// So many loads may come without counters between two that have them. SGLang's come with its page,
/// every five seconds; this is three times that, at the shortest interval.
constexpr std::uint8_t kLoadsWithoutCountersMax = 60;

/// It tells such counters, seldomer than its load, and not now: nothing follows from this answer.
bool awaits_counters(const WorkerRow& row, const LoadRecord& record) {
    return !record.progress && row.counters_awaited > 0;
}

/// The record says again what the one before said, or its counters do.
void suspect_frozen(FleetParts& parts, WorkerRow& row, const LoadRecord& record) {
    if (row.flags.has(WorkerFlag::frozen)) return;
    const bool works = busy(row.load);
    if (!works)
        row.equal_since = kNever;
    else if (row.equal_since == kNever)
        row.equal_since = record.received;
    if (works && age_between(row.equal_since, record.received) >= parts.rules.frozen_after) {
        parts.chronicle.fired(Rule::frozen_equal);
        raise_flag(parts, row, WorkerFlag::frozen, row.equal_since, record.received,
                   record.progress ? "its counters stand though requests run"
                                   : "equal records though it works");
        return;
    }
    // Where the counters of the work itself are told, they are the better witness.
    if (!record.progress) suspect_by_requests(parts, row, record);
}

/// What follows the question, not the load. The road stays that of the load's first arrival, else
/// two roads that agree would take turns in it.
void follow_question(FleetParts& parts, InstanceRecord& instance, WorkerRow& row,
                     const LoadRecord& record, bool news) {
    const bool triggers_only = record.road == Road::pushed_on_change && !instance.offers_load;
    const bool road_changed = news || row.triggers_only != triggers_only;
    const bool same_interval = row.interval == record.interval && row.patience == record.patience;
    if (!road_changed && same_interval) return;
    row.interval = record.interval;
    row.patience = record.patience;
    if (road_changed) {
        row.road = record.road;
        row.triggers_only = triggers_only;
    }
    parts.roster.touch(row);
}

/// A load that differs ends the suspicion, unless it is known that nothing was done meanwhile: a
/// queue grows in front of an engine that hangs.
void take_news(FleetParts& parts, ComponentRecord& component, WorkerRow& row, const Load& load,
               const LoadRecord& record) {
    parts.chronicle.fired(Rule::load_changed);
    const bool first = row.as_of == kNever;
    const bool unmoved = motion_since(row, record) == Motion::stood || awaits_counters(row, record);
    const bool stood = unmoved && busy(load) && busy(row.load);
    if (!stood) thaw(parts, row, record.received);
    if (!first) {
        row.moved = true;
        if (record.road == Road::polled) component.unpushed_difference_at = record.received;
    } else {
        row.requests_at_start = record.requests_total;
    }
    if (!stood || row.equal_since == kNever) {
        row.equal_since = busy(load) ? record.received : kNever;
    }
    row.load = load;
    if (row.extras().spec_decode != record.spec_decode) {
        row.change_extras([&](RowExtras& extras) { extras.spec_decode = record.spec_decode; });
    }
    row.as_of = record.holds_at;
    advance_sequence(parts, row);
    parts.roster.touch(row);
}

}  // namespace

void confirm_load(WorkerRow& row, Time when) {
    row.known_at = std::max(row.known_at, when);
    // A sequence that no view shows yet is confirmed when one does (Roster::freeze).
    if (row.is_shown) row.slot->confirm(row.sequence, row.known_at);
}

Verdict take_load(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  WorkerRow& row, const LoadRecord& record) {
    row.heard_at = record.received;
    // Before the fields are judged: zeros at the start are a beginning, later a capacity of 0 is
    // one that is not known.
    if (all_zero(record.load) && !row.started_up && !record.zeros_are_idle) {
        parts.chronicle.fired(Rule::starting_zeros);
        if (!row.requests_at_start) row.requests_at_start = record.requests_total;
        suspect_by_requests(parts, row, record);
        note_own_load(parts, row);
        return {Verdict::Outcome::alive_only, std::nullopt};
    }
    const CheckedLoad checked = check_load(record.load);
    if (!checked.dropped.items().empty()) parts.chronicle.fired(Rule::field_forgotten);
    if (checked.load.known.empty()) {
        return {Verdict::Outcome::alive_only, RejectReason::bad_metrics, checked.dropped};
    }
    row.started_up = true;
    note_own_load(parts, row);
    const bool equal = row.as_of != kNever && row.load == checked.load &&
                       same_spec(row.extras().spec_decode, record.spec_decode);
    follow_question(parts, instance, row, record, !equal);
    const Motion motion = motion_since(row, record);
    if (equal) {
        parts.chronicle.fired(Rule::load_confirmed);
        if (motion == Motion::moved) {
            thaw(parts, row, record.received);
            row.equal_since = busy(row.load) ? record.received : kNever;
        } else if (!awaits_counters(row, record)) {
            suspect_frozen(parts, row, record);
        }
        // Its other fields are confirmed too; shown with the next view that is made anyway.
        if (row.triggers_only) row.as_of = std::max(row.as_of, record.holds_at);
    } else {
        take_news(parts, component, row, checked.load, record);
        row.known_at = record.holds_at;
        if (motion == Motion::stood) suspect_frozen(parts, row, record);
    }
    if (record.progress) {
        row.progress = record.progress;
        row.counters_awaited = kLoadsWithoutCountersMax;
    } else if (row.counters_awaited > 0) {
        --row.counters_awaited;
    }
    confirm_load(row, record.holds_at);
    note_state(parts, row, record.received);
    return {equal ? Verdict::Outcome::confirmed : Verdict::Outcome::changed, std::nullopt,
            checked.dropped};
}

}  // namespace muster
