// Who must be shown, and who may be lost.
#include <algorithm>
#include <set>

#include "simulation/fleet_checker.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// Steps come late, views a gap later: what we count of listened time may differ by this.
constexpr Duration kCountingSlack = 300ms;

const SourceInfo* find_source(const FleetView& view, SourceId id) {
    for (const SourceInfo& source : view.sources()) {
        if (source.source == id) return &source;
    }
    return nullptr;
}

}  // namespace

void FleetChecker::note_step(const FleetView& view) {
    const Time now = fleet_.now();
    const Duration gap = now - stepped_last_;
    brokers_.resize(fleet_.brokers().size());
    for (std::size_t i = 0; i < brokers_.size(); ++i) {
        BrokerWatch& watch = brokers_[i];
        const SourceInfo* info = find_source(view, fleet_.brokers()[i]->id);
        if (info == nullptr) continue;
        const SourceState before = std::exchange(watch.state, info->state);
        // A step in which it came or went may be counted either way.
        const bool connected =
            before == SourceState::connected || watch.state == SourceState::connected;
        if (connected && gap <= 1s) watch.listened += gap;
        const bool reconnected = before == SourceState::disconnected && before != info->state;
        if (gap > 1s || reconnected) watch.listened_reset = watch.listened;
    }
    stepped_last_ = now;
    for (const ComponentInfo& info : view.components()) {
        ComponentWatch& watch = components_[info.component.value];
        if (info.interval >= watch.widest_interval || now - watch.widest_at > 5s) {
            watch.widest_interval = info.interval;
            watch.widest_at = now;
        }
    }
}

void FleetChecker::answered(const SimulatedBroker& broker, const SimulatedComponent& component,
                            const WorkerProcess& process, Time asked, const Saying& saying,
                            const Verdict& verdict) {
    InstanceTruth* truth = fleet_.truth().find(fleet_.key_of(component, process));
    if (truth == nullptr) return;
    const Time now = fleet_.now();
    const bool dropped = verdict.outcome == Verdict::Outcome::rejected;
    if (dropped && verdict.reason != RejectReason::old_question) return;
    ++truth->answers;
    truth->asked_last = std::max(truth->asked_last, asked);
    if (!dropped) truth->refusals.clear();
    if (saying.load) truth->rank_said[saying.rank] = now;
    if (brokers_.size() <= broker.index()) return;
    const Duration proof = brokers_[broker.index()].listened - (now - asked);
    truth->listened_at_proof = std::max(truth->listened_at_proof, proof);
}

Duration FleetChecker::silent_for(const InstanceTruth& truth) const {
    const std::size_t broker = truth.component->broker;
    if (brokers_.size() <= broker) return {};
    const BrokerWatch& watch = brokers_[broker];
    return watch.listened - std::max(truth.listened_at_proof, watch.listened_reset);
}

Duration FleetChecker::lost_after(const SimulatedComponent& component) const {
    const FleetRules& rules = fleet_.options().rules;
    const auto watch = components_.find(component.id.value);
    // Five of the narrowest intervals at least; the wide ones may have come later.
    const Duration interval = rules.interval.value_or(
        watch == components_.end() ? Duration(250ms)
                                   : std::min<Duration>(watch->second.widest_interval, 250ms));
    return std::max(rules.lost_after, 5 * interval + rules.patience);
}

void FleetChecker::vanished(const FleetView& before, std::size_t row, const FleetView& after) {
    const auto& identity = (*before.parts().directory)[row].identity;
    const std::string& id = identity->id;
    InstanceTruth* truth = fleet_.truth().find(identity);
    if (truth == nullptr) return;
    if (!identity->rank) {
        for (const auto& process : truth->processes) {
            for (std::size_t stream = 0; stream < process->stream_count(); ++stream) {
                const auto rank = process->rank(stream);
                if (rank && after.find(id + "/" + std::to_string(*rank))) return;  // Renamed.
            }
        }
    }
    const Tombstone* tombstone = after.find_tombstone(id);
    if (tombstone == nullptr) {
        const WorkerProcess* living = truth->living();
        const bool evicted = after.tombstones().size() >= fleet_.options().rules.tombstones_max;
        const bool without_load = living != nullptr && !living->traits().offers_load;
        if (!evicted && !without_load) fleet_.fail(id + " vanished without a tombstone");
        return;
    }
    gone_[id] = {tombstone->generation, tombstone->sequence};
    if (tombstone->generation < before.generation(row) ||
        tombstone->sequence < before.sequence(row)) {
        fleet_.fail(id + ": its tombstone is older than its last row");
    }
    const std::string why = unjustified(before, *identity, *truth, *tombstone);
    if (!why.empty()) {
        fleet_.fail(id + " was lost (" + std::string(name_of(tombstone->reason)) + ", \"" +
                    tombstone->detail + "\"), but " + why);
    }
}

