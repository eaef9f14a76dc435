#include "muster/fleet/state/silence.hpp"

#include <algorithm>
#include <vector>

#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/source_health.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

constexpr std::uint32_t kMissesForLoss = 3;  // One or two may be the network's.
constexpr std::size_t kMassMin = 3;          // Half of two workers is no mass.

bool is_mass(std::size_t count, std::size_t total) {
    return count >= kMassMin && 2 * count >= total;
}

std::string seconds_text(Duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(d).count()) + " s";
}

void end_mass_silence(FleetParts& parts, ComponentRecord& component, Time now) {
    parts.chronicle.tell(FleetEventKind::mass_silence_ended, now, component.spec.name, "");
    component.mass_silence.reset();
    parts.sources_changed = true;
}

void show_mass_silence(FleetParts& parts, ComponentRecord& component, Time now) {
    std::size_t in_mass = 0;
    component.for_each_instance([&](const InstanceRecord& i) { in_mass += i.in_mass ? 1 : 0; });
    if (in_mass == 0) {
        if (component.mass_silence) end_mass_silence(parts, component, now);
        return;
    }
    MassSilence shown{.component = component.spec.name,
                      .silent = in_mass,
                      .total = component.instance_count(),
                      .since = component.mass_silence ? component.mass_silence->since : now};
    if (component.mass_silence == shown) return;
    if (!component.mass_silence) {
        parts.chronicle.fired(Rule::mass_silence);
        parts.chronicle.tell(
            FleetEventKind::mass_silence_began, now, component.spec.name,
            std::to_string(shown.silent) + " of " + std::to_string(shown.total) + " silent");
    }
    component.mass_silence = std::move(shown);
    parts.sources_changed = true;
}

void mark_mass(ComponentRecord& component) {
    std::size_t silent = 0;
    component.for_each_instance(
        [&](const InstanceRecord& i) { silent += i.silent >= kMissesForLoss ? 1 : 0; });
    if (!is_mass(silent, component.instance_count())) return;
    component.for_each_instance([](InstanceRecord& i) {
        if (i.silent >= kMissesForLoss) i.in_mass = true;
    });
}

/// Whether its silence has lasted long enough, and under which name.
std::optional<LostReason> loss_of(const FleetParts& parts, const ComponentRecord& component,
                                  const InstanceRecord& instance, Duration listened) {
    if (instance.withdrawn && instance.silent > 0) return LostReason::withdrawn;
    if (instance.silent < kMissesForLoss) return std::nullopt;
    const Duration silence = listened - instance.heard_listened;
    if (!instance.in_mass) {
        if (silence >= lost_after(parts, component, instance)) return LostReason::silent;
        return std::nullopt;
    }
    const Duration limit =
        std::max(parts.rules.mass_lost_after, lost_after(parts, component, instance));
    if (silence >= limit) return LostReason::mass_silent;
    return std::nullopt;
}

Rule rule_of(LostReason reason) {
    switch (reason) {
        case LostReason::mass_silent: return Rule::lost_mass;
        case LostReason::refused: return Rule::lost_refused;
        case LostReason::withdrawn: return Rule::lost_withdrawn;
        case LostReason::rank_unheard: return Rule::rank_unheard;
        case LostReason::silent: break;
    }
    return Rule::lost_silent;
}

std::string detail_of(LostReason reason, const FleetParts& parts, const ComponentRecord& component,
                      Duration silence) {
    switch (reason) {
        case LostReason::mass_silent:
            return "silent for " + seconds_text(silence) + " with half of " + component.spec.name;
        case LostReason::withdrawn: return "withdrawn by discovery, and silent";
        case LostReason::refused:
            return "refused connections over " + seconds_text(parts.rules.lost_after);
        default: return "silent for " + seconds_text(silence);
    }
}

bool waits_to_be_judged(const Round& round) {
    return round.open && round.echo_back != kNever;
}

/// Then nobody is silent: a pass over the whole fleet would show just that, and no step need come
/// for it.
bool all_answered(const ComponentRecord& component, const Round& round) {
    return round.answered == component.instance_count() && !component.mass_silence;
}

/// One miss, unless it answered this question or a newer one.
void miss(FleetParts& parts, InstanceRecord& instance, RoundId round, Time sent) {
    if (instance.answered >= round) return;
    parts.chronicle.fired(Rule::round_missed);
    ++instance.missed;
    for (WorkerRow* const row : instance.rows) row->slot->set_missed(instance.missed);
    const bool spoke_since = instance.alive_at >= sent;
    const bool withdrawn_since = instance.withdrawn && instance.rare().withdrawn_at > sent;
    if (!spoke_since && !withdrawn_since) ++instance.silent;
}

/// Also ends mass silence when its last one is lost.
void judge_silence(FleetParts& parts, ComponentRecord& component, Time now) {
    mark_mass(component);
    count_listened(parts.source_of(component), now);
    const Duration listened = parts.source_of(component).listened;
    std::vector<std::pair<InstanceRecord*, LostReason>> lost;
    component.for_each_instance([&](InstanceRecord& instance) {
        if (const auto reason = loss_of(parts, component, instance, listened)) {
            lost.emplace_back(&instance, *reason);
        }
    });
    for (const auto& [instance, reason] : lost) {
        const std::string detail =
            detail_of(reason, parts, component, listened - instance->heard_listened);
        lose(parts, component, *instance, reason, detail, now);
    }
    show_mass_silence(parts, component, now);
}

}  // namespace

