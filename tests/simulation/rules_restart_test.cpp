// Design 4, "after a restart": what a new run takes over from the journal of the one before.
#include "muster/fleet/statistics.hpp"
#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

// A new run at `now`, one clock moved by hand. Nothing is connected yet.
class RestartRule : public ::testing::Test {
protected:
    RestoredWorker past(std::uint64_t id) const {
        RestoredWorker worker;
        worker.identity.component = "dynamo/backend";
        worker.identity.instance_id = id;
        worker.identity.id = "dynamo/backend/" + std::to_string(id);
        worker.identity.first_seen = now - 3h;
        worker.source = "nats-1";
        worker.load = load_with(4);
        worker.as_of = now - 20s;
        worker.known_at = now - 12s;
        worker.alive_at = now - 12s;
        worker.generation = 3;
        worker.sequence = 500;
        worker.interval = 250ms;
        worker.patience = 300ms;
        worker.started = 1'000;
        return worker;
    }
    RestoredFleet earlier(std::uint64_t workers) const {
        RestoredFleet fleet;
        fleet.heard_until = now - 12s;
        fleet.sources.push_back({"nats-1", "t"});
        for (std::uint64_t id = 1; id <= workers; ++id) fleet.workers.push_back(past(id));
        return fleet;
    }
    void begin(RestoredFleet fleet, const std::string& target = "t") {
        state.emplace(rules, now);
        state->restore(std::move(fleet), now);
        source = state->add_source({.id = "nats-1", .kind = "nats", .target = target}, now);
    }
    void collect() { backend = state->add_component(source, {.name = "dynamo/backend"}, now); }
    /// One question, answered by this worker with this load (or none).
    void hear(std::uint64_t id, const Load* load, std::optional<std::int64_t> started = 1'000,
              std::optional<std::uint32_t> rank = {}) {
        const FleetState::BegunRound begun = state->begin_round(backend, now);
        now += 1ms;
        Answer answer;
        answer.component = backend;
        answer.round = begun.round;
        answer.received = now;
        answer.instance = {.id = id, .name = {}};
        answer.started = started;
        answer.rank = rank;
        answer.load = load;
        state->apply(answer);
        state->echo_received(source, begun.echo, now);
    }
    /// Time passes; questions are asked and their echoes come back, nobody answers.
    void silence(Duration by) {
        for (const Time end = now + by; now < end;) {
            now += 50ms;
            state->step(now);
            if (state->ask_due_at(backend) > now) continue;
            state->echo_received(source, state->begin_round(backend, now).echo, now);
        }
    }
    FleetViewPtr view() { return state->freeze(now); }
    std::size_t row(const FleetView& in, std::uint64_t id = 1) {
        return in.find("dynamo/backend/" + std::to_string(id)).value();
    }
    std::uint64_t fired(Rule rule) { return state->rule_counts().of(rule); }

    Time now = Time{} + 24h;
    FleetRules rules;
    std::optional<FleetState> state;
    SourceId source;
    ComponentId backend;
};

TEST_F(RestartRule, ARestoredWorkerIsStaleAndFlaggedAndOutOfTheStatistics) {
    RestoredFleet fleet = earlier(2);
    for (RestoredWorker& worker : fleet.workers) worker.known_at = worker.alive_at = now - 100ms;
    begin(std::move(fleet));
    collect();
    const FleetViewPtr in = view();
    ASSERT_EQ(in->size(), 2U);
    EXPECT_EQ(in->state_at(row(*in), now), WorkerState::stale) << "however young its load is";
    EXPECT_TRUE(in->flags(row(*in)).has(WorkerFlag::restored));
    EXPECT_EQ(in->extras(row(*in))->flag_times[static_cast<std::size_t>(WorkerFlag::restored)],
              now);
    EXPECT_FALSE(counts_in_statistics(*in, row(*in), now));
    EXPECT_EQ(in->load(row(*in)), load_with(4));
    EXPECT_EQ(in->generation(row(*in)), 3U);
    EXPECT_EQ(in->identity(row(*in)).first_seen, now - 3h);
    EXPECT_EQ(in->sources().front().state, SourceState::disconnected);
    EXPECT_EQ(fired(Rule::worker_restored), 2U);
}

TEST_F(RestartRule, APushOfARestoredWorkerCountsFromTheRunBefore) {
    begin(earlier(1));
    collect();
    const Time known = now - 12s;
    state->connected(source, now);
    silence(200ms);
    const Load load = load_with(9);
    Push push;
    push.received = now;
    push.worker_id = 1;
    push.load = &load;
    const std::vector<ComponentId> candidates{backend};
    EXPECT_EQ(state->apply(push, candidates).outcome, Verdict::Outcome::changed);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->load(row(*in)).waiting, 9U);
    EXPECT_EQ(in->known_at(row(*in)), known) << "its client may have kept it since then";
    EXPECT_EQ(in->state_at(row(*in), now), WorkerState::stale);
}

