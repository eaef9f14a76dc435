// Looks at views and composes events; see the header.
//
// One thread.
#include "muster/serve/event_feed.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "muster/base/limits.hpp"

namespace muster {

namespace {

/// Brings a log back to its bound; what it then no longer knows lies at or before `floor`.
template <typename Log>
void forget_oldest(Log& log, FeedMark& floor) {
    while (log.size() > kEventLogMax) {
        floor = std::max(floor, log.front().mark);
        log.pop_front();
    }
}

bool same_stone(const Tombstone& a, const Tombstone& b) {
    return (a.identity == b.identity || a.identity->id == b.identity->id) && a.since == b.since &&
           a.reason == b.reason && a.generation == b.generation && a.detail == b.detail &&
           a.last_load == b.last_load;
}

/// The worker that a rank turned `id` into: its ids are those behind `id` and a slash.
const WorkerIdentity* renamed_from(const FleetView& view, const std::string& id) {
    const std::string prefix = id + "/";
    const Directory& directory = *view.parts().directory;
    const auto at = std::ranges::lower_bound(
        directory, prefix, {},
        [](const DirectoryEntry& e) -> const std::string& { return e.identity->id; });
    if (at == directory.end() || !at->identity->id.starts_with(prefix)) return nullptr;
    return at->identity.get();
}

std::string event(std::string_view name, std::string_view id, const std::string& data) {
    std::string text;
    text.reserve(data.size() + name.size() + id.size() + 32);
    text.append("event: ").append(name);
    if (!id.empty()) text.append("\nid: ").append(id);
    text.append("\ndata: ").append(data).append("\n\n");  // JSON has no line ends of its own.
    return text;
}

std::string event_id(const FleetMoment& moment, FeedMark mark) {
    return std::string(moment.epoch) + "-" + std::to_string(mark.version);
}

}  // namespace

/// One look under way.
struct EventFeed::Look {
    const FleetView& view;
    const FleetMoment& moment;
    FeedMark mark;
};

EventFeed::EventFeed(FleetFilter filter, std::shared_ptr<RowTexts> texts)
    : filter_(std::move(filter)), texts_(std::move(texts)) {}

void EventFeed::look(const FleetViewPtr& view, const FleetMoment& moment) {
    texts_->update(view, moment.anchor);
    const std::uint64_t version = view->version();
    const bool first = !std::exchange(looked_, true);
    // Moments are shown by the wall clock: after it was set, all of them read differently.
    const bool reset = !first && moment.anchor != moment_.anchor;
    const bool newer = first || version != mark_.version;
    const FeedMark next = newer ? FeedMark{version, 0} : FeedMark{version, mark_.look + 1};
    const Look look{*view, moment, next};
    const bool workers = look_at_workers(look);
    const bool lost = look_at_lost(look);
    const bool rest = look_at_rest(look);
    moment_ = moment;
    if (first && version > 0) floor_ = FeedMark::at_version(version);
    if (reset) floor_ = next;
    if (newer || reset || workers || lost || rest) mark_ = next;
}

bool EventFeed::look_at_workers(const Look& look) {
    const FleetView& view = look.view;
    const Directory& directory = *view.parts().directory;
    const bool shows_state = filter_.members.has(WorkerMember::state);
    bool news = false;
    std::array<std::size_t, kWorkerStateCount> states{};
    std::vector<Told> told;
    told.reserve(told_.size());
    rows_.clear();
    std::vector<std::shared_ptr<const WorkerIdentity>> gone;
    auto old = told_.begin();
    for (std::size_t row = 0; row < view.size(); ++row) {
        const auto& identity = directory[row].identity;
        const WorkerState state = view.state_at(row, look.moment.now);
        ++states[static_cast<std::size_t>(state)];
        while (old != told_.end() && old->identity != identity &&
               old->identity->id < identity->id) {
            gone.push_back(std::move((old++)->identity));
        }
        const bool known =
            old != told_.end() && (old->identity == identity || old->identity->id == identity->id);
        if (!chooses(filter_, *identity, state)) {
            if (known) gone.push_back(std::move((old++)->identity));
            continue;
        }
        Told entry = known ? std::move(*old++) : Told{};
        const bool changed = !known || entry.revision != texts_->revision(row) ||
                             (shows_state && entry.state != state);
        if (changed) {
            entry.changed = look.mark;
            news = true;
        }
        if (entry.identity != identity) entry.identity = identity;
        entry.revision = texts_->revision(row);
        entry.state = state;
        rows_.push_back({row, state});
        told.push_back(std::move(entry));
    }
    for (; old != told_.end(); ++old) gone.push_back(std::move(old->identity));
    told_ = std::move(told);
    if (!gone.empty()) note_left(look, gone);
    // Statistics count the states of workers that this feed does not tell of, too.
    return (std::exchange(states_, states) != states) || news || !gone.empty();
}

void EventFeed::note_left(const Look& look,
                          const std::vector<std::shared_ptr<const WorkerIdentity>>& ids) {
    std::unordered_map<std::string_view, const Tombstone*> stones;
    for (const Tombstone& stone : look.view.tombstones()) stones[stone.identity->id] = &stone;
    for (const auto& identity : ids) {
        Left left{identity, "", "", look.mark};
        if (const auto stone = stones.find(identity->id); stone != stones.end()) {
            left.cause = name_of(stone->second->reason);
            left.reason = stone->second->detail;
        } else if (look.view.find(identity->id)) {
            left.cause = "not_chosen";
            left.reason = "no longer what the stream asks for";
        } else if (const WorkerIdentity* now = renamed_from(look.view, identity->id)) {
            left.cause = "renamed";
            left.reason = "goes on as " + now->id;
        } else {
            left.cause = "forgotten";
            left.reason = "left, and why is no longer kept";
        }
        left_.push_back(std::move(left));
    }
    forget_oldest(left_, floor_);
}

bool EventFeed::look_at_lost(const Look& look) {
    const auto& stones = look.view.parts().tombstones;
    if (stones == stones_) return false;
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < lost_.size(); ++i) places[stone_at(i).identity->id] = i;
    std::vector<Stone> lost;
    bool news = false;
    std::size_t old = 0;  // What of lost_ lies before it was found again, or has ended.
    const auto end_until = [&](std::size_t place) {
        for (; old < place; ++old) {
            ended_.push_back({stone_at(old).identity, look.mark});
            news = true;
        }
    };
    // New ones join the end, so what both lists have stands in the same order in both.
    for (std::size_t i = 0; i < stones->size(); ++i) {
        const Tombstone& stone = (*stones)[i];
        if (!chooses_lost(filter_, stone)) continue;
        const auto at = places.find(stone.identity->id);
        if (at == places.end() || at->second < old || !same_stone(stone_at(at->second), stone)) {
            lost.push_back({i, look.mark});
            news = true;
            continue;
        }
        end_until(at->second);
        lost.push_back({i, lost_[old].added});
        ++old;
    }
    end_until(lost_.size());
    lost_ = std::move(lost);
    stones_ = stones;
    forget_oldest(ended_, floor_);
    return news;
}

