// Design 4, identity, fields and suspicions of one worker: one rule a test.
#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class IdentityRule : public RuleTest {
protected:
    std::uint32_t generation(std::uint64_t id) {
        kept = view();
        return kept->generation(row(id, *kept).value());
    }
    WorkerState worker_state(std::uint64_t id) {
        kept = view();
        return kept->state_at(row(id, *kept).value(), now);
    }
    Load load(std::uint64_t id) {
        kept = view();
        return kept->load(row(id, *kept).value());
    }
};

TEST_F(IdentityRule, ALaterStartIsANewGenerationAndNothingOfTheOldIsKept) {
    people(1);
    live(1s);
    responders[0].started = 2'000;
    responders[0].load = Load{};
    responders[0].load.set_count(LoadField::running, 0);
    responders[0].load.set_count(LoadField::kv_total_blocks, 0);
    live(300ms);
    EXPECT_EQ(generation(1), 2U);
    EXPECT_EQ(worker_state(1), WorkerState::unknown) << "zeros of one that starts, no load";
    EXPECT_EQ(fired(Rule::generation_by_start), 1U);
}

TEST_F(IdentityRule, CountersThatFellAreANewGeneration) {
    responders.push_back({.id = 1, .started = std::nullopt, .requests = 500});
    live(1s);
    responders[0].requests = 3;
    live(300ms);
    EXPECT_EQ(generation(1), 2U);
    EXPECT_EQ(fired(Rule::generation_by_counter), 1U);
}

TEST_F(IdentityRule, CountersInALateAnswerToAnOlderQuestionAreNoRestart) {
    responders.push_back({.id = 1, .started = std::nullopt, .requests = 500});
    live(1s);
    const RoundId older = ask();
    echo_back();
    pass(10ms);
    const RoundId newer = ask();
    echo_back();
    responders[0].requests = 510;
    say(responders[0], newer);
    responders[0].requests = 505;
    say(responders[0], older);
    EXPECT_EQ(generation(1), 1U);
}

