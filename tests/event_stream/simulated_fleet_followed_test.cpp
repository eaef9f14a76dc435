// Whatever happens to a fleet, who applies the changes has what GET says at that version.
//
// Random fleets with faults (tests/simulation) run for a minute each; clients of every kind follow
// them: eager ones, ones that stall, ones that come back with the id of their last event, and ones
// that chose. Each result is compared with the document. One client applies 10,000 changes.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muster/serve/event_feed.hpp"
#include "simulation/fault_script.hpp"
#include "simulation/simulated_fleet.hpp"
#include "support/fleet_follower.hpp"

namespace muster {
namespace {

using testing::difference;
using testing::FleetFollower;
using testing::take_event;
using testing::without_volatile;
using namespace std::chrono_literals;

constexpr std::string_view kEpoch = "7f3a9c";

SimulationOptions options_for(std::uint64_t seed) {
    SimulationOptions options;
    options.seed = seed;
    options.rules = simulation_rules();
    options.rules.lost_after = 4s;
    options.rules.mass_lost_after = 12s;
    options.rules.frozen_after = 5s;
    options.rules.rank_unheard_after = 10s;
    options.rules.tombstone_kept_for = 9s;
    if (seed % 3 == 0) options.rules.tombstones_max = 4;
    options.grid = 1ms;
    return options;
}

void add_workers(SimulatedFleet& fleet, SimulatedBroker& broker, const std::string& name,
                 std::size_t count, const ComponentTraits& traits) {
    SimulatedComponent& component = fleet.add_component(broker, name, traits);
    for (std::size_t i = 0; i < count; ++i) {
        WorkerTraits worker;
        worker.service_id = "service-" + std::to_string(i);
        if (i % 7 != 0) worker.instance_id = fresh_id(fleet);
        worker.pushes = i % 2 == 0;
        worker.tells_start = i % 3 != 0;
        worker.change_every = fleet.random().between(Duration(300ms), Duration(4s));
        if (i % 5 == 1) worker.ranks = {0U, 1U, 2U};
        if (i % 11 == 10) worker.offers_load = false;
        fleet.start(component, worker);
    }
}

/// A client of one feed; `diligence` is the chance that it reads at a look.
struct Client {
    EventFeed& feed;
    double diligence;
    double forgetfulness;  ///< The chance that it comes back with its id alone.
    FleetFollower follower = {};
    std::optional<FeedMark> at = {};

    void read(SeededRandom& random) {
        if (at == feed.mark() || !random.chance(diligence)) return;
        if (random.chance(forgetfulness) && !follower.last_id().empty()) {
            const std::string version = follower.last_id().substr(kEpoch.size() + 1);
            at = FeedMark::at_version(std::stoull(version));
        }
        std::string text = at && feed.knows(*at) ? feed.change_event(*at) : feed.fleet_event();
        const auto event = take_event(text);
        ASSERT_TRUE(event && text.empty());
        ASSERT_TRUE(follower.take(*event));
        at = feed.mark();
        text = feed.ages_event();
        const auto ages = take_event(text);
        ASSERT_TRUE(ages && text.empty());
        ASSERT_TRUE(follower.take(*ages)) << "the ages are of other workers";
    }
};

struct Question {
    FleetFilter filter;
    std::unique_ptr<EventFeed> feed;
};

std::vector<Question> questions() {
    std::vector<FleetFilter> filters(5);
    filters[1].components = {"dynamo/part1"};
    filters[2].states = {WorkerState::late, WorkerState::stale};
    filters[3].lost = true;
    filters[4].members = WorkerMembers{};
    filters[4].members.add(WorkerMember::load);
    std::vector<Question> asked;
    const auto all = std::make_shared<RowTexts>(WorkerMembers::all());
    for (FleetFilter& filter : filters) {
        auto texts =
            filter.members == all->members() ? all : std::make_shared<RowTexts>(filter.members);
        auto feed = std::make_unique<EventFeed>(filter, std::move(texts));
        asked.push_back({std::move(filter), std::move(feed)});
    }
    return asked;
}

class FollowedFleetTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FollowedFleetTest, ChangesAppliedGiveWhatGetSays) {
    SimulatedFleet fleet(options_for(GetParam()));
    SimulatedBroker& one = fleet.add_broker("nats-1");
    SimulatedBroker& two = fleet.add_broker("nats-2");
    add_workers(fleet, one, "dynamo/part1", 12, {});
    ComponentTraits listed;
    listed.listed = true;
    add_workers(fleet, one, "dynamo/part2", 8, listed);
    ComponentTraits pinned;
    pinned.pinned = true;
    add_workers(fleet, two, "dynamo/part3", 4, pinned);
    add_workers(fleet, two, "dynamo/part4", GetParam() % 2 == 0 ? 66 : 5, {});
    FaultScript script(fleet, fleet.now() + 55s, "muster_killed");

