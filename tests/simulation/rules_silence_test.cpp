// Design 4, "lost is decided by the collector alone": one rule a test.
#include <array>

#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class SilenceRule : public RuleTest {};

TEST_F(SilenceRule, LostOnlyAfterTenSecondsOfListenedTime) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(9700ms);
    EXPECT_TRUE(shown(1));
    live(900ms);
    EXPECT_FALSE(shown(1));
    ASSERT_NE(tombstone(1), nullptr);
    EXPECT_EQ(tombstone(1)->reason, LostReason::silent);
    EXPECT_TRUE(shown(2));
}

TEST_F(SilenceRule, OneAnswerStartsTheCountAgain) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(9s);
    responders[0].answers = true;
    live(300ms);
    responders[0].answers = false;
    live(9s);
    EXPECT_TRUE(shown(1));
    live(2s);
    EXPECT_FALSE(shown(1));
}

TEST_F(SilenceRule, WhoLeavesAfterItsAnswerDoesNotAnswerForAnother) {
    people(4);
    live(2s);
    const std::uint64_t before = fired(Rule::round_missed);
    const RoundId round = ask();
    for (std::size_t i = 1; i < 4; ++i) say(responders[i], round);
    // Now as many have answered as are left.
    state.withdraw(backend, {.id = 4, .name = {}}, "gone", now);
    echo_back();
    pass(500ms);
    EXPECT_EQ(fired(Rule::round_missed), before + 1);
}

TEST_F(SilenceRule, ANewcomerHasMissedNoOlderQuestionThanItAnswered) {
    people(3);
    live(2s);
    const std::uint64_t before = fired(Rule::round_missed);
    const RoundId round = ask();
    for (const Responder& who : responders) say(who, round);
    say({.id = 4}, round);
    echo_back();
    pass(500ms);
    EXPECT_EQ(fired(Rule::round_missed), before);
}

TEST_F(SilenceRule, AWorkerThatAnswersOneQuestionHasNotMissedTheOneBefore) {
    people(3);
    live(2s);
    const RoundId first = ask();
    const EchoId first_echo = echo;
    now += 100ms;
    const RoundId second = ask();
    for (const Responder& who : responders) say(who, second);
    echo_back();
    state.echo_received(source, first_echo, now);
    const std::uint64_t before = fired(Rule::round_missed);
    pass(500ms);
    EXPECT_EQ(fired(Rule::round_missed), before);
    EXPECT_NE(first, second);
}

TEST_F(SilenceRule, ASuspectSourceDoesNotListen) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(5s);
    echoes = false;
    live(30s);
    EXPECT_EQ(source_state(), SourceState::suspect);
    EXPECT_TRUE(shown(1));
    EXPECT_TRUE(shown(2));
}

TEST_F(SilenceRule, AReconnectionStartsListenedTimeFromZero) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(9s);
    state.disconnected(source, "gone", now);
    state.connected(source, now);
    live(9500ms);
    EXPECT_TRUE(shown(1));
    live(1500ms);
    EXPECT_FALSE(shown(1));
}

TEST_F(SilenceRule, AStepGapAboveOneSecondStartsListenedTimeFromZero) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(9s);
    now += 1100ms;
    state.step(now);
    EXPECT_GE(fired(Rule::resumed), 1U);
    live(9500ms);
    EXPECT_TRUE(shown(1));
    live(1500ms);
    EXPECT_FALSE(shown(1));
}

TEST_F(SilenceRule, ASuspicionThatEndsBetweenTwoStepsWasNotListenedTo) {
    people(8);
    live(2s);
    responders[0].answers = false;
    (void)ask();
    pass(600ms);
    ASSERT_EQ(source_state(), SourceState::suspect);
    echo_back();  // Far too late.
    for (int i = 0; i < 3; ++i) {
        const EchoId alone = state.begin_echo(source, now);
        now += 300ms;
        state.echo_received(source, alone, now);
    }
    ASSERT_EQ(source_state(), SourceState::connected);
    live(9s);
    EXPECT_TRUE(shown(1)) << "the 900 ms without an echo were counted";
    live(1s);
    EXPECT_FALSE(shown(1));
}

TEST_F(SilenceRule, AListingThatComesFirstAfterOurStopTakesNobodyForSilent) {
    people(6);
    live(2s);
    responders[0].answers = false;
    live(700ms);
    now += 5s;
    const std::array<std::uint64_t, 5> listed = {2, 3, 4, 5, 6};
    state.discovered(backend, listed, now);
    EXPECT_TRUE(shown(1)) << "what it answered meanwhile waits in our own socket";
    live(1s);
    EXPECT_FALSE(shown(1));
}

TEST_F(SilenceRule, ThatNobodyListensJudgesNoRoundOfBeforeOurStop) {
    people(1);
    live(2s);
    responders[0].answers = false;
    live(9800ms);
    const RoundId round = ask();
    now += 5s;
    state.no_responders(backend, round, now);
    EXPECT_TRUE(shown(1));
}

