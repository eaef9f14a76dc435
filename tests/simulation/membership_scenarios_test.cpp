// Named scenarios: workers die, move, double and are renamed.
#include "simulation/scenario.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class MembershipScenario : public ScenarioTest {
protected:
    MembershipScenario()
        : broker(fleet.add_broker("nats-1")),
          backend(fleet.add_component(broker, "dynamo/backend")),
          prefill(fleet.add_component(broker, "dynamo/prefill")) {}

    WorkerTraits one(std::uint64_t id) {
        WorkerTraits traits;
        traits.instance_id = id;
        return traits;
    }

    SimulatedBroker& broker;
    SimulatedComponent& backend;
    SimulatedComponent& prefill;
};

TEST_F(MembershipScenario, TheOnlyWorkerIsReplacedBehindASilentOne) {
    const Process old = fleet.start(backend, one(1));
    fleet.run_for(5s);
    fleet.pause(*old);  // Its connection stands, nothing comes: a half-open one.
    fleet.run_for(1s);
    fleet.start(backend, one(2));
    fleet.run_for(520ms);
    EXPECT_EQ(fleet.view().state_at(row_of("dynamo/backend/2"), fleet.now()), WorkerState::fresh)
        << "two intervals";
    fleet.run_for(11s);
    EXPECT_FALSE(fleet.view().find("dynamo/backend/1"));
    EXPECT_EQ(lost_of(backend, LostReason::silent), 1U);
}

TEST_F(MembershipScenario, TheOnlyWorkerIsReplacedBehindOurHalfOpenConnection) {
    const Process old = fleet.start(backend, one(1));
    fleet.run_for(5s);
    broker.half_open();
    fleet.kill(*old);
    fleet.start(backend, one(2));
    fleet.run_for(2s);
    EXPECT_EQ(source().state, SourceState::suspect) << "within 2 s";
    fleet.run_for(1s);
    broker.notice_half_open();
    fleet.run_for(520ms);
    EXPECT_EQ(fleet.view().state_at(row_of("dynamo/backend/2"), fleet.now()), WorkerState::fresh);
    EXPECT_TRUE(fleet.view().find("dynamo/backend/1"));
    fleet.run_for(10s);
    EXPECT_FALSE(fleet.view().find("dynamo/backend/1"));
}

