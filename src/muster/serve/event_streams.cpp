// Beats, turns and wakes of streams; see the header.
//
// Thread rules are the header's.
#include "muster/serve/event_streams.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "muster/base/limits.hpp"
#include "muster/io/http/problem.hpp"

namespace muster {

namespace {

/// Streams written to before others on the loop get their turn: a thousand in a row would keep a
/// GET waiting for some 10 ms.
constexpr std::size_t kStreamsPerTurn = 64;
/// How long what a question's streams were told is kept after the last of them left, so that one
/// that reconnects goes on where it was.
constexpr Duration kFeedKept = std::chrono::minutes(1);
/// A client that lost its stream asks again after so many milliseconds, not the browsers' three to
/// five seconds.
constexpr std::string_view kRetry = "retry: 1000\n";

/// Where a client is whose last event was "EPOCH-VERSION"; nothing if it is of another epoch.
std::optional<FeedMark> mark_of(std::string_view event_id, std::string_view epoch) {
    if (event_id.size() <= epoch.size() || !event_id.starts_with(epoch)) return std::nullopt;
    event_id.remove_prefix(epoch.size());
    if (event_id.front() != '-') return std::nullopt;
    std::uint64_t version = 0;
    const char* const last = event_id.data() + event_id.size();
    const auto [end, error] = std::from_chars(event_id.data() + 1, last, version);
    if (error != std::errc{} || end != last || version == 0) return std::nullopt;
    return FeedMark::at_version(version);
}

std::shared_ptr<const std::string> retry_text() {
    static const auto kText = std::make_shared<const std::string>(kRetry);
    return kText;
}

}  // namespace

std::uint32_t event_rate_for(std::uint32_t wanted) noexcept {
    constexpr std::array<std::uint32_t, 10> kRates = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000};
    return *std::prev(std::ranges::upper_bound(kRates, wanted));
}

EventStreams::EventStreams(HttpLoop& loop, const Fleet& fleet, std::shared_ptr<RowTexts> texts,
                           Duration ages_gap)
    : loop_(loop), fleet_(fleet), texts_(std::move(texts)), ages_gap_(ages_gap) {
    fleet_.cell.add_listener(*this);
}

EventStreams::~EventStreams() {
    fleet_.cell.remove_listener(*this);
}

// As in LongPolls: publisher and loop meet in `armed_`, which both change by an exchange (acquire
// and release), so one of the two comes first:
// 1. [publisher] stores the new version, then exchanges armed_ to false;
// 2. [loop] exchanges armed_ to true, then loads the version;
// 3. if 1 came first, 2 read what it wrote and sees the new version: arm() wakes itself;
// 4. if 2 came first, 1 reads true and posts a wake.
void EventStreams::on_published(std::uint64_t) noexcept {
    if (armed_.exchange(false, std::memory_order_acq_rel)) loop_.post([this] { wake(); });
}

void EventStreams::arm() {
    armed_.exchange(true, std::memory_order_acq_rel);
    const std::uint64_t version = fleet_.cell.version();
    const bool missed = std::ranges::any_of(groups_, [&](const auto& entry) {
        const Group& group = entry.second;
        return group.timer == nullptr && group.feed.events.mark().version < version;
    });
    if (missed && armed_.exchange(false, std::memory_order_acq_rel)) {
        loop_.post([this] { wake(); });
    }
}

void EventStreams::wake() {
    const Time now = fleet_.clock.now();
    bool waits = false;
    for (auto& [key, group] : groups_) {
        attend(group, now);
        waits = waits || group.timer == nullptr;
    }
    if (waits) arm();
}

void EventStreams::attend(Group& group, Time now) {
    if (group.timer != nullptr) return;
    const Time due = group.beat_at == kNever ? now : group.beat_at + group.gap;
    if (now >= due)
        beat(group, now);
    else
        beat_later(group, due - now);
}

void EventStreams::beat_later(Group& group, Duration delay) {
    group.timer = loop_.call_after(delay, [this, &group] {
        const auto ended = std::exchange(group.timer, nullptr);
        beat(group, fleet_.clock.now());
        if (group.timer == nullptr) arm();
    });
}

void EventStreams::beat(Group& group, Time now) {
    look(group.feed, now);
    const std::size_t count = group.streams.size();
    std::size_t told = 0;
    bool later = false;
    for (std::size_t i = 0; i < count; ++i) {
        Stream& stream = *group.streams[(group.next + i) % count];
        if (told == kStreamsPerTurn) {
            group.next = (group.next + i) % count;
            beat_later(group, Duration::zero());
            return;
        }
        if (!stream.http.ready()) continue;  // on_ready() asks for its turn.
        Next next = next_for(stream, now);
        later = later || next.later;
        if (next.texts.empty()) continue;
        stream.http.write(std::move(next.texts));
        ++told;
    }
    if (later) beat_later(group, group.gap);
}

EventStreams::Next EventStreams::next_for(Stream& stream, Time now) {
    Feed& feed = stream.group->feed;
    Next next;
    const bool first = stream.changed_at == kNever;
    if (first || stream.at != feed.events.mark()) {
        if (!first && now < stream.changed_at + stream.group->gap) {
            next.later = true;
            return next;
        }
        if (first) next.texts.push_back(retry_text());
        next.texts.push_back(change_text(feed, stream.at));
        stream.at = feed.events.mark();
        stream.changed_at = now;
        if (!first) stream.group->beat_at = now;
    }
    if (std::exchange(stream.ages_due, false)) {
        if (feed.ages == nullptr) {
            feed.ages = std::make_shared<const std::string>(feed.events.ages_event());
        }
        next.texts.push_back(feed.ages);
    }
    return next;
}