TEST_F(SilenceRule, AStepGapOfOneSecondIsStillListening) {
    people(8);
    live(2s);
    responders[0].answers = false;
    live(5s);
    now += 1s;
    state.step(now);
    EXPECT_EQ(fired(Rule::resumed), 0U);
}

TEST_F(SilenceRule, HalfOfThreeIsMassAndWaitsForAMinute) {
    people(6);
    live(2s);
    for (std::size_t i = 0; i < 3; ++i) responders[i].answers = false;
    live(30s);
    EXPECT_TRUE(shown(1));
    ASSERT_EQ(view()->sources().front().mass_silences.size(), 1U);
    EXPECT_EQ(view()->sources().front().mass_silences.front().silent, 3U);
    live(29s);
    EXPECT_TRUE(shown(1));
    live(2s);
    EXPECT_FALSE(shown(1));
    EXPECT_EQ(tombstone(1)->reason, LostReason::mass_silent);
    EXPECT_TRUE(view()->sources().front().mass_silences.empty());
}

TEST_F(SilenceRule, LessThanHalfIsNoMass) {
    people(8);
    live(2s);
    for (std::size_t i = 0; i < 3; ++i) responders[i].answers = false;
    live(11s);
    EXPECT_FALSE(shown(1));
    EXPECT_EQ(tombstone(1)->reason, LostReason::silent);
}

TEST_F(SilenceRule, TwoOfTwoAreNoMass) {
    people(2);
    live(2s);
    for (auto& who : responders) who.answers = false;
    live(11s);
    EXPECT_FALSE(shown(1));
    EXPECT_FALSE(shown(2));
}

TEST_F(SilenceRule, MassSilenceOfOneComponentLeavesTheOthersAlone) {
    people(6);
    const ComponentId other = state.add_component(source, {.name = "dynamo/prefill"}, now);
    live(2s);
    ask_other(other, {.id = 77});
    components.push_back(other);
    for (std::size_t i = 0; i < 3; ++i) responders[i].answers = false;
    live(12s);
    EXPECT_TRUE(shown(1)) << "mass";
    EXPECT_FALSE(view()->find("dynamo/prefill/77")) << "no mass";
}

TEST_F(SilenceRule, A503IsOneMissForEachWorkerOncePerRoundAndNeverAWithdrawal) {
    people(2);
    live(2s);
    for (auto& who : responders) who.answers = false;
    const RoundId round = ask();
    const std::uint64_t before = fired(Rule::round_missed);
    state.no_responders(backend, round, now);
    state.no_responders(backend, round, now);
    EXPECT_EQ(fired(Rule::round_missed) - before, 2U) << "one for each worker";
    EXPECT_EQ(fired(Rule::no_responders), 1U);
    EXPECT_TRUE(shown(1));
    for (int i = 0; i < 5; ++i) {
        echo_back();
        pass(250ms);
        state.no_responders(backend, ask(), now);
    }
    EXPECT_TRUE(shown(1)) << "three misses, but not ten seconds";
    EXPECT_GE(view()->slot(0).missed(), 3U);
}

TEST_F(SilenceRule, APinnedWorkerStaysWithItsSilence) {
    const ComponentId pinned =
        state.add_component(source, {.name = "dynamo/named", .pinned = true}, now);
    ask_other(pinned, {.id = 5});
    components.push_back(pinned);
    const Time heard = now;
    live(20s);
    const FleetViewPtr in = view();
    const auto at = in->find("dynamo/named/5");
    ASSERT_TRUE(at);
    EXPECT_EQ(in->state_at(*at, now), WorkerState::stale);
    ASSERT_NE(in->extras(*at), nullptr);
    EXPECT_EQ(in->extras(*at)->silent_since, heard);
}

TEST_F(SilenceRule, RefusedIsStaleAtOnceAndLostAfterThreeOverTenSeconds) {
    people(4);
    live(2s);
    responders[0].answers = false;
    const InstanceRef one{.id = 1, .name = {}};
    state.refused(backend, one, now);
    FleetViewPtr in = view();
    EXPECT_EQ(in->state_at(*row(1, *in), now), WorkerState::stale) << "a fact, not a silence";
    state.refused(backend, one, now);
    state.refused(backend, one, now);
    EXPECT_TRUE(shown(1)) << "three in a row, but at once";
    responders[0].answers = true;
    live(500ms);
    in = view();
    EXPECT_EQ(in->state_at(*row(1, *in), now), WorkerState::fresh) << "it answers again";
    for (int i = 0; i < 10; ++i) {  // Nobody is asked meanwhile: only refusals speak.
        state.refused(backend, one, now);
        pass(1s);
        EXPECT_TRUE(shown(1)) << i;
    }
    state.refused(backend, one, now);
    EXPECT_FALSE(shown(1));
    EXPECT_EQ(tombstone(1)->reason, LostReason::refused);
}