TEST_F(RestartRule, ItsAgesAreThoseOfTheEarlierRun) {
    begin(earlier(1));
    collect();
    now += 5s;
    const FleetViewPtr in = view();
    EXPECT_EQ(in->age_at(row(*in), now), 17s);
    EXPECT_EQ(in->alive_age_at(row(*in), now), 17s);
}

TEST_F(RestartRule, WhoNeverToldALoadStaysUnknown) {
    RestoredFleet fleet = earlier(1);
    fleet.workers[0].as_of = fleet.workers[0].known_at = kNever;
    fleet.workers[0].load = {};
    begin(std::move(fleet));
    collect();
    const FleetViewPtr in = view();
    EXPECT_EQ(in->state_at(row(*in), now), WorkerState::unknown);
    EXPECT_TRUE(in->flags(row(*in)).has(WorkerFlag::restored));
}

TEST_F(RestartRule, ALoadOfItsOwnEndsTheFlagAndTheGenerationGoesOn) {
    begin(earlier(1));
    collect();
    state->connected(source, now);
    const Load load = load_with(4);  // Equal to what the journal knew: it counts all the same.
    hear(1, &load);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->state_at(row(*in), now), WorkerState::fresh);
    EXPECT_FALSE(in->flags(row(*in)).any());
    EXPECT_TRUE(counts_in_statistics(*in, row(*in), now));
    EXPECT_EQ(in->generation(row(*in)), 3U);
    EXPECT_GE(in->sequence(row(*in)), 500U);
    EXPECT_EQ(fired(Rule::restored_heard), 1U);
}

TEST_F(RestartRule, ProofOfLifeAloneMakesNoLoadFresh) {
    RestoredFleet fleet = earlier(1);
    fleet.workers[0].known_at = fleet.workers[0].alive_at = now - 100ms;
    begin(std::move(fleet));
    collect();
    state->connected(source, now);
    hear(1, nullptr);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->state_at(row(*in), now), WorkerState::stale);
    EXPECT_TRUE(in->flags(row(*in)).has(WorkerFlag::restored));
    EXPECT_LE(in->alive_age_at(row(*in), now), 1ms) << "that it lives is known";
}

TEST_F(RestartRule, AProcessThatWasReplacedMeanwhileIsANewGeneration) {
    begin(earlier(1));
    collect();
    state->connected(source, now);
    const Load load = load_with(9);
    hear(1, &load, 2'000);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->generation(row(*in)), 4U);
    EXPECT_FALSE(in->flags(row(*in)).any());
    EXPECT_EQ(in->identity(row(*in)).first_seen, now - 3h - 1ms) << "the id is as old as before";
}

TEST_F(RestartRule, WhoDoesNotAnswerIsLostByTheSameRulesAsAnyOther) {
    begin(earlier(1));
    collect();
    silence(20s);
    EXPECT_EQ(view()->size(), 1U) << "nobody is lost while we do not listen";
    state->connected(source, now);
    silence(9s);
    EXPECT_EQ(view()->size(), 1U);
    silence(3s);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->size(), 0U);
    ASSERT_EQ(in->tombstones().size(), 1U);
    EXPECT_EQ(in->tombstones()[0].generation, 3U);
}