TEST_F(MembershipScenario, SixtyPercentOfAComponentReallyDie) {
    fleet.start_many(backend, 64, 1'000);
    fleet.start_many(prefill, 6, 9'000);
    fleet.run_for(5s);
    for (std::size_t i = 0; i < 39; ++i) fleet.kill(*backend.processes[i]);
    const Time died = fleet.now();
    fleet.run_for(9s);
    ASSERT_EQ(source().state, SourceState::connected) << "the echo is good";
    ASSERT_EQ(source().mass_silences.size(), 1U);
    EXPECT_EQ(source().mass_silences[0].component, "dynamo/backend");
    EXPECT_EQ(source().mass_silences[0].silent, 39U);
    EXPECT_EQ(source().mass_silences[0].total, 64U);
    EXPECT_EQ(rows_in(backend, WorkerState::stale), 39U) << "ages are never held back";
    run_watching(50s, 500ms, [&] { EXPECT_EQ(rows_of(backend), 64U); });
    fleet.run_for(died + 61s - fleet.now());
    EXPECT_EQ(rows_of(backend), 25U);
    EXPECT_EQ(lost_of(backend, LostReason::mass_silent), 39U);
    EXPECT_TRUE(source().mass_silences.empty());
    EXPECT_EQ(rows_of(prefill), 6U) << "other components are not touched";
}

TEST_F(MembershipScenario, OneComponentScalesToZeroWhileAWorkerOfAnotherDies) {
    fleet.start_many(backend, 4, 1'000);
    fleet.start_many(prefill, 8, 9'000);
    fleet.run_for(5s);
    for (const auto& process : backend.processes) fleet.kill(*process);
    fleet.kill(*prefill.processes.front());
    fleet.run_for(9s);
    EXPECT_EQ(rows_of(prefill), 8U);
    fleet.run_for(2s);
    EXPECT_EQ(rows_of(prefill), 7U) << "its own component is well: 10 s are enough";
    EXPECT_EQ(lost_of(prefill, LostReason::silent), 1U);
    EXPECT_EQ(rows_of(backend), 4U) << "all of a component at once: wait";
    EXPECT_GE(fired(Rule::no_responders), 10U);
    fleet.run_for(51s);
    EXPECT_EQ(rows_of(backend), 0U);
    EXPECT_EQ(lost_of(backend, LostReason::mass_silent), 4U);
    EXPECT_EQ(source().state, SourceState::connected);
}

TEST_F(MembershipScenario, TwoProcessesOnOneIdAreFlaggedAndTheNewerIsShown) {
    const Process older = fleet.start(backend, one(1));
    fleet.run_for(3s);
    older->disturbance.begin();
    const Process newer = fleet.start(backend, one(1));
    fleet.run_for(3s);
    std::size_t row = row_of("dynamo/backend/1");
    EXPECT_EQ(fleet.view().size(), 1U);
    EXPECT_TRUE(fleet.view().flags(row).has(WorkerFlag::duplicate));
    EXPECT_EQ(fleet.view().generation(row), 2U);
    run_watching(5s, 50ms, [&] {
        const std::size_t at = row_of("dynamo/backend/1");
        EXPECT_TRUE(newer->history(0).was(fleet.view().load(at), fleet.now() - 1s, fleet.now()))
            << "the older one's load is shown while the newer answers";
    });
    fleet.kill(*newer);
    fleet.run_for(20s);
    row = row_of("dynamo/backend/1");
    EXPECT_EQ(fleet.view().generation(row), 3U) << "who is left is another process again";
    EXPECT_TRUE(older->history(0).was(fleet.view().load(row), fleet.now() - 1s, fleet.now()));
    EXPECT_FALSE(fleet.view().flags(row).has(WorkerFlag::duplicate));
    EXPECT_GE(fired(Rule::older_takes_over), 1U);
}

TEST_F(MembershipScenario, RankNullThenRankThreeRenamesTheRow) {
    const Process worker = fleet.start(backend, one(1));
    fleet.run_for(3s);
    const FleetViewPtr before = fleet.hold();
    fleet.keep(before);
    ASSERT_TRUE(before->find("dynamo/backend/1"));
    worker->learn_rank(3);
    run_watching(1s, 1ms, [&] { EXPECT_EQ(fleet.view().size(), 1U) << "never two, never none"; });
    const std::size_t row = row_of("dynamo/backend/1/3");
    EXPECT_EQ(fleet.view().identity(row).rank, 3U);
    EXPECT_EQ(fleet.view().generation(row), before->generation(0));
    EXPECT_GE(fleet.view().sequence(row), before->sequence(0));
    EXPECT_TRUE(fleet.view().tombstones().empty()) << "it was renamed, not lost";
    EXPECT_EQ(fired(Rule::rank_renamed), 1U);
    worker->forget_rank();
    fleet.run_for(2s);
    EXPECT_EQ(fleet.view().size(), 1U) << "a record without a rank is the one ranked worker's";
}

TEST_F(MembershipScenario, PullAnswersOvertakenByPushesNeverReplaceThem) {
    Weather weather;
    weather.delay_min = 1ms;
    weather.delay_max = 60ms;
    weather.reorders = true;
    broker.set_weather(weather);
    WorkerTraits traits;
    traits.pushes = true;
    traits.change_every = 150ms;
    fleet.start_many(backend, 30, 1'000, traits);
    fleet.run_for(60s);
    EXPECT_GE(fired(Rule::overtaken_by_push), 100U);
    EXPECT_EQ(rows_of(backend), 30U);
}

TEST_F(MembershipScenario, ASequenceWrapsUnderOldViews) {
    WorkerTraits traits;
    traits.change_every = 250ms;
    fleet.start_many(backend, 10, 1'000, traits);
    fleet.run_for(400ms);
    // Kept views are held against the truth for as long as they are kept.
    run_watching(20s, 3s, [&] { fleet.keep(fleet.hold()); });
    const std::size_t row = row_of("dynamo/backend/1000");
    EXPECT_GT(fleet.view().sequence(row), 65'536U);
    EXPECT_GE(fired(Rule::slot_replaced), 10U);
}

TEST_F(MembershipScenario, AWorkerWhoseResponderWasKilledIsNotLostWhileItPushes) {
    WorkerTraits traits;
    traits.pushes = true;
    fleet.start_many(backend, 8, 1'000, traits);
    fleet.run_for(3s);
    backend.processes[0]->responder_dead = true;
    fleet.run_for(60s);
    EXPECT_EQ(rows_of(backend), 8U) << "what is heard is not silent";
}

TEST_F(MembershipScenario, HundredsOfWorkersOfSeveralSources) {
    SimulatedBroker& second = fleet.add_broker("nats-2");
    SimulatedComponent& far = fleet.add_component(second, "far/backend");
    WorkerTraits traits;
    traits.change_every = 2s;
    fleet.start_many(backend, 300, 1'000, traits);
    fleet.start_many(far, 200, 1'000, traits);
    fleet.run_for(3s);
    EXPECT_EQ(fleet.view().size(), 500U);
    second.die();
    fleet.run_for(20s);
    EXPECT_EQ(rows_in(backend, WorkerState::fresh), 300U) << "the other broker is well";
    EXPECT_EQ(rows_in(far, WorkerState::stale), 200U);
    second.come_back();
    fleet.run_for(1s);
    EXPECT_EQ(rows_in(far, WorkerState::fresh), 200U);
}

}  // namespace
}  // namespace muster
