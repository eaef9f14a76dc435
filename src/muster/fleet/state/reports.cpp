#include "muster/fleet/state/reports.hpp"

#include <algorithm>

#include "muster/fleet/state/load_intake.hpp"
#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/process_identity.hpp"
#include "muster/fleet/state/push_road.hpp"
#include "muster/fleet/state/raw_intake.hpp"
#include "muster/fleet/state/silence.hpp"
#include "muster/fleet/state/source_health.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

Verdict rejected(RejectReason reason) {
    return {Verdict::Outcome::rejected, reason};
}
Verdict alive_only(std::optional<RejectReason> reason = std::nullopt) {
    return {Verdict::Outcome::alive_only, reason};
}

/// What was asked, and until when an answer is no late one.
struct Asked {
    Round round;
    Duration patience{};
};

std::optional<Asked> asked_of(FleetParts& parts, ComponentRecord& component, const Answer& answer) {
    if (const auto& own = answer.own_beat) {
        return Asked{{.id = answer.round, .sent = own->sent, .interval = own->interval},
                     own->patience};
    }
    const Round* const round = component.rounds.find(answer.round);
    if (round == nullptr) return std::nullopt;
    return Asked{*round, parts.rules.patience};
}

void count_answer(FleetParts& parts, SourceRecord& source, const Asked& asked,
                  const Answer& answer) {
    source.counters->answered.fetch_add(1, std::memory_order_relaxed);
    parts.pulse->answer_delay.record(answer.received - asked.round.sent);
    if (answer.received > asked.round.sent + asked.patience) {
        source.counters->late_answers.fetch_add(1, std::memory_order_relaxed);
    }
}

void prove_life(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                const Answer& answer, const Round& round) {
    // An answer to an older question tells nothing that is not known; nor does a late one revive.
    if (answer.round <= instance.answered) return;
    if (!answer.own_beat) {
        note_skipped(parts, component, instance, answer.round);
        component.rounds.count_answer(instance.answered, answer.round);
    }
    instance.answered = answer.round;
    instance.missed = 0;
    for (WorkerRow* const row : instance.rows) {
        row->slot->set_missed(0);
        row->slot->set_process(instance.started, instance.requests_total);
    }
    heard(parts, component, instance, round.sent, answer.received);
    if (!instance.withdrawn || round.sent < instance.rare().withdrawn_at) return;
    for (WorkerRow* const row : instance.rows) {
        if (row->flags.has(WorkerFlag::zombie)) continue;
        parts.chronicle.fired(Rule::zombie);
        raise_flag(parts, *row, WorkerFlag::zombie, answer.received, answer.received,
                   "withdrawn by discovery, still answering");
    }
}

Verdict note_without_load(FleetParts& parts, InstanceRecord& instance, Time now) {
    if (instance.rows.empty() && instance.rare().without_load_since == kNever) {
        parts.chronicle.fired(Rule::without_load);
        instance.change_rare().without_load_since = now;
        parts.sources_changed = true;
    }
    return alive_only();
}

/// Where it says what it said, the row keeps the object, and the view is as it was.
void note_activity(FleetParts& parts, WorkerRow& row, const Answer& answer) {
    const WorkerActivityPtr before = row.extras().activity;
    if (!before && !answer.rates.any() && !answer.was_busy) return;
    WorkerActivity now = before ? *before : WorkerActivity{};
    now.rates = answer.rates;
    if (answer.was_busy) {
        ++now.unseen_bursts;
        now.last_unseen_burst = answer.received;
    }
    if (before && *before == now) return;
    const bool says_something = now.rates.any() || now.unseen_bursts > 0;
    row.change_extras([&](RowExtras& extras) {
        extras.activity = says_something ? std::make_shared<const WorkerActivity>(now) : nullptr;
    });
    parts.roster.touch(row);
}

Verdict take_answered_load(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                           const Answer& answer, const Asked& asked) {
    const Round& round = asked.round;
    const auto row = row_of(parts, component, instance, answer.rank,
                            {.engine = answer.engine,
                             .address = answer.address,
                             .proven_at = round.sent,
                             .now = answer.received});
    if (!row) return alive_only(row.error());
    (*row)->slot->set_rtt(age_between(round.sent, answer.received));
    keep_raw(parts, **row, {answer.raw, Road::polled, answer.received});
    // It was spoken of, also where something newer is known of its load.
    (*row)->heard_at = answer.received;
    (*row)->slot->set_process(instance.started, instance.requests_total);
    if (answer.load == nullptr) return alive_only();
    if (answer.round < (*row)->load_round) {
        parts.chronicle.fired(Rule::old_question);
        return alive_only(RejectReason::old_question);
    }
    if (round.sent < (*row)->pushed_at) {
        parts.chronicle.fired(Rule::overtaken_by_push);
        return alive_only(RejectReason::overtaken_by_push);
    }
    (*row)->load_round = answer.round;
    const Verdict verdict = take_load(parts, component, instance, **row,
                                      {.load = *answer.load,
                                       .spec_decode = answer.spec_decode,
                                       .road = Road::polled,
                                       .holds_at = round.sent,
                                       .received = answer.received,
                                       .interval = round.interval,
                                       .patience = asked.patience,
                                       .requests_total = answer.requests_total,
                                       .zeros_are_idle = answer.zeros_are_idle,
                                       .progress = answer.progress});
    (*row)->slot->set_captured_lag(answer.captured_lag);
    note_activity(parts, **row, answer);
    return verdict;
}

