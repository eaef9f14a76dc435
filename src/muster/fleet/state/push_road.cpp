#include "muster/fleet/state/push_road.hpp"

#include <algorithm>

#include "muster/fleet/state/load_intake.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

// A publisher may wait this long for more changes before it pushes (Dynamo's own debounce), so an
// answer proves "nothing changed" only up to a little before its question.
constexpr Duration kPushDebounce = std::chrono::milliseconds(1);
// A worker's pushes that may be missing; sources count theirs from 1.
constexpr std::uint32_t kBrokenRoad = 0;

/// Whether its own connection may be interrupted, or was and is not known to be back: workers come
/// back to a broker after us.
bool may_be_held_back(const SourceRecord& source, const InstanceRecord& instance) {
    return instance.missed > 0 || instance.alive_at < source.connected_at;
}

/// When it can have been published at the earliest. What a client kept comes in one go, and what
/// comes later than that was published after the first of it came. So a worker that answers nothing
/// but goes on pushing is as old as its push before, at least `patience`.
Time earliest_publication(FleetParts& parts, InstanceRecord& instance, Time received) {
    parts.chronicle.fired(Rule::push_unproven);
    Time& first = instance.change_rare().unproven_push_at;
    const bool another = first == kNever || age_between(first, received) > parts.rules.patience;
    if (another) {
        instance.alive_at = std::max(instance.alive_at, first);
        first = received;
    }
    return instance.alive_at == kNever ? parts.origin
                                       : instance.alive_at;  // Never heard: announced.
}

/// Whether the process that answered must be the one that pushed: a new one under the old id, or
/// one of two, would confirm what it never said.
bool is_the_pusher(const InstanceRecord& instance, const Answer& answer) {
    return answer.started && instance.rare().conflict_at == kNever;
}

/// The newest question before `round` that was sent and that it did not answer.
const Round* skipped_before(RoundLog& rounds, const InstanceRecord& instance, RoundId round) {
    for (std::uint64_t id = round.value - 1; id > instance.answered.value; --id) {
        const Round* const skipped = rounds.find(RoundId{id});
        if (skipped == nullptr || !skipped->unsent) return skipped;
    }
    return nullptr;
}

}  // namespace

Time push_holds_at(FleetParts& parts, const SourceRecord& source, InstanceRecord& instance,
                   const Push& push) {
    Time holds_at = push.received;
    if (source.in_doubt) {
        parts.chronicle.fired(Rule::push_in_doubt);
        holds_at = std::max(parts.origin, source.last_good_echo_sent);
    }
    if (push.road == Road::pushed_on_change && may_be_held_back(source, instance)) {
        holds_at = std::min(holds_at, earliest_publication(parts, instance, push.received));
    }
    return holds_at;
}

void note_skipped(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  RoundId round) {
    if (round.value == instance.answered.value + 1) return;
    const Round* const skipped = skipped_before(component.rounds, instance, round);
    if (skipped == nullptr) return;
    for (WorkerRow* const row : instance.rows) {
        // What came well after that question came over a new connection, after what was lost.
        const bool since = row->pushed_at > skipped->sent + parts.rules.patience;
        if (since || row->push_epoch == kBrokenRoad) continue;
        parts.chronicle.fired(Rule::question_skipped);
        row->push_epoch = kBrokenRoad;
    }
}

void confirm_by_silence(FleetParts& parts, const SourceRecord& source, InstanceRecord& instance,
                        const Answer& answer, Time asked) {
    if (!is_the_pusher(instance, answer)) return;
    for (WorkerRow* const row : instance.rows) {
        const bool unbroken = row->push_epoch == source.push_epoch;
        if (!row->triggers_only || !unbroken || row->as_of == kNever) continue;
        if (asked - kPushDebounce <= row->known_at) continue;
        parts.chronicle.fired(Rule::silence_confirmed);
        confirm_load(*row, asked - kPushDebounce);
        note_state(parts, *row, answer.received);
    }
}

void break_push_road(FleetParts& parts, SourceRecord& source) {
    ++source.push_epoch;
    for (const ComponentId id : source.components) {
        parts.component(id).first_push_at = kNever;
    }
}

}  // namespace muster