void EventStreams::look(Feed& feed, Time now) {
    const FleetViewPtr view = fleet_.reader.hold();
    if (feed.looked_at == now && feed.events.mark().version == view->version() &&
        feed.events.texts()->shared_view() == view) {
        return;
    }
    feed.changes.clear();
    feed.ages = nullptr;
    feed.looked_at = now;
    feed.events.look(view, {now, fleet_.wall.anchor(), fleet_.epoch});
}

EventStreams::Text EventStreams::change_text(Feed& feed, const std::optional<FeedMark>& from) {
    Text& text = feed.changes[from];
    if (text == nullptr) {
        const bool known = from && feed.events.knows(*from);
        text = std::make_shared<const std::string>(known ? feed.events.change_event(*from)
                                                         : feed.events.fleet_event());
    }
    return text;
}

void EventStreams::add(HttpReply reply, FleetQuery query,
                       std::optional<std::string_view> last_event_id) {
    const Time now = fleet_.clock.now();
    Feed* const feed = feed_for(query, now);
    if (feed == nullptr) {
        reply.send(problem_response(
            503, "too-many-streams",
            "streams ask " + std::to_string(kEventFeedsMax) +
                " different things already: ask what one of them asks, or choose fewer fields "
                "from an unfiltered stream"));
        return;
    }
    Group& group = group_for(query.key, *feed, event_rate_for(query.max_rate.value_or(kEventRate)));
    look(*feed, now);
    HttpResponse head;
    head.content_type = "text/event-stream";
    head.headers.push_back({"Cache-Control", "no-store"});
    head.headers.push_back({"X-Accel-Buffering", "no"});  // A proxy must not gather events.
    const std::uint64_t id = next_id_++;
    const auto at =
        streams_.emplace(id, Stream{.id = id,
                                    .http = reply.stream(std::move(head)),
                                    .group = &group,
                                    .at = mark_of(last_event_id.value_or(""), fleet_.epoch)});
    Stream& stream = at.first->second;
    group.streams.push_back(&stream);
    ++feed->streams;
    stream.http.watch([this, id] { on_ready(id); }, [this, id] { remove(id); });
    if (stream.http.ready()) stream.http.write(next_for(stream, now).texts);
    if (ages_timer_ == nullptr) {
        ages_timer_ = loop_.call_after(ages_gap_, [this] { tell_ages(); });
    }
    arm();
}

void EventStreams::on_ready(std::uint64_t id) {
    const auto at = streams_.find(id);
    if (at == streams_.end()) return;
    Group& group = *at->second.group;
    attend(group, fleet_.clock.now());
    if (group.timer == nullptr) arm();
}

void EventStreams::tell_ages() {
    const auto ended = std::exchange(ages_timer_, nullptr);
    const Time now = fleet_.clock.now();
    forget_idle_feeds(now);
    if (feeds_.empty()) return;
    for (auto& [id, stream] : streams_) stream.ages_due = true;
    ages_timer_ = loop_.call_after(ages_gap_, [this] { tell_ages(); });
    wake();
}

void EventStreams::remove(std::uint64_t id) {
    const auto at = streams_.find(id);
    if (at == streams_.end()) return;
    Group& group = *at->second.group;
    std::erase(group.streams, &at->second);
    if (--group.feed.streams == 0) group.feed.left_at = fleet_.clock.now();
    streams_.erase(at);
    if (!group.streams.empty()) return;
    std::erase_if(groups_, [&](const auto& entry) { return &entry.second == &group; });
}

void EventStreams::end_all() {
    groups_.clear();
    streams_.clear();  // Each ends as it dies.
    feeds_.clear();
    ages_timer_ = nullptr;
}

EventStreams::Feed* EventStreams::feed_for(const FleetQuery& query, Time now) {
    if (const auto known = feeds_.find(query.key); known != feeds_.end()) return &known->second;
    if (feeds_.size() >= kEventFeedsMax) forget_idle_feeds(kNotDue);
    if (feeds_.size() >= kEventFeedsMax) return nullptr;
    auto texts = texts_;
    if (query.filter.members != texts->members()) {
        const auto same = std::ranges::find_if(feeds_, [&](const auto& entry) {
            return entry.second.events.members() == query.filter.members;
        });
        texts = same != feeds_.end() ? same->second.events.texts()
                                     : std::make_shared<RowTexts>(query.filter.members);
    }
    const auto at = feeds_.emplace(
        query.key, Feed{.events = EventFeed(query.filter, std::move(texts)), .left_at = now});
    return &at.first->second;
}

EventStreams::Group& EventStreams::group_for(const std::string& key, Feed& feed,
                                             std::uint32_t rate) {
    const Duration gap = std::chrono::nanoseconds(std::chrono::seconds(1)) / rate;
    return groups_.try_emplace({key, rate}, Group{.feed = feed, .gap = gap}).first->second;
}

void EventStreams::forget_idle_feeds(Time now) {
    std::erase_if(feeds_, [&](const auto& entry) {
        const Feed& feed = entry.second;
        return feed.streams == 0 && age_between(feed.left_at, now) >= kFeedKept;
    });
}

}  // namespace muster
