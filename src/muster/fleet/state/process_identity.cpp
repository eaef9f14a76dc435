#include "muster/fleet/state/process_identity.hpp"

#include <algorithm>
#include <string>

#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/memory.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

constexpr std::uint32_t kMissesForTakeover = 3;  // As for loss: fewer may be the network's.

void begin_row_generation(FleetParts& parts, WorkerRow& row, std::uint32_t generation, Time now) {
    row.generation = generation;
    row.load = {};
    row.as_of = row.known_at = row.pushed_at = row.equal_since = kNever;
    ++row.sequence;
    row.started_up = row.moved = false;
    row.requests_at_start.reset();
    row.progress.reset();
    row.counters_awaited = 0;
    row.load_round = {};
    row.change_extras([](RowExtras& extras) { extras.spec_decode = nullptr; });
    clear_flag(parts, row, WorkerFlag::frozen, now);
    note_own_load(parts, row);
    replace_slot(parts, row);
    parts.chronicle.tell(FleetEventKind::worker_restarted, now, row.identity->id,
                         "generation " + std::to_string(generation));
    note_state(parts, row, now);
}

void begin_generation(FleetParts& parts, InstanceRecord& instance, const Answer& answer) {
    ++instance.generation;
    instance.started = answer.started;
    instance.requests_total = answer.requests_total;
    instance.missed = 0;
    for (WorkerRow* const row : instance.rows) {
        begin_row_generation(parts, *row, instance.generation, answer.received);
    }
}

void note_conflict(FleetParts& parts, InstanceRecord& instance, Time now) {
    parts.chronicle.fired(Rule::duplicate);
    RareFacts& rare = instance.change_rare();
    const Time since = rare.conflict_at == kNever ? now : rare.conflict_at;
    rare.conflict_at = now;
    parts.conflicts_end_at = std::min(parts.conflicts_end_at, now + parts.rules.lost_after);
    for (WorkerRow* const row : instance.rows) {
        raise_flag(parts, *row, WorkerFlag::duplicate, since, now,
                   "two processes answer under this identity");
    }
}

std::optional<RejectReason> judge_older(FleetParts& parts, InstanceRecord& instance,
                                        const Answer& answer) {
    const bool newer_question = answer.round > instance.answered;
    if (answer.round == instance.answered) note_conflict(parts, instance, answer.received);
    RareFacts& rare = instance.change_rare();
    rare.rival_answered = std::max(rare.rival_answered, answer.round);
    if (newer_question && instance.missed >= kMissesForTakeover) {
        parts.chronicle.fired(Rule::older_takes_over);
        begin_generation(parts, instance, answer);
        return std::nullopt;
    }
    parts.chronicle.fired(Rule::old_process);
    return RejectReason::old_process;
}

std::optional<RejectReason> judge_newer(FleetParts& parts, InstanceRecord& instance,
                                        const Answer& answer) {
    if (answer.round < instance.answered) return RejectReason::old_question;
    if (answer.round == instance.answered) note_conflict(parts, instance, answer.received);
    parts.chronicle.fired(Rule::generation_by_start);
    begin_generation(parts, instance, answer);
    return std::nullopt;
}

}  // namespace

std::optional<RejectReason> judge_process(FleetParts& parts, InstanceRecord& instance,
                                          const Answer& answer) {
    if (answer.started && instance.started && *answer.started != *instance.started) {
        return *answer.started < *instance.started ? judge_older(parts, instance, answer)
                                                   : judge_newer(parts, instance, answer);
    }
    if (instance.rare().rival_answered == answer.round && answer.started) {
        note_conflict(parts, instance, answer.received);
    }
    if (answer.started) instance.started = answer.started;
    if (answer.round < instance.answered) return std::nullopt;
    const bool newer_question = answer.round > instance.answered;
    const bool fell = answer.requests_total && instance.requests_total &&
                      *answer.requests_total < *instance.requests_total;
    const bool restarted = answer.restarted && !instance.rows.empty();
    if (newer_question && (fell || restarted)) {
        parts.chronicle.fired(Rule::generation_by_counter);
        begin_generation(parts, instance, answer);
    }
    if (answer.requests_total) instance.requests_total = answer.requests_total;
    return std::nullopt;
}

}  // namespace muster
