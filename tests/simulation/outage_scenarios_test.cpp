// Named scenarios: the broker, our connection or muster itself is away. Nobody may be lost by it.
#include "muster/fleet/statistics.hpp"
#include "simulation/scenario.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class OutageScenario : public ScenarioTest {
protected:
    void SetUp() override {
        broker = &fleet.add_broker("nats-1");
        backend = &fleet.add_component(*broker, "dynamo/backend");
        prefill = &fleet.add_component(*broker, "dynamo/prefill");
        fleet.start_many(*backend, 40, 1'000);
        fleet.start_many(*prefill, 5, 9'000);
        fleet.run_for(5s);
        ASSERT_EQ(fleet.view().size(), 45U);
    }
    void expect_nobody_left() {
        EXPECT_EQ(fleet.view().size(), 45U);
        EXPECT_TRUE(fleet.view().tombstones().empty());
    }

    SimulatedBroker* broker = nullptr;
    SimulatedComponent* backend = nullptr;
    SimulatedComponent* prefill = nullptr;
};

TEST_F(OutageScenario, BrokerAwayForAMinuteLosesNobody) {
    broker->die();
    fleet.run_for(20ms);
    EXPECT_EQ(source().state, SourceState::disconnected);
    EXPECT_EQ(source().reason, "connection refused");
    run_watching(60s, 500ms, [&] { expect_nobody_left(); });
    EXPECT_EQ(rows_in(*backend, WorkerState::stale), 40U) << "the last good values stay, ageing";
    EXPECT_EQ(statistics_at(fleet.view(), fleet.now()).kv_active_blocks.count, 0U);
    broker->come_back();
    fleet.run_for(300ms);
    EXPECT_EQ(source().state, SourceState::connected);
    EXPECT_EQ(rows_in(*backend, WorkerState::fresh), 40U);
    run_watching(15s, 500ms, [&] { expect_nobody_left(); });
}

TEST_F(OutageScenario, BrokerStoppedIsSuspectWithinTwoSecondsAndLosesNobody) {
    const std::uint64_t asked = broker->questions_received();
    broker->pause();
    fleet.run_for(2s);
    EXPECT_EQ(source().state, SourceState::suspect);
    EXPECT_NE(source().reason.find("echo"), std::string::npos);
    run_watching(58s, 500ms, [&] { expect_nobody_left(); });
    broker->proceed();
    fleet.run_for(1s);
    EXPECT_LE(broker->questions_received() - asked, 2U * 3U + 2U * 4U)
        << "three old questions for each component at most, then the new ones";
    fleet.run_for(1s);
    EXPECT_EQ(source().state, SourceState::connected);
    EXPECT_EQ(rows_in(*backend, WorkerState::fresh), 40U);
    run_watching(15s, 500ms, [&] { expect_nobody_left(); });
}

TEST_F(OutageScenario, MusterStoppedForAMinuteLosesNobody) {
    for (int again = 0; again < 4; ++again) {  // Which of its threads runs first differs.
        const FleetViewPtr held = fleet.hold();
        fleet.suspend();
        fleet.run_for(60s);
        EXPECT_EQ(rows_in(*backend, WorkerState::stale), 40U)
            << "a reader must see by itself that a stopped collector keeps nothing fresh";
        EXPECT_GE(fleet.now() - held->collector_step(), 59s);
        fleet.resume();
        run_watching(15s, 100ms, [&] { expect_nobody_left(); });
        EXPECT_EQ(rows_in(*backend, WorkerState::fresh), 40U);
    }
    EXPECT_GE(fired(Rule::resumed), 4U);
}

TEST_F(OutageScenario, BrokerBackWithOtherWorkersShowsTheNewAtOnceAndTheOldUntilTheyAreLost) {
    broker->die();
    fleet.run_for(5s);
    for (const auto& process : backend->processes) fleet.kill(*process);
    fleet.start_many(*backend, 40, 5'000);
    broker->come_back();
    fleet.run_for(600ms);
    EXPECT_EQ(rows_in(*backend, WorkerState::fresh), 40U) << "the new ones";
    EXPECT_EQ(rows_in(*backend, WorkerState::stale), 40U) << "the old ones, silent";
    fleet.run_for(20s);
    EXPECT_EQ(rows_of(*backend), 80U) << "half of a component fell silent at once: wait";
    fleet.run_for(43s);
    EXPECT_EQ(rows_of(*backend), 40U);
    EXPECT_EQ(lost_of(*backend, LostReason::mass_silent), 40U);
    EXPECT_EQ(rows_of(*prefill), 5U);
}

TEST_F(OutageScenario, ListenedTimeStartsAgainAtEachReturn) {
    fleet.kill(*backend->processes.front());
    for (int i = 0; i < 6; ++i) {  // Never connected for 10 s in a row.
        fleet.run_for(8s);
        broker->die();
        fleet.run_for(1s);
        broker->come_back();
    }
    EXPECT_EQ(rows_of(*backend), 40U);
    fleet.run_for(11s);
    EXPECT_EQ(rows_of(*backend), 39U);
    EXPECT_EQ(lost_of(*backend, LostReason::silent), 1U);
}

TEST_F(OutageScenario, ASuspectSourceIsAskedNothingButEchoes) {
    broker->pause();
    fleet.run_for(3s);
    const std::uint64_t asked = fleet.collector().counters(broker->id)->asked;
    fleet.run_for(30s);
    EXPECT_EQ(fleet.collector().counters(broker->id)->asked, asked);
    EXPECT_GE(fired(Rule::echo_only), 1U);
    broker->proceed();
    fleet.run_for(3s);
    EXPECT_GT(fleet.collector().counters(broker->id)->asked, asked);
}

TEST_F(OutageScenario, APushThatWaitedInOurOwnSocketIsNotYoung) {
    WorkerTraits traits;
    traits.instance_id = 77;
    traits.pushes = true;
    traits.change_every = 1h;
    const Process worker = fleet.start(*backend, traits);
    fleet.run_for(2s);
    for (int again = 0; again < 4; ++again) {
        const Time stopped = fleet.now();
        fleet.suspend();
        fleet.run_for(1s);
        Load load = worker->history(0).last().sent;
        load.set_count(LoadField::waiting, 100U + static_cast<std::uint64_t>(again));
        fleet.set_load(*backend, worker, load);  // Pushed into our socket, 20 s before we read it.
        fleet.run_for(20s);
        fleet.resume();
        fleet.run_for(100us);
        const std::size_t row = row_of("dynamo/backend/77");
        EXPECT_GE(fleet.now() - *fleet.view().known_at(row), 20s)
            << "it counts from the last good echo, " << to_ms(fleet.now() - stopped) << " ms ago";
        fleet.run_for(3s);
    }
    EXPECT_GE(fired(Rule::push_in_doubt), 4U);
}

TEST_F(OutageScenario, APushHeldBackByAPausedBrokerCountsFromTheLastGoodEcho) {
    WorkerTraits traits;
    traits.instance_id = 77;
    traits.pushes = true;
    traits.change_every = 1h;
    const Process worker = fleet.start(*backend, traits);
    fleet.run_for(2s);
    broker->pause();
    fleet.run_for(100ms);
    Load load = worker->history(0).last().sent;
    load.set_count(LoadField::waiting, 500);
    fleet.set_load(*backend, worker, load);
    fleet.run_for(100ms);
    load.set_count(LoadField::waiting, 1);
    worker->set_load(0, load, fleet.now());  // Changed again, without a word.
    fleet.run_for(20s);
    broker->proceed();
    fleet.run_for(300us);
    const std::size_t row = row_of("dynamo/backend/77");
    EXPECT_EQ(fleet.view().load(row).waiting, 500U);
    EXPECT_GE(fleet.now() - *fleet.view().known_at(row), 20s);
    EXPECT_EQ(fleet.view().state_at(row, fleet.now()), WorkerState::stale);
    fleet.run_for(3s);
    EXPECT_EQ(fleet.view().load(row_of("dynamo/backend/77")).waiting, 1U);
}

}  // namespace
}  // namespace muster