TEST_F(SilenceRule, WithdrawnAndSilentIsLostWithdrawnAndAnsweringIsAZombie) {
    people(6);
    live(2s);
    const std::array<std::uint64_t, 4> listed = {3, 4, 5, 6};
    responders[0].answers = false;
    live(400ms);
    state.discovered(backend, listed, now);
    live(1s);
    EXPECT_FALSE(shown(1));
    EXPECT_EQ(tombstone(1)->reason, LostReason::withdrawn);
    EXPECT_TRUE(flagged(2, WorkerFlag::zombie));
    const std::array<std::uint64_t, 5> again = {2, 3, 4, 5, 6};
    state.discovered(backend, again, now);
    EXPECT_FALSE(flagged(2, WorkerFlag::zombie));
}

TEST_F(SilenceRule, AListingWithoutHalfIsHeldForTenSecondsAndAnEmptyOneIsAnOutage) {
    people(6);
    live(2s);
    for (std::size_t i = 0; i < 3; ++i) responders[i].answers = false;
    state.discovered(backend, std::nullopt, now);
    state.discovered(backend, std::span<const std::uint64_t>{}, now);
    EXPECT_EQ(fired(Rule::listing_outage), 2U);
    const std::array<std::uint64_t, 3> listed = {4, 5, 6};
    state.discovered(backend, listed, now);
    EXPECT_EQ(fired(Rule::withdrawal_held), 1U);
    live(9s);
    state.discovered(backend, listed, now);
    EXPECT_TRUE(shown(1));
    live(1500ms);
    EXPECT_TRUE(shown(1)) << "only the same listing again may take them away";
    state.discovered(backend, listed, now);
    live(500ms);
    EXPECT_FALSE(shown(1));
    EXPECT_EQ(tombstone(1)->reason, LostReason::withdrawn);
}

TEST_F(SilenceRule, AnInterveningWholeListingStartsTheHoldAgain) {
    people(6);
    live(2s);
    const std::array<std::uint64_t, 3> half = {4, 5, 6};
    const std::array<std::uint64_t, 6> whole = {1, 2, 3, 4, 5, 6};
    state.discovered(backend, half, now);
    live(6s);
    state.discovered(backend, whole, now);
    live(6s);
    state.discovered(backend, half, now);
    live(1s);
    EXPECT_FALSE(flagged(1, WorkerFlag::zombie));
}

class TombstoneRule : public RuleTest {};

TEST_F(TombstoneRule, KeptForFifteenMinutes) {
    people(4);
    live(2s);
    responders[0].answers = false;
    live(11s);
    ASSERT_NE(tombstone(1), nullptr);
    const Time since = tombstone(1)->since;
    pass(since + 15min - 1s - now);
    EXPECT_NE(tombstone(1), nullptr);
    pass(2s);
    EXPECT_EQ(tombstone(1), nullptr);
}

TEST_F(TombstoneRule, AReturnEndsItWithTheNextGenerationAndASequenceThatGoesOn) {
    people(4);
    live(2s);
    responders[0].answers = false;
    live(11s);
    const Tombstone stone = *tombstone(1);
    responders[0].answers = true;
    live(500ms);
    EXPECT_EQ(tombstone(1), nullptr);
    const FleetViewPtr in = view();
    ASSERT_TRUE(row(1, *in));
    EXPECT_EQ(in->generation(*row(1, *in)), stone.generation + 1);
    EXPECT_GT(in->sequence(*row(1, *in)), stone.sequence);
}

TEST_F(TombstoneRule, AnAnswerFromBeforeItsLossDoesNotBringItBack) {
    people(4);
    live(2s);
    const RoundId old = ask();
    echo_back();
    responders[0].answers = false;
    live(11s);
    ASSERT_NE(tombstone(1), nullptr);
    const Verdict verdict = say(responders[0], old);
    EXPECT_EQ(verdict.outcome, Verdict::Outcome::rejected);
    EXPECT_FALSE(shown(1));
}

class BoundedRule : public RuleTest {
protected:
    static FleetRules tight() {
        FleetRules rules;
        rules.workers_max = 5;
        rules.tombstones_max = 2;
        return rules;
    }
    BoundedRule() : RuleTest(tight()) {}
};

TEST_F(BoundedRule, ALiarWhoInventsIdsFillsNothing) {
    people(12);
    live(1s);
    EXPECT_EQ(view()->size(), 5U);
    responders.resize(1);
    live(70s);
    EXPECT_EQ(view()->size(), 1U);
    EXPECT_EQ(view()->tombstones().size(), 2U) << "the oldest go first";
}

TEST_F(BoundedRule, InstancesWithoutLoadHaveOneBoundOverAllComponents) {
    const ComponentId other = state.add_component(source, {.name = "dynamo/prefill"}, now);
    const RoundId here = ask();
    for (std::uint64_t id = 1; id <= 4; ++id) {
        EXPECT_FALSE(say({.id = id, .offers_load = false}, here).reason);
    }
    const RoundId there = state.begin_round(other, now).round;
    EXPECT_FALSE(say({.id = 1, .offers_load = false}, there, other).reason);
    EXPECT_EQ(say({.id = 2, .offers_load = false}, there, other).reason,
              RejectReason::too_many_workers);
    EXPECT_EQ(say({.id = 5}, here).reason, RejectReason::too_many_workers);
    EXPECT_FALSE(say({.id = 1}, here).reason) << "one that is known may begin to offer its load";
}

}  // namespace
}  // namespace muster