TEST_F(IdentityRule, AnOlderProcessIsDroppedWhileTheNewerAnswersAndBothAreADuplicate) {
    responders.push_back({.id = 1, .load = load_with(1), .started = 2'000});
    responders.push_back({.id = 1, .load = load_with(7), .started = 1'000});
    live(3s);
    EXPECT_EQ(load(1).waiting, 1U);
    EXPECT_TRUE(flagged(1, WorkerFlag::duplicate));
    EXPECT_GE(fired(Rule::old_process), 5U);
    responders[0].answers = false;
    live(3s);
    EXPECT_EQ(load(1).waiting, 7U) << "whoever is left takes over";
    EXPECT_EQ(fired(Rule::older_takes_over), 1U);
    live(11s);
    EXPECT_FALSE(flagged(1, WorkerFlag::duplicate));
}

TEST_F(IdentityRule, OneStartTimeIsNoDuplicate) {
    people(1);
    live(1s);
    const RoundId round = ask();
    say(responders[0], round);
    say(responders[0], round);  // The same answer twice.
    EXPECT_FALSE(flagged(1, WorkerFlag::duplicate));
    EXPECT_EQ(generation(1), 1U);
}

TEST_F(IdentityRule, ARecordWithoutARankFromSeveralRanksIsRejected) {
    people(1);
    live(1s);
    responders[0].rank = 0;
    live(300ms);
    responders[0].rank = 1;
    live(300ms);
    responders[0].rank.reset();
    EXPECT_EQ(say(responders[0], ask()).reason, RejectReason::rank_missing);
    EXPECT_TRUE(view()->find("dynamo/backend/1/0"));
    EXPECT_TRUE(view()->find("dynamo/backend/1/1"));
    EXPECT_FALSE(view()->find("dynamo/backend/1"));
}

TEST_F(IdentityRule, ARankUnheardForFifteenMinutesIsWithdrawnWhileItsInstanceAnswers) {
    people(1);
    responders[0].rank = 0;
    live(500ms);
    responders[0].rank = 1;
    live(15min - 5s);
    EXPECT_TRUE(view()->find("dynamo/backend/1/0"));
    live(10s);
    kept = view();
    EXPECT_FALSE(kept->find("dynamo/backend/1/0"));
    EXPECT_TRUE(kept->find("dynamo/backend/1/1"));
    ASSERT_NE(kept->find_tombstone("dynamo/backend/1/0"), nullptr);
    EXPECT_EQ(kept->find_tombstone("dynamo/backend/1/0")->reason, LostReason::rank_unheard);
}

TEST_F(IdentityRule, ARankIsNotMissedWhileNobodySpeaksOfAny) {
    people(1);
    responders[0].offers_load = false;  // It answers; its load comes by push alone, on change.
    live(500ms);
    push(1, load_with(5), 0);
    live(20min);
    EXPECT_TRUE(view()->find("dynamo/backend/1/0")) << "idle for a night";
    push(1, load_with(6), 1);
    live(20min);
    EXPECT_TRUE(view()->find("dynamo/backend/1/0")) << "its silence says that nothing changed";
    EXPECT_EQ(fired(Rule::rank_unheard), 0U);
}

TEST_F(IdentityRule, AnAnswerThatAPushOvertookSpeaksOfItsRankAllTheSame) {
    people(1);
    responders[0].rank = 0;
    live(1s);
    const RoundId round = ask();
    echo_back();
    pass(10ms);
    push(1, load_with(5), 1);
    live(10s);
    EXPECT_EQ(say({.id = 1, .rank = 1}, round).reason, RejectReason::overtaken_by_push);
    live(15min - 5s);
    EXPECT_TRUE(view()->find("dynamo/backend/1/1"));
    live(10s);
    EXPECT_FALSE(view()->find("dynamo/backend/1/1"));
}

TEST_F(IdentityRule, OurOwnStopIsNotHeldAgainstARank) {
    people(1);
    responders[0].rank = 0;
    live(1s);
    responders.push_back({.id = 1, .rank = 1});
    live(1s);
    now += 16min;
    // After the stop the answer about one rank is read before the step, the other after it.
    say(responders[0], last_round);
    state.step(now);
    // Nor is it in the time between two answers to the first question after it.
    const RoundId round = ask();
    say(responders[0], round);
    echo_back();
    pass(1500ms);
    EXPECT_TRUE(view()->find("dynamo/backend/1/1"));
    say(responders[1], round);
    live(1s);
    EXPECT_TRUE(view()->find("dynamo/backend/1/0"));
    EXPECT_TRUE(view()->find("dynamo/backend/1/1"));
    EXPECT_EQ(fired(Rule::rank_unheard), 0U);
}

TEST_F(IdentityRule, AnInstanceThatOffersNoLoadIsListedAsSuchAndIsNoWorker) {
    responders.push_back({.id = 1, .offers_load = false});
    live(1s);
    EXPECT_EQ(view()->size(), 0U);
    ASSERT_EQ(view()->components().front().without_load.size(), 1U);
    EXPECT_EQ(view()->components().front().without_load.front().id, "dynamo/backend/1");
    push(1, load_with(4));
    EXPECT_TRUE(shown(1)) << "it pushes: a worker";
    EXPECT_TRUE(view()->components().front().without_load.empty());
}

TEST_F(IdentityRule, ZeroCapacityIsUnknownAndSoIsTheUsage) {
    people(1);
    responders[0].load.set_count(LoadField::kv_total_blocks, 0);
    live(300ms);
    EXPECT_FALSE(load(1).count(LoadField::kv_total_blocks).has_value());
    EXPECT_FALSE(load(1).fraction(LoadField::kv_usage).has_value());
    EXPECT_EQ(load(1).count(LoadField::waiting), 1U);
}

TEST_F(IdentityRule, MoreActiveThanThereAreIsUnknownTheRestStands) {
    people(1);
    responders[0].load.set_count(LoadField::kv_active_blocks, 1'001);
    live(300ms);
    EXPECT_FALSE(load(1).count(LoadField::kv_active_blocks).has_value());
    EXPECT_EQ(load(1).count(LoadField::kv_total_blocks), 1'000U);
    EXPECT_GE(fired(Rule::field_forgotten), 1U);
}

class FrozenRule : public RuleTest {};

TEST_F(FrozenRule, EqualBusyRecordsOverThirtySecondsUntilTheFirstDifference) {
    people(1);
    live(29s);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen));
    live(2s);
    EXPECT_TRUE(flagged(1, WorkerFlag::frozen));
    const FleetViewPtr in = view();
    const Time since = in->extras(0)->flag_times[static_cast<std::size_t>(WorkerFlag::frozen)];
    EXPECT_GE(now - since, 30s) << "since the first of the equal ones";
    EXPECT_EQ(in->state_at(0, now), WorkerState::fresh) << "a suspicion removes nobody";
    responders[0].load = load_with(2);
    live(300ms);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen));
}

TEST_F(FrozenRule, AnIdleWorkerIsNotFrozen) {
    people(1);
    responders[0].load = load_with(0, 0, 0);
    live(60s);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen));
}