Verdict judge_answer(FleetParts& parts, ComponentRecord& component, const Answer& answer) {
    SourceRecord& source = parts.source_of(component);
    const auto asked = asked_of(parts, component, answer);
    if (!asked) return rejected(RejectReason::unsolicited);
    const Round& round = asked->round;
    count_answer(parts, source, *asked, answer);
    const auto instance = instance_of(parts, component, answer, round.sent);
    if (!instance) {
        if (instance.error() == RejectReason::old_question) {
            parts.chronicle.fired(Rule::old_question);
        }
        return rejected(instance.error());
    }
    if (const auto reason = judge_process(parts, **instance, answer)) return rejected(*reason);
    if (answer.own_beat) {
        RareFacts& beat = (*instance)->change_rare();
        beat.own_interval = round.interval;
        beat.own_patience = asked->patience;
    }
    prove_life(parts, component, **instance, answer, round);
    (*instance)->offers_load = answer.offers_load;
    if (!answer.offers_load) {
        confirm_by_silence(parts, source, **instance, answer, round.sent);
        return note_without_load(parts, **instance, answer.received);
    }
    return take_answered_load(parts, component, **instance, answer, *asked);
}

/// The one instance that the push can be from.
std::expected<InstanceRecord*, RejectReason> pusher_of(FleetParts& parts, const Push& push,
                                                       std::span<const ComponentId> candidates,
                                                       ComponentRecord*& component) {
    InstanceRecord* found = nullptr;
    for (const ComponentId id : candidates) {
        InstanceRecord* instance = find_instance(parts.component(id), {push.worker_id, {}});
        if (instance == nullptr) continue;
        if (found != nullptr) {
            parts.chronicle.fired(Rule::push_ambiguous);
            return std::unexpected(RejectReason::ambiguous);
        }
        found = instance;
        component = &parts.component(id);
    }
    if (found != nullptr) return found;
    parts.chronicle.fired(Rule::push_unknown);
    return std::unexpected(RejectReason::unknown_worker);
}

Verdict judge_push(FleetParts& parts, const Push& push, std::span<const ComponentId> candidates) {
    ComponentRecord* component = nullptr;
    const auto instance = pusher_of(parts, push, candidates, component);
    if (!instance) return rejected(instance.error());
    SourceRecord& source = parts.source_of(*component);
    const Time holds_at = push_holds_at(parts, source, **instance, push);
    const auto row = row_of(
        parts, *component, **instance, push.rank,
        {.engine = {}, .address = push.address, .proven_at = holds_at, .now = push.received});
    if (!row) return rejected(row.error());
    keep_raw(parts, **row, {push.raw, push.road, push.received});
    source.counters->pushes.fetch_add(1, std::memory_order_relaxed);
    heard(parts, *component, **instance, holds_at, push.received);
    if (component->first_push_at == kNever) component->first_push_at = push.received;
    (*row)->pushed_at = push.received;
    (*row)->push_epoch = source.push_epoch;
    return take_load(parts, *component, **instance, **row,
                     {.load = *push.load,
                      .spec_decode = push.spec_decode,
                      .road = push.road,
                      .holds_at = std::max(holds_at, (*row)->known_at),
                      .received = push.received,
                      .interval = component->interval,
                      .patience = parts.rules.patience,
                      .requests_total = std::nullopt,
                      .progress = std::nullopt});
}

}  // namespace

Verdict apply_answer(FleetParts& parts, const Answer& answer) {
    ComponentRecord& component = parts.component(answer.component);
    const Verdict verdict = judge_answer(parts, component, answer);
    parts.source_of(component).counters->count_report(verdict.outcome);
    return verdict;
}

Verdict apply_push(FleetParts& parts, const Push& push, std::span<const ComponentId> candidates) {
    const Verdict verdict = judge_push(parts, push, candidates);
    // All components of a namespace belong to the source that subscribed to it.
    if (!candidates.empty()) {
        SourceRecord& source = parts.source_of(parts.component(candidates.front()));
        source.counters->count_report(verdict.outcome);
    }
    return verdict;
}

}  // namespace muster