std::string FleetChecker::unjustified(const FleetView& before, const WorkerIdentity& identity,
                                      const InstanceTruth& truth, const Tombstone& tombstone) {
    if (truth.component->traits.pinned && tombstone.reason != LostReason::rank_unheard) {
        return "it is named in the configuration";
    }
    const FleetRules& rules = fleet_.options().rules;
    switch (tombstone.reason) {
        case LostReason::silent: return unjustified_silence(before, identity, truth, false);
        case LostReason::mass_silent: return unjustified_silence(before, identity, truth, true);
        case LostReason::refused: {
            const auto& refusals = truth.refusals;
            if (refusals.size() < 3) return "it was not refused three times";
            const Duration over = refusals.back() - refusals.front();
            if (over + kCountingSlack < lost_after(*truth.component)) {
                return "the refusals span only " + seconds(over);
            }
            return {};
        }
        case LostReason::withdrawn:
            if (!truth.withdrawn) return "discovery lists it";
            // Its last answer must be to an older question than the last one.
            if (silent_for(truth) + kCountingSlack < 250ms) return "it still answers";
            return {};
        case LostReason::rank_unheard: {
            if (!truth.had_several_ranks()) return "no other rank of it was ever told of";
            const auto said = truth.rank_said.find(identity.rank);
            if (said == truth.rank_said.end()) return {};
            const Duration unheard = fleet_.now() - said->second;
            if (unheard + kCountingSlack < rules.rank_unheard_after) {
                return "the rank was told of " + seconds(unheard) + " ago";
            }
            return {};
        }
    }
    return "the reason does not exist";
}

std::string FleetChecker::unjustified_silence(const FleetView& before,
                                              const WorkerIdentity& identity,
                                              const InstanceTruth& truth, bool mass) {
    const FleetRules& rules = fleet_.options().rules;
    const Duration limit = lost_after(*truth.component);
    const Duration silent = silent_for(truth);
    const Duration least = mass ? std::max(rules.mass_lost_after, limit) : limit;
    if (silent + kCountingSlack < least) {
        return "it was silent for only " + seconds(silent) + " of listened time, not " +
               seconds(least);
    }
    if (mass || silent >= rules.mass_lost_after) return {};
    // Ranks of one process are one: a process that dies is no mass.
    std::set<const InstanceTruth*> all;
    std::set<const InstanceTruth*> silent_too;
    for (std::size_t row = 0; row < before.size(); ++row) {
        if (before.identity(row).component_id != identity.component_id) continue;
        const InstanceTruth* other = fleet_.truth().find((*before.parts().directory)[row].identity);
        all.insert(other);
        // Who answers nothing but pushes is not silent; nor is who was not asked three times.
        const bool pushes = !other->pushes.empty() && fleet_.now() - other->pushes.back() < limit;
        const bool asked = before.slot(row).missed() >= 3;
        if (asked && !pushes && silent_for(*other) >= limit) silent_too.insert(other);
    }
    // Those without a load are no rows, and belong to it as long as they answer.
    for (const auto& [key, other] : fleet_.truth().all()) {
        const bool member = other.component == truth.component && other.answers > 0;
        if (member && silent_for(other) < limit) all.insert(&other);
    }
    if (silent_too.size() >= 3 && 2 * silent_too.size() >= all.size() &&
        silent + kCountingSlack < rules.mass_lost_after) {
        return std::to_string(silent_too.size()) + " of " + std::to_string(all.size()) +
               " of its component are silent: that is mass silence";
    }
    return {};
}

void FleetChecker::check_expected(const FleetView& before, const FleetView& after) {
    const std::string differ = expectations_differ(after, fleet_.now());
    if (!differ.empty()) {
        fleet_.fail("view " + std::to_string(after.version()) + ": " + differ);
    }
    for (const ExpectedInfo& old : before.expected()) {
        const auto same = std::ranges::find_if(after.expected(), [&](const ExpectedInfo& info) {
            return info.component == old.component && info.workers == old.workers;
        });
        if (same == after.expected().end() || !old.missing) continue;
        if (!same->missing) fleet_.fail("of " + old.component + " less is known than before");
        const bool went_on = *old.missing > 0 && same->missing.value_or(0) > 0;
        // Complete for a moment between two views, its time begins anew.
        if (went_on && same->since != old.since && same->since < before.frozen_at()) {
            fleet_.fail(old.component + " is missing workers since another time");
        }
    }
}

void FleetChecker::check_settled() {
    const FleetView& view = fleet_.view();
    for (const ExpectedInfo& info : view.expected()) {
        if (!info.missing) fleet_.fail("nobody knows whether " + info.component + " is complete");
    }
    for (std::size_t row = 0; row < view.size(); ++row) {
        const WorkerIdentity& identity = view.identity(row);
        if (identity.labels !=
            labels_of(fleet_.options().rules.labels, identity.component, identity.id)) {
            fail(view, row, "it has other labels than the rules say");
        }
    }
    for (std::size_t row = 0; row < view.size(); ++row) {
        const InstanceTruth* truth = fleet_.truth().find((*view.parts().directory)[row].identity);
        if (truth == nullptr || truth->component->traits.pinned) continue;
        const WorkerProcess* living = truth->living();
        if (living == nullptr) {
            const Duration ago = fleet_.now() - truth->processes.back()->died();
            fail(view, row, "it died " + seconds(ago) + " ago, and is still shown");
        }
    }
    for (const SourceInfo& source : view.sources()) {
        if (source.state != SourceState::connected) {
            fleet_.fail("source " + source.id +
                        " is ill though nothing is wrong: " + source.reason);
        }
    }
    check_promptness(view, fleet_.now());
}

}  // namespace muster