bool EventFeed::look_at_rest(const Look& look) {
    std::string rest;
    append_rest_json(rest, look.view, look.moment);
    if (rest == rest_) return false;
    rest_ = std::move(rest);
    rest_changed_ = look.mark;
    return true;
}

bool EventFeed::tells_of(std::string_view id) const noexcept {
    const auto id_of = [](const Told& told) -> std::string_view { return told.identity->id; };
    const auto at = std::ranges::lower_bound(told_, id, {}, id_of);
    return at != told_.end() && id_of(*at) == id;
}

void EventFeed::append_left(FleetChange& change, FeedMark from) const {
    std::unordered_set<std::string_view> seen;
    for (auto left = left_.rbegin(); left != left_.rend() && left->mark > from; ++left) {
        const std::string& id = left->identity->id;
        if (tells_of(id) || !seen.insert(id).second) continue;
        change.left.push_back({id, left->cause, left->reason});
    }
    std::ranges::reverse(change.left);
}

void EventFeed::append_lost(FleetChange& change, FeedMark from) const {
    std::unordered_set<std::string_view> seen;
    for (auto ended = ended_.rbegin(); ended != ended_.rend() && ended->mark > from; ++ended) {
        const std::string& id = ended->identity->id;
        if (seen.insert(id).second) change.lost_ended.push_back(id);
    }
    for (const Stone& stone : lost_) {
        if (stone.added > from) change.lost.push_back(&(*stones_)[stone.index]);
    }
}

std::string EventFeed::fleet_event() const {
    std::string json;
    append_fleet_json(json, *texts_, moment_, filter_);
    return event("fleet", event_id(moment_, mark_), json);
}

std::string EventFeed::change_event(FeedMark from) const {
    FleetChange change;
    for (std::size_t i = 0; i < told_.size(); ++i) {
        if (told_[i].changed > from) change.workers.push_back(rows_[i]);
    }
    append_left(change, from);
    append_lost(change, from);
    if (rest_changed_ > from) change.rest = rest_;
    std::string json;
    append_change_json(json, *texts_, change, moment_);
    return event("change", event_id(moment_, mark_), json);
}

std::string EventFeed::ages_event() const {
    std::string json;
    append_ages_json(json, texts_->view(), rows_, moment_);
    return event("ages", "", json);
}

}  // namespace muster
