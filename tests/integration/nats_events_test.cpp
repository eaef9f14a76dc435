// The event stream of a fleet behind a real broker: workers that work, die, come back and a broker
// that goes away, seen by a client that applies changes, beside what GET says.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/sim/fleet.hpp"
#include "support/event_client.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::difference;
using testing::EventClient;
using testing::HttpSocket;
using testing::NatsMuster;
using testing::NatsServer;
using testing::options_for;
using testing::steady_now;
using testing::StreamEvent;
using testing::without_volatile;
using namespace std::chrono_literals;

constexpr std::uint32_t kWorkers = 12;

class NatsEventsTest : public ::testing::Test {
protected:
    NatsEventsTest() {
        SimulatedFleetOptions options;
        options.nats_url = broker_.url();
        options.component = {"lab", "backend"};
        options.workers = kWorkers;
        options.changes_per_second = 2.0;
        auto fleet = SimulatedFleet::start(options);
        if (!fleet) throw std::runtime_error(fleet.error().what);
        workers_ = std::move(*fleet);
        FleetServerOptions serving;
        serving.http.listen = "127.0.0.1:0";
        auto server = FleetServer::start(muster_.host().view_cell(), muster_.host().clock(), wall_,
                                         "7f3a9c", serving);
        if (!server) throw std::runtime_error(server.error().what);
        server_ = std::move(*server);
    }
    ~NatsEventsTest() override { server_->stop(); }

    [[nodiscard]] json get() const {
        HttpSocket client(server_->address());
        client.get("/v1/fleet");
        return json::parse(client.response().body, nullptr, false);
    }
    /// Follows until the client's document and that of GET are of one version and say the same.
    /// (Between the two answers a state may pass: then the next ones are compared.) "" or what
    /// differs.
    [[nodiscard]] std::string agree(EventClient& client) const {
        std::string differs = "no version in common";
        const Time end = steady_now() + testing::kPatience;
        while (steady_now() < end) {
            const json fleet = get();
            if (!client.follow_to(fleet["version"])) return "the stream ended";
            if (client.follower().fleet()["version"] != fleet["version"]) continue;
            differs =
                difference(without_volatile(client.follower().fleet()), without_volatile(fleet));
            if (differs.empty()) return {};
        }
        return differs;
    }
    [[nodiscard]] static bool follow_to_count(EventClient& client, const char* list,
                                              std::size_t count) {
        return client.follow_until(
            [&](const StreamEvent&) { return client.follower().fleet()[list].size() == count; });
    }

    /// Until all workers are in that state.
    [[nodiscard]] static bool follow_to_state(EventClient& client, const char* state) {
        return client.follow_until([&](const StreamEvent&) {
            return client.follower().fleet()["stats"]["workers"][state] == kWorkers;
        });
    }

    NatsServer broker_;
    std::unique_ptr<SimulatedFleet> workers_;
    NatsMuster muster_{options_for(broker_.url()), [] {
                           Collector::Options rules;
                           rules.rules.lost_after = 2s;
                           return rules;
                       }()};
    WallClock wall_{muster_.host().clock()};
    std::unique_ptr<FleetServer> server_;
};

TEST_F(NatsEventsTest, WhoAppliesChangesHasWhatGetSays) {
    EventClient client(server_->address(), "/v1/fleet/events?max_rate=100");
    ASSERT_EQ(client.open().status, 200U);
    ASSERT_TRUE(follow_to_count(client, "workers", kWorkers));
    EXPECT_EQ(agree(client), "");
    const std::size_t before = client.follower().changes;
    ASSERT_TRUE(client.follow_until(
        [&](const StreamEvent&) { return client.follower().changes >= before + 50; }));
    EXPECT_EQ(agree(client), "") << "at work";

    ASSERT_TRUE(workers_->set_fault(3, {.kind = FaultKind::dead}));
    ASSERT_TRUE(follow_to_count(client, "lost", 1));
    EXPECT_EQ(agree(client), "") << "one is lost";
    ASSERT_TRUE(workers_->clear_faults(3));
    ASSERT_TRUE(follow_to_count(client, "lost", 0));
    ASSERT_TRUE(follow_to_state(client, "fresh"));
    EXPECT_EQ(agree(client), "") << "it came back";

    broker_.kill();
    ASSERT_TRUE(follow_to_state(client, "stale"));
    EXPECT_EQ(client.follower().fleet()["sources"][0]["state"], "disconnected");
    EXPECT_EQ(agree(client), "") << "the broker is away";
    broker_.restart();
    ASSERT_TRUE(follow_to_state(client, "fresh"));
    EXPECT_EQ(agree(client), "") << "the broker is back";
    EXPECT_EQ(client.follower().wholes, 1U) << "all of it by changes";
}

}  // namespace
}  // namespace muster