    auto asked = questions();
    std::vector<std::pair<Client, const FleetFilter*>> clients;
    for (const Question& question : asked) {
        for (const auto& [diligence, forgetfulness] :
             {std::pair{1.0, 0.0}, {0.2, 0.3}, {0.01, 0.0}}) {
            clients.push_back({Client{*question.feed, diligence, forgetfulness}, &question.filter});
        }
    }
    SeededRandom random(GetParam() * 7919);
    WallAnchor anchor{fleet.now(), WallTime{} + 490'000h};
    const Time end = fleet.now() + 60s;
    bool clock_was_set = false;
    while (fleet.now() < end && fleet.ok()) {
        // Now and then nothing new is published, and only the time has passed.
        fleet.run_for(random.between(Duration(5ms), Duration(400ms)));
        if (!clock_was_set && fleet.now() > end - 20s) {
            clock_was_set = true;
            anchor.wall += 90s;
        }
        const FleetMoment moment{fleet.now(), anchor, kEpoch};
        const FleetViewPtr view = fleet.hold();
        for (const Question& question : asked) question.feed->look(view, moment);
        for (auto& [client, filter] : clients) {
            ASSERT_NO_FATAL_FAILURE(client.read(random));
            if (client.at != client.feed.mark()) continue;
            std::string whole;
            append_fleet_json(whole, *view, moment, *filter);
            ASSERT_EQ(difference(without_volatile(client.follower.fleet()),
                                 without_volatile(nlohmann::json::parse(whole))),
                      "")
                << "seed " << GetParam() << " at version " << view->version();
        }
    }
    ASSERT_TRUE(fleet.ok()) << fleet.failures();
    EXPECT_EQ(clients.front().first.follower.wholes, 2U) << "at first and when the clock was set";
    EXPECT_GT(clients.front().first.follower.changes, 100U);
}

TEST(FollowedFleet, TenThousandChangesAppliedGiveWhatGetSays) {
    SimulatedFleet fleet(options_for(12));
    SimulatedBroker& broker = fleet.add_broker("nats-1");
    add_workers(fleet, broker, "dynamo/part1", 8, {});
    ComponentTraits spared;  // Somebody must live to change.
    spared.spared = true;
    add_workers(fleet, broker, "dynamo/part2", 8, spared);
    FaultScript script(fleet, fleet.now() + 400s, "muster_killed");
    auto asked = questions();
    EventFeed& feed = *asked.front().feed;
    Client client{feed, 1.0, 0.0};
    SeededRandom random(1);
    const WallAnchor anchor{fleet.now(), WallTime{} + 490'000h};
    const Time end = fleet.now() + 1h;
    while (client.follower.changes < 10'000 && fleet.now() < end && fleet.ok()) {
        fleet.run_for(random.between(Duration(1ms), Duration(60ms)));
        const FleetMoment moment{fleet.now(), anchor, kEpoch};
        feed.look(fleet.hold(), moment);
        ASSERT_NO_FATAL_FAILURE(client.read(random));
        if (client.follower.changes % 200 != 199) continue;
        std::string whole;
        append_fleet_json(whole, fleet.view(), moment);
        ASSERT_EQ(difference(without_volatile(client.follower.fleet()),
                             without_volatile(nlohmann::json::parse(whole))),
                  "");
    }
    ASSERT_TRUE(fleet.ok()) << fleet.failures();
    EXPECT_EQ(client.follower.changes, 10'000U);
    EXPECT_EQ(client.follower.wholes, 1U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FollowedFleetTest, ::testing::Range<std::uint64_t>(1, 4));

}  // namespace
}  // namespace muster