TEST_F(FrozenRule, StartValueAfterAHundredRequests) {
    responders.push_back({.id = 1, .load = load_with(0, 0, 0), .requests = 5});
    live(1s);
    responders[0].requests = 104;
    live(1s);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen));
    responders[0].requests = 105;
    live(300ms);
    EXPECT_TRUE(flagged(1, WorkerFlag::frozen));
    responders[0].load = load_with(3);
    live(300ms);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen));
    responders[0].load = load_with(0, 0, 0);
    responders[0].requests = 900;
    live(2s);
    EXPECT_FALSE(flagged(1, WorkerFlag::frozen)) << "it moved once";
}

class StateRule : public RuleTest {
protected:
    static FleetRules half_second() {
        FleetRules rules;
        rules.interval = 500ms;
        return rules;
    }
    StateRule() : RuleTest(half_second()) {}
};

TEST_F(StateRule, FreshForTwoIntervalsAndPatienceLateForTwoSecondsThenStale) {
    people(1);
    say(responders[0], ask());
    const FleetViewPtr in = view();
    EXPECT_EQ(in->state_at(0, now + 1300ms), WorkerState::fresh);
    EXPECT_EQ(in->state_at(0, now + 1301ms), WorkerState::late);
    EXPECT_EQ(in->state_at(0, now + 2s), WorkerState::late);
    EXPECT_EQ(in->state_at(0, now + 2001ms), WorkerState::stale);
}

TEST_F(StateRule, PassingFromOneStateToAnotherIsAChange) {
    people(1);
    say(responders[0], ask());
    echo_back();
    (void)view();
    pass(1250ms);
    EXPECT_FALSE(state.changed());
    EXPECT_LE(state.next_due(), now + 100ms) << "it is due to be noticed";
    pass(100ms);
    EXPECT_TRUE(state.changed());
}

TEST_F(StateRule, SixtyFiveThousandChangesUnderAnOldView) {
    people(1);
    say(responders[0], ask());
    echo_back();
    const FleetViewPtr old = view();
    const Time known = *old->known_at(0);
    for (std::uint64_t i = 0; i < 65'536 + 10; ++i) {
        now += 1ms;
        push(1, load_with(i % 7 + 2));
        if (i % 64 == 0) (void)view();
        if (i % 500 == 0) state.step(now);
    }
    (void)view();
    EXPECT_EQ(*old->known_at(0), known) << "sixteen bits came round: still not its load";
}

}  // namespace
}  // namespace muster
