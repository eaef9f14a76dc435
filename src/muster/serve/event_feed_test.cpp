// One feed and what its events say, case by case. tests/event_stream follows whole fleets.
#include "muster/serve/event_feed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "support/fleet_follower.hpp"
#include "support/golden.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::BuiltRow;
using testing::load_of;
using testing::take_event;
using testing::ViewBuilder;
using testing_support::golden;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + 24h;
// 2026-11-23T10:15:02.114Z.
constexpr WallAnchor kAnchor{kNow, WallTime{std::chrono::milliseconds(1'795'428'902'114)}};

class EventFeedTest : public ::testing::Test {
protected:
    EventFeedTest() { ask({}); }

    void ask(FleetFilter filter) {
        const auto members = filter.members;
        feed_ = std::make_unique<EventFeed>(std::move(filter), std::make_shared<RowTexts>(members));
    }
    /// The feed looks at a view with these running counts, by instance id; the next version.
    void look(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& workers,
              const std::vector<std::uint64_t>& lost = {}) {
        ViewBuilder builder(kNow);
        builder.version(++version_);
        for (const auto& [id, running] : workers) {
            builder.add({.instance_id = id, .load = load_of(running, 0, 1, 0.5)});
        }
        for (const std::uint64_t id : lost) {
            builder.lost({.instance_id = id}, 10s, LostReason::silent, "silent for 10 s");
        }
        look_at(builder.build());
    }
    void look_at(FleetViewPtr view, Time now = kNow, WallAnchor anchor = kAnchor) {
        view_ = std::move(view);
        feed_->look(view_, {now, anchor, "7f3a9c"});
    }
    [[nodiscard]] json change_since(FeedMark from) const {
        EXPECT_TRUE(feed_->knows(from));
        std::string text = feed_->change_event(from);
        const auto event = take_event(text);
        EXPECT_TRUE(event) << text;
        EXPECT_EQ(event->name, "change");
        EXPECT_EQ(event->id, "7f3a9c-" + std::to_string(version_));
        return event->data;
    }
    [[nodiscard]] static std::vector<std::string> ids(const json& entries) {
        std::vector<std::string> all;
        for (const json& entry : entries) all.push_back(entry["id"]);
        return all;
    }

    std::uint64_t version_ = 0;
    FleetViewPtr view_;
    std::unique_ptr<EventFeed> feed_;
};

using Ids = std::vector<std::string>;

TEST_F(EventFeedTest, ChangesNameWhatChangedCameAndLeft) {
    look({{1, 5}, {2, 5}, {3, 5}});
    const FeedMark first = feed_->mark();
    look({{1, 5}, {2, 6}, {3, 5}});
    const FeedMark second = feed_->mark();
    EXPECT_EQ(ids(change_since(first)["workers"]), Ids{"dynamo/backend/2"});
    look({{1, 5}, {2, 6}, {4, 0}}, {3});
    const json change = change_since(second);
    EXPECT_EQ(ids(change["workers"]), Ids{"dynamo/backend/4"});
    EXPECT_EQ(change["left"], json::parse(R"([{"id":"dynamo/backend/3","cause":"silent",
                               "reason":"silent for 10 s"}])"));
    EXPECT_EQ(ids(change["lost"]), Ids{"dynamo/backend/3"});
    EXPECT_EQ(ids(change_since(first)["workers"]), (Ids{"dynamo/backend/2", "dynamo/backend/4"}));
    EXPECT_TRUE(change_since(feed_->mark())["workers"].empty());
    EXPECT_FALSE(change.contains("components")) << "they did not change";
}

TEST_F(EventFeedTest, WhoLeftAndCameBackHasNotLeft) {
    look({{1, 5}, {2, 5}});
    const FeedMark first = feed_->mark();
    look({{1, 5}}, {2});
    const FeedMark between = feed_->mark();
    look({{1, 5}, {2, 5}});
    const json change = change_since(first);
    EXPECT_TRUE(change["left"].empty());
    EXPECT_EQ(ids(change["workers"]), Ids{"dynamo/backend/2"});
    EXPECT_TRUE(change["lost"].empty());
    EXPECT_EQ(change_since(between)["lost_ended"], json::parse(R"(["dynamo/backend/2"])"));
    look({{1, 5}}, {2});
    EXPECT_EQ(ids(change_since(first)["left"]), Ids{"dynamo/backend/2"}) << "once, though twice";
}

TEST_F(EventFeedTest, EveryWayToLeaveHasItsCause) {
    FleetFilter filter;
    filter.states = {WorkerState::fresh};
    ask(filter);
    const auto row = [](std::uint64_t id, Duration age) {
        return BuiltRow{.instance_id = id, .load = load_of(1, 0, 1, 0.5), .age = age};
    };
    look_at(ViewBuilder(kNow)
                .version(1)
                .add(row(1, 10ms))
                .add(row(2, 10ms))
                .add(row(3, 10ms))
                .add(row(4, 10ms))
                .build());
    const FeedMark first = feed_->mark();
    auto ranked = row(3, 10ms);
    ranked.rank = 7;
    version_ = 2;
    look_at(ViewBuilder(kNow)
                .version(2)
                .add(row(2, 1s))
                .add(ranked)
                .lost(row(1, 10ms), 1s, LostReason::withdrawn, "withdrawn by discovery")
                .build());
    const json left = change_since(first)["left"];
    ASSERT_EQ(left.size(), 4U);
    EXPECT_EQ(left[0]["cause"], "withdrawn");
    EXPECT_EQ(left[1]["cause"], "not_chosen");
    EXPECT_EQ(left[2]["cause"], "renamed");
    EXPECT_EQ(left[2]["reason"], "goes on as dynamo/backend/3/7");
    EXPECT_EQ(left[3]["cause"], "forgotten");
}

