// What every row of every view that is still held must fulfil.
#include <algorithm>

#include "simulation/fleet_checker.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFullCheckEvery = 20ms;
constexpr Duration kKeptCheckEvery = 100ms;
/// Views that readers hold: as long as muster runs, and until newer ones come.
constexpr std::size_t kKeptToTheEnd = 2;
constexpr std::size_t kKeptForAWhile = 6;
/// A pause that nobody notices: until the next question (one interval) its echo is not missed, and
/// then for its patience, at most 1 s. Muster's own stop is noticed from 1 s on.
constexpr Duration kStopUnnoticed = 1s;

std::string in_words(const Load& load) {
    std::string words;
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        if (!load.known.has(field)) continue;
        const bool fraction = field == LoadField::kv_usage || field == LoadField::prefix_hit_rate;
        words +=
            " " + std::string(name_of(field)) + "=" +
            (fraction ? std::to_string(*load.fraction(field)) : std::to_string(*load.count(field)));
    }
    return words;
}

}  // namespace

FleetChecker::FleetChecker(SimulatedFleet& fleet)
    : fleet_(fleet),
      seen_(fleet.hold()),
      watcher_(fleet.collector().view_cell()),
      stepped_last_(fleet.now()) {
    const FleetViewPtr& before = fleet.seen_before();
    if (!before) return;
    for (std::size_t row = 0; row < before->size(); ++row) {
        const WorkerIdentity& identity = before->identity(row);
        missed_[identity.id] = {before->generation(row), identity.first_seen};
    }
}

void FleetChecker::check_restored(const FleetView& view) {
    const Duration age = fleet_.now() - fleet_.run_began();
    if (age > fleet_.options().rules.restored_within) missed_.clear();
    for (std::size_t row = 0; row < view.size() && !missed_.empty(); ++row) {
        const auto before = missed_.find(view.identity(row).id);
        if (before == missed_.end()) continue;
        const auto [generation, first_seen] = before->second;
        missed_.erase(before);
        if (view.generation(row) < generation) fail(view, row, "the restart cost it generations");
        const Time shown = view.identity(row).first_seen;
        if (shown > first_seen || first_seen - shown > 1us) {
            fail(view, row, "was first seen at another time before the restart");
        }
    }
}

void FleetChecker::keep(FleetViewPtr view) {
    const std::uint64_t digest = digest_of(*view);
    if (kept_to_the_end_.size() < kKeptToTheEnd) {
        kept_to_the_end_.push_back({std::move(view), digest});
        return;
    }
    kept_.push_back({std::move(view), digest});
    if (kept_.size() > kKeptForAWhile) kept_.pop_front();
}

void FleetChecker::fail(const FleetView& view, std::size_t row, const std::string& what) {
    fleet_.fail("view " + std::to_string(view.version()) + ", " + view.identity(row).id + ": " +
                what);
}

void FleetChecker::after_step(bool stepped) {
    const Time now = fleet_.now();
    const FleetView& view = fleet_.view();
    ++calls_;
    if (view.version() < seen_->version()) fleet_.fail("the version fell");
    const bool news = view.version() != seen_->version();
    if (news && !missed_.empty()) check_restored(view);
    if (stepped) note_step(view);
    if (news && view.parts().directory != seen_->parts().directory) check_order(view);
    if (news) compare_rows(*seen_, view);
    if (news) check_expected(*seen_, view);
    if (stepped || now - checked_last_ >= kFullCheckEvery) {
        check_view(view, now, true);
        const std::string differ = statistics_differ(view, statistics_at(view, now), now);
        if (!differ.empty()) fleet_.fail("view " + std::to_string(view.version()) + ": " + differ);
        check_watcher(view);
        check_bounds(view);
        checked_last_ = now;
    }
    if (news) seen_ = fleet_.hold();
    if (now - kept_checked_last_ >= kKeptCheckEvery) {
        check_kept(now);
        if (!fleet_.suspended()) check_promptness(view, now);
        kept_checked_last_ = now;
    }
}

void FleetChecker::check_kept(Time now) {
    for (const std::deque<KeptView>* held : {&kept_to_the_end_, &kept_}) {
        for (const KeptView& kept : *held) {
            if (digest_of(*kept.view) != kept.digest) {
                fleet_.fail("view " + std::to_string(kept.view->version()) + " changed while held");
            }
            check_view(*kept.view, now, false);
        }
    }
    // A reader comes by now and then, and keeps what it sees for a while.
    if (fleet_.random().chance(0.02)) keep(fleet_.hold());
}

void FleetChecker::check_watcher(const FleetView& view) {
    if (calls_ % 8 != 0) return;
    const bool news = view.version() > watcher_.seen();
    const FleetViewPtr got = watcher_.wait(Duration::zero());
    if (news != (got != nullptr)) fleet_.fail("the watcher missed a version, or invented one");
    if (got && got->version() != view.version()) fleet_.fail("the watcher gave an old view");
}

void FleetChecker::check_bounds(const FleetView& view) {
    const FleetRules& rules = fleet_.options().rules;
    if (view.size() > rules.workers_max) fleet_.fail("more workers than workers_max");
    if (view.tombstones().size() > rules.tombstones_max)
        fleet_.fail("more tombstones than allowed");
    // Ours: the kept ones, the last seen, the reader's; and what the last sweep has not freed yet.
    const std::size_t held = kept_to_the_end_.size() + kept_.size();
    if (fleet_.collector().view_cell().retired_count() > held + 4) {
        fleet_.fail("retired views pile up: " +
                    std::to_string(fleet_.collector().view_cell().retired_count()));
    }
}