TEST_F(RestartRule, AJournalOlderThanFifteenMinutesRestoresNoWorkerButIsNotForgotten) {
    RestoredFleet fleet = earlier(2);
    fleet.heard_until = now - 15min - 1ms;
    begin(std::move(fleet));
    collect();
    EXPECT_EQ(view()->size(), 0U);
    state->connected(source, now);
    const Load load = load_with(4);
    hear(1, &load);
    hear(2, &load, 2'000);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->generation(row(*in, 1)), 3U) << "the same process";
    EXPECT_EQ(in->generation(row(*in, 2)), 4U) << "another one";
    EXPECT_EQ(in->identity(row(*in, 1)).first_seen, now - 3h - 2ms);
    EXPECT_EQ(fired(Rule::worker_recalled), 2U);
    EXPECT_EQ(fired(Rule::worker_restored), 0U);
}

TEST_F(RestartRule, ExactlyFifteenMinutesStillRestore) {
    RestoredFleet fleet = earlier(1);
    fleet.heard_until = now - 15min;
    begin(std::move(fleet));
    collect();
    EXPECT_EQ(view()->size(), 1U);
}

TEST_F(RestartRule, AnotherBrokerUnderTheSameNameRestoresNobody) {
    begin(earlier(1), "another");
    collect();
    EXPECT_EQ(view()->size(), 0U);
}

TEST_F(RestartRule, AComponentThatIsNotCollectedAnyMoreRestoresNobody) {
    begin(earlier(1));
    state->add_component(source, {.name = "dynamo/prefill"}, now);
    EXPECT_EQ(view()->size(), 0U);
}

TEST_F(RestartRule, WhatNobodyCameBackForIsForgotten) {
    RestoredFleet fleet = earlier(1);
    fleet.heard_until = now - 1h;
    begin(std::move(fleet));
    collect();
    state->connected(source, now);
    now += 15min;
    state->step(now);
    const Load load = load_with(4);
    hear(1, &load);
    const FleetViewPtr in = view();
    EXPECT_EQ(in->generation(row(*in)), 1U);
}

TEST_F(RestartRule, TombstonesGoOnWithTheirTimesAndEndWhenTheirTimeIsUp) {
    RestoredFleet fleet;
    fleet.heard_until = now - 1min;
    for (const Duration ago : {Duration(15min), Duration(14min), Duration(2min)}) {
        Tombstone& stone = fleet.tombstones.emplace_back();
        auto identity = std::make_shared<WorkerIdentity>();
        identity->id = "dynamo/backend/" + std::to_string(ago / 1min);
        identity->first_seen = now - 5h;
        stone = {.identity = identity,
                 .since = now - ago,
                 .reason = LostReason::silent,
                 .detail = "silent for 10 s",
                 .last_load = load_with(7),
                 .generation = 2,
                 .sequence = 9};
    }
    begin(std::move(fleet));
    ASSERT_EQ(view()->tombstones().size(), 2U) << "one had its 15 minutes";
    EXPECT_EQ(fired(Rule::tombstone_restored), 2U);
    now += 1min;
    state->step(now);
    const FleetViewPtr in = view();
    ASSERT_EQ(in->tombstones().size(), 1U);
    EXPECT_EQ(in->tombstones()[0].since, now - 3min);
    EXPECT_EQ(in->tombstones()[0].last_load, load_with(7));
}

TEST_F(RestartRule, WhoReturnsFromARestoredTombstoneGoesOn) {
    RestoredFleet fleet;
    fleet.heard_until = now - 1min;
    auto identity = std::make_shared<WorkerIdentity>();
    identity->id = "dynamo/backend/1";
    identity->first_seen = now - 5h;
    const Time first_seen = identity->first_seen;
    fleet.tombstones.push_back({.identity = identity,
                                .since = now - 2min,
                                .reason = LostReason::silent,
                                .detail = "silent for 10 s",
                                .last_load = {},
                                .generation = 2,
                                .sequence = 9});
    begin(std::move(fleet));
    collect();
    state->connected(source, now);
    const Load load = load_with(4);
    hear(1, &load);
    const FleetViewPtr in = view();
    EXPECT_TRUE(in->tombstones().empty());
    EXPECT_EQ(in->generation(row(*in)), 3U);
    EXPECT_EQ(in->identity(row(*in)).first_seen, first_seen);
}

TEST_F(RestartRule, ACordonStandsAndMarksItsWorkerAgain) {
    RestoredFleet fleet = earlier(1);
    const Time since = now - 2h;
    fleet.cordons.push_back(
        {.worker = "dynamo/backend/1", .why = "driver", .by = "ada", .since = since});
    fleet.cordons.push_back(
        {.worker = "dynamo/backend/9", .why = "gone", .by = "", .since = since});
    begin(std::move(fleet));
    collect();
    const FleetViewPtr in = view();
    EXPECT_EQ(in->cordons().size(), 2U);
    ASSERT_TRUE(in->flags(row(*in)).has(WorkerFlag::cordoned));
    EXPECT_TRUE(in->flags(row(*in)).has(WorkerFlag::restored));
    EXPECT_EQ(in->extras(row(*in))->cordon->why, "driver");
    EXPECT_EQ(in->extras(row(*in))->flag_times[static_cast<std::size_t>(WorkerFlag::cordoned)],
              since);
}

TEST_F(RestartRule, ARankThatBecomesKnownAfterTheRestartRecallsItsHistory) {
    RestoredFleet fleet = earlier(1);
    fleet.heard_until = now - 1h;
    fleet.workers[0].identity.rank = 2;
    fleet.workers[0].identity.id += "/2";
    const Time first_seen = fleet.workers[0].identity.first_seen;
    begin(std::move(fleet));
    collect();
    state->connected(source, now);
    const Load load = load_with(4);
    hear(1, &load);
    hear(1, &load, 1'000, 2);
    const FleetViewPtr in = view();
    const auto at = in->find("dynamo/backend/1/2");
    ASSERT_TRUE(at);
    EXPECT_EQ(in->identity(*at).first_seen, first_seen);
    EXPECT_EQ(in->generation(*at), 3U);
}

}  // namespace
}  // namespace muster
