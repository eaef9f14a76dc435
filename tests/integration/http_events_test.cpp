// The event stream over real sockets: what a stream is told and when, whatever its client does.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/event_client.hpp"
#include "support/process_footprint.hpp"
#include "support/view_builder.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::EventClient;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::load_of;
using testing::steady_now;
using testing::StreamEvent;
using testing::ViewBuilder;
using testing::wait_until;
using testing::without_volatile;
using namespace std::chrono_literals;

constexpr std::string_view kEvents = "/v1/fleet/events";

class HttpEventsTest : public ::testing::Test {
protected:
    HttpEventsTest() { options_.http.listen = "127.0.0.1:0"; }

    void start() {
        auto started = FleetServer::start(cell_, clock_, wall_, "7f3a9c", options_);
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    /// Publishes `workers` workers, all with the version as what they run, as the next version.
    void publish(std::size_t workers = 3) {
        ViewBuilder builder(clock_.now());
        builder.version(++version_);
        for (std::size_t i = 0; i < workers; ++i) {
            builder.add({.instance_id = 1000 + i,
                         .load = load_of(version_, 1, 10, 0.5),
                         .interval = interval_});
        }
        if (workers < 3) builder.lost({.instance_id = 1002}, 1s, LostReason::silent, "silent");
        SourceInfo source;
        source.id = "nats-1";
        builder.source(source);
        cell_.publish(builder.build());
    }
    [[nodiscard]] EventClient connect(std::string_view query = {},
                                      std::string_view fields = {}) const {
        EventClient client(server_->address(), std::string(kEvents) + std::string(query), fields);
        const auto head = client.open();
        EXPECT_EQ(head.status, 200U);
        EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
        return client;
    }
    [[nodiscard]] json get(const std::string& target = "/v1/fleet") const {
        HttpSocket client(server_->address());
        client.get(target);
        return json::parse(client.response().body, nullptr, false);
    }
    /// Waits until the server has `count` connections.
    [[nodiscard]] bool has_open(std::size_t count) const {
        return wait_until(kLongEnough,
                          [&] { return server_->counters().open_connections == count; });
    }

    BootClock clock_;
    WallClock wall_{clock_};
    ViewCell cell_;
    FleetServerOptions options_;
    std::uint64_t version_ = 0;
    Duration interval_ = 1h;               ///< So that no state passes on a machine that is slow.
    std::unique_ptr<FleetServer> server_;  // Last: it reads all of the above.
};

TEST_F(HttpEventsTest, TheWholeThenChangesThenAges) {
    start();
    publish();
    auto client = connect();
    auto event = client.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "fleet");
    EXPECT_EQ(event->id, "7f3a9c-1");
    EXPECT_EQ(without_volatile(event->data), without_volatile(get()));
    publish(2);
    event = client.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "change");
    EXPECT_EQ(event->id, "7f3a9c-2");
    EXPECT_EQ(event->data["left"][0]["id"], "dynamo/backend/1002");
    EXPECT_EQ(without_volatile(client.follower().fleet()), without_volatile(get()));
    ASSERT_TRUE(client.follow_until([](const StreamEvent& e) { return e.name == "ages"; }));
    EXPECT_EQ(client.follower().ages, 1U);
    EXPECT_EQ(client.follower().last_id(), "7f3a9c-2");
}

TEST_F(HttpEventsTest, BeforeTheFirstViewThereIsTheEmptyOne) {
    start();
    auto client = connect();
    ASSERT_TRUE(client.next());
    EXPECT_EQ(client.follower().fleet()["version"], 0);
    publish();
    ASSERT_TRUE(client.follow_to(1));
    EXPECT_EQ(client.follower().fleet()["workers"].size(), 3U);
    EXPECT_EQ(client.follower().wholes, 1U);
}

TEST_F(HttpEventsTest, AgesComeEverySecondAndGrow) {
    options_.ages_gap = 20ms;
    start();
    publish();
    auto client = connect();
    ASSERT_TRUE(client.next());
    double last = client.follower().fleet()["workers"][0]["age_ms"];
    for (int i = 0; i < 20; ++i) {
        const auto event = client.next();
        ASSERT_TRUE(event && event->name == "ages");
        const double age = event->data["age_ms"][0];
        EXPECT_GT(age, last);
        last = age;
    }
}