void FleetChecker::check_order(const FleetView& view) {
    for (std::size_t row = 1; row < view.size(); ++row) {
        if (!(view.identity(row - 1).id < view.identity(row).id)) {
            fail(view, row, "ids are not sorted and unique");
        }
    }
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (view.find(view.identity(row).id) != row) fail(view, row, "find does not find it");
    }
    for (const Tombstone& tombstone : view.tombstones()) {
        if (view.find(tombstone.identity->id)) {
            fleet_.fail(tombstone.identity->id + " is among workers and tombstones at once");
        }
    }
}

void FleetChecker::check_view(const FleetView& view, Time now, bool newest) {
    for (std::size_t row = 0; row < view.size() && fleet_.ok(); ++row) {
        check_row(view, row, now, newest);
    }
}

Duration FleetChecker::push_tolerance(const SimulatedBroker& broker, Duration interval,
                                      Time since) const {
    const Duration echo_missed = std::min<Duration>(1s, interval + fleet_.options().rules.patience);
    return broker.worst_transit_since(since) + interval + echo_missed + kStopUnnoticed +
           fleet_.options().grid + 2ms;
}

void FleetChecker::check_row(const FleetView& view, std::size_t row, Time now, bool newest) {
    const auto& identity = (*view.parts().directory)[row].identity;
    const InstanceTruth* truth = fleet_.truth().find(identity);
    if (truth == nullptr) return fail(view, row, "nobody of this name ever was");
    if (view.state_at(row, now) != expected_state(view, row, now)) {
        fail(view, row, "its state is not what the rules say");
    }
    const WorkerState state = view.state_at(row, now);
    if (newest && (state == WorkerState::fresh || state == WorkerState::late)) {
        if (view.flags(row).has(WorkerFlag::restored)) fail(view, row, "restored, and not stale");
        const Time heard =
            std::max(truth->asked_last, truth->pushes.empty() ? kNever : truth->pushes.back());
        if (heard < fleet_.run_began()) {
            fail(view, row, "shown as fresh, though this run never heard it");
        }
    }
    const SimulatedBroker& broker = fleet_.broker_of(*truth->component);
    const auto alive_at = view.slot(row).alive_at();
    const auto known_at = view.known_at(row);
    const Time oldest = std::min(alive_at, known_at.value_or(alive_at));
    const Duration tolerance = push_tolerance(broker, view.interval(row), oldest - 10s);
    if (alive_at > now) fail(view, row, "alive in the future");
    if (newest && !truth->lived(alive_at - tolerance, now)) {
        fail(view, row, "shown alive after it died");
    }
    if (!known_at) return;
    const auto record_at = view.record_known_at(row);
    if (!record_at || *record_at > *known_at || *known_at > now) {
        return fail(view, row, "its times are not in order");
    }
    // After a restart twins are met one after the other, and a push of the one that was not met yet
    // is taken for the other's; it stands until that one speaks again.
    if (truth->component->traits.spared && fleet_.run() > 1) return;
    const Load load = view.load(row);
    // A push may also confirm what an answer said first.
    const bool pushed = view.road(row) != Road::polled || truth->pushed_at(*record_at);
    const Duration allowed = pushed ? tolerance : Duration::zero();
    if (!truth->was(identity->rank, load, *record_at - allowed, now)) {
        fail(view, row,
             "shown younger than it is: record known at " +
                 std::to_string(to_ms(now - *record_at)) + " ms ago, road " +
                 std::string(name_of(view.road(row))) + ":" + in_words(load));
    }
    // A push does not say which of two processes of one name sent it: the one that is left answers,
    // and so confirms what the other, never heard to answer, pushed last.
    const bool ambiguous = pushed && truth->had_twins_since(*record_at - tolerance);
    if (*known_at != *record_at && !ambiguous &&
        !truth->triggers_were(identity->rank, load, *known_at - allowed, now)) {
        fail(view, row,
             "shown younger than it is: confirmed by silence " +
                 std::to_string(to_ms(now - *known_at)) + " ms ago:" + in_words(load));
    }
}

void FleetChecker::compare_rows(const FleetView& before, const FleetView& after) {
    std::size_t old_row = 0;
    std::size_t row = 0;
    while (old_row < before.size() || row < after.size()) {
        int order = 0;
        if (old_row == before.size()) {
            order = 1;
        } else if (row == after.size()) {
            order = -1;
        } else {
            order = before.identity(old_row).id.compare(after.identity(row).id);
        }
        if (order == 0) {
            compare_row(before, old_row++, after, row++);
        } else if (order < 0) {
            vanished(before, old_row++, after);
        } else {
            const auto gone = gone_.find(after.identity(row).id);
            if (gone != gone_.end()) {
                // Whose time ended while muster was stopped is forgotten before it is heard again.
                const Tombstone* const stone = before.find_tombstone(gone->first);
                const bool remembered =
                    stone != nullptr && age_between(stone->since, fleet_.now()) <
                                            fleet_.options().rules.tombstone_kept_for;
                if (remembered && (after.generation(row) <= gone->second.generation ||
                                   after.sequence(row) < gone->second.sequence)) {
                    fail(after, row, "came back without a new generation, or its sequence fell");
                }
                gone_.erase(gone);
            }
            ++row;
        }
    }
}

void FleetChecker::compare_row(const FleetView& before, std::size_t old_row, const FleetView& after,
                               std::size_t row) {
    if (after.generation(row) < before.generation(old_row)) fail(after, row, "generation fell");
    if (after.sequence(row) < before.sequence(old_row)) fail(after, row, "sequence fell");
    if (after.sequence(row) == before.sequence(old_row) &&
        !(after.load(row) == before.load(old_row))) {
        fail(after, row, "the load changed, the sequence did not");
    }
}

}  // namespace muster