// A collector that hangs publishes nothing, but states pass: whoever follows must see it.
TEST_F(EventFeedTest, StatesPassWithoutANewVersion) {
    look({{1, 5}});
    const FeedMark first = feed_->mark();
    look_at(view_, kNow + 100ms);
    EXPECT_EQ(feed_->mark(), first) << "older, in the same state: no news";
    look_at(view_, kNow + 3s);
    EXPECT_GT(feed_->mark(), first);
    const json change = change_since(first);
    EXPECT_EQ(change["workers"][0]["state"], "stale");
    EXPECT_EQ(change["stats"]["workers"]["stale"], 1);
    EXPECT_EQ(change["version"], 1);
}

TEST_F(EventFeedTest, StatesOfOthersCountInTheStatistics) {
    FleetFilter filter;
    filter.components = {"dynamo/other"};
    ask(filter);
    look({{1, 5}});
    const FeedMark first = feed_->mark();
    look_at(view_, kNow + 3s);
    const json change = change_since(first);
    EXPECT_TRUE(change["workers"].empty());
    EXPECT_EQ(change["stats"]["workers"]["stale"], 1);
}

TEST_F(EventFeedTest, AClientOfAVersionGoesOnFromThere) {
    for (std::uint64_t i = 0; i < 5; ++i) look({{1, i > 1 ? 1 : 0}, {2, i > 2 ? 1 : 0}, {3, i}});
    EXPECT_FALSE(feed_->knows(FeedMark::at_version(9))) << "ahead of us: another epoch's";
    ask({});
    version_ = 4;
    look({{1, 0}, {2, 0}});  // Version 5.
    look({{1, 1}, {2, 0}});
    look({{1, 1}, {2, 1}});
    EXPECT_FALSE(feed_->knows(FeedMark::at_version(4))) << "before our first look";
    EXPECT_EQ(ids(change_since(FeedMark::at_version(7))["workers"]), Ids{"dynamo/backend/2"});
    EXPECT_EQ(change_since(FeedMark::at_version(6))["workers"].size(), 2U);
    EXPECT_EQ(change_since(FeedMark::at_version(5))["workers"].size(), 2U);
    EXPECT_FALSE(feed_->knows(FeedMark::at_version(8)));
}

TEST_F(EventFeedTest, AfterTheWallClockWasSetAllIsToldAnew) {
    look({{1, 5}}, {2});
    const FeedMark first = feed_->mark();
    WallAnchor set = kAnchor;
    set.wall += 1h;
    look_at(view_, kNow, set);
    EXPECT_FALSE(feed_->knows(first)) << "since of what was lost reads differently";
    EXPECT_FALSE(feed_->knows(FeedMark::at_version(version_)));
    EXPECT_TRUE(feed_->knows(feed_->mark()));
}

TEST_F(EventFeedTest, TheLogOfThoseWhoLeftIsBounded) {
    look({{1, 5}});
    const FeedMark first = feed_->mark();
    std::vector<std::pair<std::uint64_t, std::uint64_t>> many;
    for (std::uint64_t id = 0; id < kEventLogMax / 2 + 1; ++id) many.emplace_back(10'000 + id, 0);
    look(many);
    look({});
    EXPECT_TRUE(feed_->knows(first));
    const FeedMark known = feed_->mark();
    look(many);
    look({});
    EXPECT_FALSE(feed_->knows(first)) << "it is told the whole";
    EXPECT_TRUE(feed_->knows(known));
    EXPECT_TRUE(change_since(known)["left"].size() == many.size());
}

TEST_F(EventFeedTest, EventsAreGolden) {
    const auto fleet = [](std::uint64_t running) {
        ComponentInfo component;
        component.name = "dynamo/backend";
        component.interval = 250ms;
        component.patience = 300ms;
        SourceInfo source;
        source.id = "nats-1";
        source.kind = "nats";
        source.target = "nats://127.0.0.1:4222";
        source.state = SourceState::connected;
        source.since = kNow - 242s;
        ViewBuilder builder(kNow);
        builder.add({.instance_id = 7587888657184927289, .load = load_of(running, 4, 60, 0.25)})
            .source(source)
            .component(component);
        return builder;
    };
    look_at(fleet(37).version(1842).add({.instance_id = 7587888657184927290}).build());
    const FeedMark first = feed_->mark();
    std::string text = feed_->fleet_event();
    look_at(fleet(38)
                .version(1843)
                .add({.instance_id = 7587888657184927291,
                      .load = load_of(1, 0, 2, 0.5),
                      .age = 900ms,
                      .missed = 3,
                      .road = Road::pushed_on_change,
                      .triggers_only = true})
                .lost({.instance_id = 7587888657184927290, .load = load_of(1, 2, 3, 0.25)}, 112ms,
                      LostReason::silent, "silent for 10 s")
                .build());
    text += feed_->change_event(first) + feed_->ages_event();
    EXPECT_EQ(text, golden("event_feed/events.txt"));
}

}  // namespace
}  // namespace muster