// A collector that hangs publishes nothing: the states must pass all the same.
TEST_F(HttpEventsTest, StatesPassThoughNothingIsPublished) {
    options_.ages_gap = 50ms;
    interval_ = 250ms;
    start();
    publish();
    auto client = connect();
    ASSERT_TRUE(client.follow_until([&](const StreamEvent& e) {
        return e.name == "change" && e.data["stats"]["workers"]["late"] == 3;
    }));
    EXPECT_EQ(client.follower().last_id(), "7f3a9c-1") << "it is the same version";
}

TEST_F(HttpEventsTest, ChangesAreGatheredToTheRate) {
    start();
    publish();
    auto normal = connect();
    auto fast = connect("?max_rate=1000");
    auto slow = connect("?max_rate=2");
    constexpr Duration kTime = 2s;
    const Time begin = steady_now();
    ASSERT_TRUE(wait_until(kLongEnough, [&] {
        publish();
        return steady_now() - begin >= kTime;
    }));
    const double seconds = std::chrono::duration<double>(steady_now() - begin).count();
    for (EventClient* client : {&normal, &fast, &slow}) ASSERT_TRUE(client->follow_to(version_));
    EXPECT_LE(static_cast<double>(normal.follower().changes), seconds * 10 + 1);
    EXPECT_GE(normal.follower().changes, 8U);
    EXPECT_LE(static_cast<double>(slow.follower().changes), seconds * 2 + 2);
    EXPECT_GT(fast.follower().changes, 40U);
    EXPECT_EQ(normal.follower().wholes, 1U);
    EXPECT_EQ(without_volatile(normal.follower().fleet()), without_volatile(get()));
}

TEST_F(HttpEventsTest, TheLastEventIdGoesOn) {
    start();
    publish();
    auto first = connect();
    ASSERT_TRUE(first.next());
    const std::string id = first.follower().last_id();
    first.socket().close();
    ASSERT_TRUE(has_open(0));
    publish(2);
    auto again = connect("", "Last-Event-ID: " + id + "\r\n");
    auto event = again.next();
    EXPECT_FALSE(event) << "a change without the whole: this follower has none";
    // One that kept what it had.
    auto kept = connect("", "Last-Event-ID: " + id + "\r\n");
    ASSERT_TRUE(kept.follower().take({"fleet", id, first.follower().fleet()}));
    event = kept.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->name, "change");
    EXPECT_EQ(without_volatile(kept.follower().fleet()), without_volatile(get()));
    for (const char* other : {"7f3a9c-99", "otherone-1", "7f3a9c-", "7f3a9c-x", "7f3a9c", "-1", "",
                              "7f3a9c-18446744073709551616"}) {
        auto client = connect("", "Last-Event-ID: " + std::string(other) + "\r\n");
        event = client.next();
        ASSERT_TRUE(event) << other;
        EXPECT_EQ(event->name, "fleet") << other;
    }
}

TEST_F(HttpEventsTest, AStreamMayChoose) {
    start();
    publish();
    auto client = connect("?component=dynamo/backend&fields=load&state=fresh");
    ASSERT_TRUE(client.next());
    publish(2);
    ASSERT_TRUE(client.follow_to(2));
    EXPECT_EQ(without_volatile(client.follower().fleet()),
              without_volatile(get("/v1/fleet?component=dynamo/backend&fields=load&state=fresh")));
    auto other = connect("?component=dynamo/other");
    ASSERT_TRUE(other.next());
    EXPECT_TRUE(other.follower().fleet()["workers"].empty());
    publish();
    ASSERT_TRUE(other.follow_to(3)) << "statistics speak of the whole fleet";
    EXPECT_EQ(other.follower().fleet()["stats"]["running"]["max"], 3);
}

TEST_F(HttpEventsTest, BadParametersAreNamed) {
    start();
    EXPECT_EQ(get("/v1/fleet/events?max_rate=0")["detail"],
              "max_rate: not a rate: 0: give changes a second, from 1 to 1000");
    EXPECT_EQ(get("/v1/fleet/events?wait_version=1")["detail"],
              "wait_version: no such parameter: choose among max_rate, component, state, label, "
              "fields");
}

