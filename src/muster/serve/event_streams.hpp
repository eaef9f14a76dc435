// EventStreams: the event streams of one loop, in step: those who ask the same get the same text.
//
// Place in the data path: between the publication of a view and the streams' connections. Streams
// of one question and one rate form a group with one beat, so that a change is formatted once for
// all of them, whenever they came. A stream whose last text is still under way is passed over; what
// it missed is in the next text it gets. Everything is touched by the loop's thread only, but for
// on_published, which the publisher calls.
// Invariants:
// (1) A stream gets at most one change in each gap of its group.
// (2) The ages event speaks of exactly the workers that its client knows of: it follows the change
//     that tells of them, or none is due.
// (3) While a group waits for news (it has no timer), a wake is armed or on its way.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/http/http_loop.hpp"
#include "muster/io/http/http_reply.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/event_feed.hpp"
#include "muster/serve/fleet_query.hpp"

namespace muster {

/// Changes a second of a stream that asks for no rate, and the most it may ask for.
inline constexpr std::uint32_t kEventRate = 10;
inline constexpr std::uint32_t kEventRateMax = 1'000;

class EventStreams final : private ViewListener {
public:
    /// What the streams read. All of it must outlive them.
    struct Fleet {
        ViewCell& cell;
        ViewReader& reader;  ///< The loop's.
        const Clock& clock;
        const WallClock& wall;
        std::string_view epoch;
    };

    /// `texts`, with all members, may be shared with others on the loop. Ages are told every
    /// `ages_gap`.
    EventStreams(HttpLoop& loop, const Fleet& fleet, std::shared_ptr<RowTexts> texts,
                 Duration ages_gap);
    ~EventStreams() override;
    EventStreams(const EventStreams&) = delete;
    EventStreams& operator=(const EventStreams&) = delete;

    /// Begins a stream: with what changed since `last_event_id`, if that is known, else with the
    /// whole. Answers 503 if too many different questions are asked already.
    void add(HttpReply reply, FleetQuery query, std::optional<std::string_view> last_event_id);
    /// Ends all streams, once what is under way is out.
    void end_all();
    [[nodiscard]] std::size_t size() const noexcept { return streams_.size(); }

private:
    using Text = std::shared_ptr<const std::string>;
    struct Group;
    struct Stream {
        std::uint64_t id;
        HttpStream http;
        Group* group;
        /// What its client has been told, or is being told; nothing: only the whole will do.
        std::optional<FeedMark> at;
        Time changed_at = kNever;  ///< When it was given its last change; kNever: nothing yet.
        bool ages_due = false;
    };
    /// One question, with the texts made at its last look.
    struct Feed {
        EventFeed events;
        Time looked_at = kNever;
        std::map<std::optional<FeedMark>, Text> changes = {};  ///< By where their readers are.
        Text ages = {};
        std::size_t streams = 0;
        Time left_at = kNever;  ///< When its last stream left.
    };
    struct Group {
        Feed& feed;
        Duration gap;
        std::vector<Stream*> streams = {};
        std::size_t next = 0;  ///< Whose turn it is, after a beat that took more than one turn.
        Time beat_at = kNever;
        std::unique_ptr<HttpTimer> timer = {};
    };

    void on_published(std::uint64_t version) noexcept override;
    void arm();
    void wake();
    /// Beats now, or sets the timer for when the group may.
    void attend(Group& group, Time now);
    void beat(Group& group, Time now);
    /// What the stream gets now. REQUIRES: its feed has looked.
    struct Next {
        HttpPieces texts;    ///< None: nothing is due.
        bool later = false;  ///< Something is, but its gap has not passed.
    };
    [[nodiscard]] Next next_for(Stream& stream, Time now);
    void beat_later(Group& group, Duration delay);
    void look(Feed& feed, Time now);
    [[nodiscard]] static Text change_text(Feed& feed, const std::optional<FeedMark>& from);
    void tell_ages();
    void on_ready(std::uint64_t id);
    void remove(std::uint64_t id);
    [[nodiscard]] Feed* feed_for(const FleetQuery& query, Time now);
    [[nodiscard]] Group& group_for(const std::string& key, Feed& feed, std::uint32_t rate);
    void forget_idle_feeds(Time now);

    HttpLoop& loop_;
    Fleet fleet_;
    std::shared_ptr<RowTexts> texts_;
    Duration ages_gap_;
    std::map<std::string, Feed> feeds_;  // By FleetQuery::key.
    std::map<std::pair<std::string, std::uint32_t>, Group> groups_;
    std::unordered_map<std::uint64_t, Stream> streams_;
    std::uint64_t next_id_ = 0;
    std::unique_ptr<HttpTimer> ages_timer_;
    std::atomic<bool> armed_{false};
};

/// The rate that a stream which asks for at most `wanted` events a second gets: rates are few, so
/// that streams share their texts. REQUIRES: wanted > 0.
[[nodiscard]] std::uint32_t event_rate_for(std::uint32_t wanted) noexcept;

}  // namespace muster