void heard(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance, Time proven_at,
           Time received) {
    instance.alive_at = std::max(instance.alive_at, proven_at);
    instance.silent = 0;
    if (instance.rare().refusals > 0) instance.change_rare().refusals = 0;
    count_listened(parts.source_of(component), received);
    instance.heard_listened = parts.source_of(component).listened;
    const bool was_in_mass = std::exchange(instance.in_mass, false);
    for (WorkerRow* const row : instance.rows) {
        row->slot->set_alive(instance.alive_at);
        if (!row->cut_off && row->extras().silent_since == kNever) continue;
        // That it lives says nothing of a load that only the journal knows.
        row->cut_off = row->flags.has(WorkerFlag::restored);
        row->change_extras([](RowExtras& extras) { extras.silent_since = kNever; });
        parts.expected_due = true;
        parts.roster.touch(*row);
        note_state(parts, *row, received);
    }
    if (!was_in_mass || !component.mass_silence) return;
    parts.sources_changed = true;
    if (--component.mass_silence->silent == 0) end_mass_silence(parts, component, received);
}

Time round_closes_at(const FleetParts& parts, const ComponentRecord& component) {
    Time first = kNotDue;
    for (const Round& round : component.rounds.all()) {
        if (!waits_to_be_judged(round) || all_answered(component, round)) continue;
        first = std::min(first, round.echo_back + parts.rules.patience);
    }
    return first;
}

void close_due_rounds(FleetParts& parts, ComponentRecord& component, Time now) {
    for (Round& round : component.rounds.all()) {
        if (!waits_to_be_judged(round)) continue;
        if (round.echo_back + parts.rules.patience <= now)
            judge_round(parts, component, round, now);
    }
}

void judge_round(FleetParts& parts, ComponentRecord& component, Round& round, Time now) {
    round.open = false;
    if (all_answered(component, round)) return;
    component.for_each_instance(
        [&](InstanceRecord& instance) { miss(parts, instance, round.id, round.sent); });
    judge_silence(parts, component, now);
}

void note_missed(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                 RoundId round, Time sent, Time now) {
    miss(parts, instance, round, sent);
    judge_silence(parts, component, now);
}

Duration lost_after(const FleetParts& parts, const ComponentRecord& component,
                    const InstanceRecord& instance) {
    if (const RareFacts& beat = instance.rare(); beat.own_interval > Duration::zero()) {
        return std::max(parts.rules.lost_after, 5 * beat.own_interval + beat.own_patience);
    }
    return std::max(parts.rules.lost_after, 5 * component.interval + parts.rules.patience);
}

void lose(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
          LostReason reason, const std::string& detail, Time now) {
    if (!component.spec.pinned) {
        parts.chronicle.fired(rule_of(reason));
        bury_instance(parts, component, instance, reason, detail, now);
        return;
    }
    for (WorkerRow* const row : instance.rows) {
        if (row->extras().silent_since != kNever) continue;
        parts.chronicle.fired(Rule::pinned_kept);
        row->change_extras([&](RowExtras& extras) {
            extras.silent_since = std::max(instance.alive_at, instance.rare().announced_at);
        });
        parts.expected_due = true;
        parts.roster.touch(*row);
    }
}

void note_refusal(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  Time now) {
    parts.chronicle.fired(Rule::refused);
    RareFacts& refused = instance.change_rare();
    if (refused.refusals++ == 0) refused.refused_since = now;
    for (WorkerRow* const row : instance.rows) {
        if (row->cut_off) continue;
        row->cut_off = true;
        parts.roster.touch(*row);
        note_state(parts, *row, now);
    }
    const bool long_enough =
        age_between(refused.refused_since, now) >= lost_after(parts, component, instance);
    if (refused.refusals < kMissesForLoss || !long_enough) return;
    lose(parts, component, instance, LostReason::refused,
         detail_of(LostReason::refused, parts, component, {}), now);
}

void note_discovered(FleetParts& parts, ComponentRecord& component,
                     std::span<const std::uint64_t> ids, Time now) {
    std::vector<std::uint64_t> gone;
    std::size_t listed = 0;
    component.by_id.for_each([&](InstanceRecord& instance) {
        if (std::find(ids.begin(), ids.end(), *instance.id) == ids.end()) {
            if (!instance.withdrawn) gone.push_back(*instance.id);
            return;
        }
        ++listed;
        if (!std::exchange(instance.withdrawn, false)) return;
        for (WorkerRow* const row : instance.rows) clear_flag(parts, *row, WorkerFlag::zombie, now);
    });
    std::sort(gone.begin(), gone.end());
    if (is_mass(gone.size(), listed + gone.size())) {
        constexpr Duration kHoldFor = std::chrono::seconds(10);
        if (component.held.since == kNever || component.held.ids != gone) {
            parts.chronicle.fired(Rule::withdrawal_held);
            component.held = {.ids = std::move(gone), .since = now};
            return;
        }
        if (age_between(component.held.since, now) < kHoldFor) return;
    }
    component.held = {};
    for (const std::uint64_t id : gone) {
        InstanceRecord& instance = **component.by_id.find(id);
        instance.withdrawn = true;
        instance.change_rare().withdrawn_at = now;
    }
    judge_silence(parts, component, now);
}

}  // namespace muster