TEST_F(HttpEventsTest, DifferentQuestionsAreBounded) {
    start();
    publish();
    std::vector<EventClient> clients;
    for (std::size_t i = 0; i < kEventFeedsMax; ++i) {
        clients.push_back(connect("?component=part" + std::to_string(i)));
        ASSERT_TRUE(clients.back().next());
    }
    EXPECT_EQ(get("/v1/fleet/events?component=more")["type"], "/problems/too-many-streams");
    auto same = connect("?component=part7");
    EXPECT_TRUE(same.next()) << "asked already";
    clients.front().socket().close();
    ASSERT_TRUE(has_open(kEventFeedsMax));
    auto more = connect("?component=more");
    EXPECT_TRUE(more.next()) << "what nobody asks any more makes room";
}

// A stalled client has one text under way and gets the newest state when it wakes, not the history.
TEST_F(HttpEventsTest, AStalledClientCostsOneTextAndWakesToTheNewestState) {
    start();
    constexpr std::size_t kWorkers = 3000;  // A text of 1.6 MB.
    publish(kWorkers);
    std::vector<EventClient> stalled;
    for (int i = 0; i < 20; ++i) stalled.emplace_back(server_->address(), kEvents, "", 4096);
    auto eager = connect("?max_rate=1000");
    const auto arrives = [&](const std::string& id) {  // Read, but not followed: that takes long.
        for (std::string text; text.find("id: " + id + "\n") == std::string::npos;) {
            const auto chunk = eager.socket().chunk();
            if (!chunk) return false;
            text = chunk->substr(0, 100);
        }
        return true;
    };
    ASSERT_TRUE(arrives("7f3a9c-1"));
    const std::size_t before = testing::ProcessFootprint::taken().heap_bytes;
    for (int i = 0; i < 60; ++i) {
        publish(kWorkers);
        ASSERT_TRUE(arrives("7f3a9c-" + std::to_string(version_)));
    }
    // 60 changes of 1.6 MB for 20 clients are 1.9 GB; one for each would be 32 MB.
    EXPECT_LT(testing::ProcessFootprint::taken().heap_bytes, before + 48'000'000);
    for (EventClient& client : stalled) {
        ASSERT_EQ(client.open().status, 200U);
        ASSERT_TRUE(client.follow_to(version_));
        EXPECT_LE(client.follower().wholes + client.follower().changes, 3U);
    }
    EXPECT_EQ(without_volatile(stalled.back().follower().fleet()), without_volatile(get()));
}

/// Lets this process have `count` descriptors, where the machine allows it.
bool allow_descriptors(rlim_t count) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    if (limit.rlim_cur >= count) return true;
    limit.rlim_cur = count;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

TEST_F(HttpEventsTest, OneThousandStreamsFollowAndAStopEndsThem) {
    if (!allow_descriptors(2500)) GTEST_SKIP() << "needs 2,500 descriptors: raise `ulimit -Hn`";
    options_.http.threads = 2;
    start();
    publish();
    std::vector<EventClient> clients;
    for (int i = 0; i < 1000; ++i) clients.push_back(connect(i % 2 == 0 ? "" : "?fields=load"));
    for (EventClient& client : clients) ASSERT_TRUE(client.next());
    for (int i = 0; i < 5; ++i) publish();
    for (EventClient& client : clients) ASSERT_TRUE(client.follow_to(version_));
    EXPECT_EQ(without_volatile(clients[0].follower().fleet()), without_volatile(get()));
    EXPECT_EQ(without_volatile(clients[999].follower().fleet()),
              without_volatile(get("/v1/fleet?fields=load")));
    const Time begin = steady_now();
    server_->stop();
    EXPECT_LT(steady_now() - begin, 1s);
    for (EventClient& client : clients) {
        while (client.next()) {
        }
        ASSERT_TRUE(client.ended_well());
    }
}

TEST_F(HttpEventsTest, StreamsThatLeaveAreForgotten) {
    start();
    publish();
    for (int round = 0; round < 3; ++round) {
        std::vector<EventClient> clients;
        for (int i = 0; i < 50; ++i) clients.push_back(connect());
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if (i % 2 == 0)
                clients[i].socket().reset();
            else
                clients[i].socket().close();
        }
        publish();
        ASSERT_TRUE(has_open(0));
    }
    auto client = connect();
    EXPECT_TRUE(client.next());
}

}  // namespace
}  // namespace muster
