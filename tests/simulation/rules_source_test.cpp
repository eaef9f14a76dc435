// Design 4, sources, questions and intervals: one rule a test.
#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class SourceRule : public RuleTest {};

TEST_F(SourceRule, SuspectWhenTheEchoIsNotBackWithinIntervalAndPatience) {
    live(2s);
    (void)ask();
    pass(550ms);
    EXPECT_EQ(source_state(), SourceState::connected) << "250 + 300 ms, not more";
    pass(1ms);
    EXPECT_EQ(source_state(), SourceState::suspect);
}

TEST_F(SourceRule, ThreeTimelyEchoesClearASuspicion) {
    live(1s);
    (void)ask();
    pass(600ms);
    ASSERT_EQ(source_state(), SourceState::suspect);
    echo_back();  // Far too late: it counts for nothing.
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(source_state(), SourceState::suspect) << i;
        pass(250ms);
        ASSERT_LE(state.echo_due_at(source), now);
        const EchoId alone = state.begin_echo(source, now);
        pass(1ms);
        state.echo_received(source, alone, now);
    }
    EXPECT_EQ(source_state(), SourceState::connected);
    EXPECT_EQ(fired(Rule::source_cleared), 1U);
}

TEST_F(SourceRule, AnEchoThatWasLostBeforeBringsNoClearedSuspicionBack) {
    live(1s);
    (void)state.begin_echo(source, now);
    pass(600ms);
    ASSERT_EQ(source_state(), SourceState::suspect);
    for (int i = 0; i < 3; ++i) {
        const EchoId timely = state.begin_echo(source, now);
        pass(1ms);
        state.echo_received(source, timely, now);
    }
    ASSERT_EQ(source_state(), SourceState::connected);
    pass(1ms);
    EXPECT_EQ(source_state(), SourceState::connected);
}

TEST_F(SourceRule, ALateEchoStartsTheCountAgain) {
    live(1s);
    (void)ask();
    pass(600ms);
    for (const Duration back : {Duration(1ms), Duration(1ms), Duration(900ms), Duration(1ms)}) {
        pass(250ms);
        const EchoId alone = state.begin_echo(source, now);
        pass(back);
        state.echo_received(source, alone, now);
    }
    EXPECT_EQ(source_state(), SourceState::suspect);
}

TEST_F(SourceRule, WhileSuspectOnlyTheEchoIsSentOneAtATime) {
    live(1s);
    (void)ask();
    pass(600ms);
    EXPECT_EQ(state.ask_due_at(backend), kNotDue);
    EXPECT_EQ(state.echo_due_at(source), kNotDue) << "the overdue one is under way";
    echo_back();
    pass(250ms);
    ASSERT_LE(state.echo_due_at(source), now);
    const EchoId alone = state.begin_echo(source, now);
    pass(1s);
    EXPECT_EQ(state.echo_due_at(source), kNotDue) << "one is under way";
    state.echo_received(source, alone, now);
    EXPECT_NE(state.echo_due_at(source), kNotDue);
}

TEST_F(SourceRule, AtMostThreeQuestionsAreOutstanding) {
    live(1s);
    std::vector<EchoId> outstanding;
    for (int i = 0; i < 3; ++i) {
        ASSERT_NE(state.ask_due_at(backend), kNotDue);
        (void)ask();
        outstanding.push_back(echo);
        pass(10ms);
    }
    EXPECT_EQ(state.ask_due_at(backend), kNotDue);
    state.echo_received(source, outstanding[0], now);
    EXPECT_NE(state.ask_due_at(backend), kNotDue) << "its echo is back, whoever answered";
}

TEST_F(SourceRule, AQuestionThatIsDueWhileThreeAreOutIsWithheld) {
    FleetRules rules;
    rules.interval = 100ms;
    FleetState quick(rules, now);
    const SourceId only = quick.add_source({.id = "s", .kind = "nats", .target = "t"}, now);
    const ComponentId one = quick.add_component(only, {.name = "a/b"}, now);
    quick.connected(only, now);
    for (int i = 0; i < 3; ++i) {
        ASSERT_LE(quick.ask_due_at(one), now);
        (void)quick.begin_round(one, now);
        now += 100ms;
        quick.step(now);
    }
    EXPECT_EQ(quick.ask_due_at(one), kNotDue) << "though its interval has passed";
    EXPECT_EQ(quick.rule_counts().of(Rule::question_withheld), 1U);
}

TEST_F(SourceRule, AReconnectionSetsTheCountToZeroAndAsksAtOnce) {
    live(1s);
    for (int i = 0; i < 3; ++i) (void)ask();
    state.disconnected(source, "gone", now);
    EXPECT_EQ(state.ask_due_at(backend), kNotDue);
    pass(500ms);
    state.connected(source, now);
    EXPECT_LE(state.ask_due_at(backend), now);
}

TEST_F(SourceRule, IntervalIsAQuarterSecondForSmallFleetsAndGrowsWithTheirSize) {
    const auto interval = [&] { return view()->components().front().interval; };
    people(10);
    live(1s);
    EXPECT_EQ(interval(), 250ms);
    responders.clear();
    people(2'500);
    live(1s);
    EXPECT_EQ(interval(), 500ms);
}

TEST_F(SourceRule, IntervalIsASecondWhilePushesToldEveryDifferenceFirst) {
    const auto interval = [&] { return view()->components().front().interval; };
    people(3);
    live(1s);
    for (std::uint64_t i = 0; i < 50; ++i) {
        responders[0].load = load_with(100 + i);
        push(1, responders[0].load);
        live(250ms);
    }
    EXPECT_EQ(interval(), 1s);
    responders[1].load = load_with(500);  // A difference that nobody pushed.
    live(2500ms);
    EXPECT_EQ(interval(), 250ms);
}

TEST_F(SourceRule, ASetIntervalStands) {
    FleetRules rules;
    rules.interval = 400ms;
    FleetState fixed(rules, now);
    const SourceId only = fixed.add_source({.id = "s", .kind = "nats", .target = "t"}, now);
    const ComponentId one = fixed.add_component(only, {.name = "a/b"}, now);
    fixed.connected(only, now);
    (void)fixed.begin_round(one, now);
    EXPECT_EQ(fixed.freeze(now)->components().front().interval, 400ms);
    EXPECT_EQ(fixed.ask_due_at(one), now + 400ms);
}

class RoadRule : public RuleTest {
protected:
    std::optional<Duration> age(std::uint64_t id) {
        kept = view();
        const auto at = row(id, *kept);
        return at ? kept->age_at(*at, now) : std::nullopt;
    }
    std::optional<Duration> record_age(std::uint64_t id) {
        kept = view();
        const auto at = row(id, *kept);
        return at ? kept->record_age_at(*at, now) : std::nullopt;
    }
    std::uint64_t waiting(std::uint64_t id) {
        kept = view();
        return kept->load(row(id, *kept).value()).waiting;
    }
};

TEST_F(RoadRule, APullCountsFromItsQuestionAPushFromReceipt) {
    people(1);
    live(1s);
    const RoundId round = ask();
    pass(200ms);
    echo_back();
    responders[0].load = load_with(9);
    say(responders[0], round);
    EXPECT_EQ(age(1), 200ms);
    push(1, load_with(10));
    EXPECT_EQ(age(1), 0ms);
    pass(50ms);
    EXPECT_EQ(age(1), 50ms);
}

TEST_F(RoadRule, APushInDoubtCountsFromTheLastGoodEcho) {
    people(1);
    live(1s);
    (void)ask();
    echo_back();
    const Time good = now;
    (void)ask();
    pass(2s);
    ASSERT_EQ(source_state(), SourceState::suspect);
    push(1, load_with(10));
    EXPECT_EQ(age(1), now - good);
    EXPECT_EQ(waiting(1), 10U);
    pass(250ms);
    state.echo_received(source, state.begin_echo(source, now), now);
    push(1, load_with(11));
    EXPECT_EQ(age(1), 0ms) << "the first timely echo ends the doubt";
}

TEST_F(RoadRule, APushReceivedAfterOurOwnStopIsInDoubt) {
    people(1);
    live(1s);
    now += 5s;  // No step in between: we were stopped.
    push(1, load_with(10));
    EXPECT_GE(age(1), 5s);
}

TEST_F(RoadRule, APullAskedBeforeTheLastPushProvesLifeOnly) {
    people(1);
    live(1s);
    const RoundId round = ask();
    pass(10ms);
    push(1, load_with(10));
    pass(10ms);
    responders[0].load = load_with(9);
    const Verdict verdict = say(responders[0], round);
    EXPECT_EQ(verdict.outcome, Verdict::Outcome::alive_only);
    EXPECT_EQ(verdict.reason, RejectReason::overtaken_by_push);
    EXPECT_EQ(waiting(1), 10U);
}

TEST_F(RoadRule, AnAnswerToAnOlderQuestionNeverOverwrites) {
    people(1);
    live(1s);
    const RoundId older = ask();
    echo_back();
    pass(10ms);
    const RoundId newer = ask();
    echo_back();
    responders[0].load = load_with(20);
    say(responders[0], newer);
    responders[0].load = load_with(19);
    EXPECT_EQ(say(responders[0], older).reason, RejectReason::old_question);
    EXPECT_EQ(waiting(1), 20U);
}

TEST_F(RoadRule, SilenceConfirmsTheTriggersOnlyUpToTheLastAnswer) {
    responders.push_back({.id = 1, .offers_load = true});
    live(1s);
    responders[0].offers_load = false;  // It answers; its load comes by push alone.
    live(500ms);
    push(1, load_with(10));
    const Time pushed = now;
    live(3s);
    const Duration record = record_age(1).value();
    EXPECT_EQ(record, now - pushed) << "nobody spoke of the other fields since";
    EXPECT_LT(age(1).value(), 300ms) << "waiting and active would have been pushed";
    EXPECT_GE(fired(Rule::silence_confirmed), 5U);
    responders[0].answers = false;
    const Duration before = age(1).value();
    live(2s);
    EXPECT_GE(age(1).value(), before + 2s) << "only up to the last answer of that process";
}

TEST_F(RoadRule, SilenceConfirmsNothingWhereTheAnswerDoesNotTellWhoseItIs) {
    responders.push_back({.id = 1, .offers_load = true});
    live(1s);
    responders[0].offers_load = false;
    live(500ms);
    push(1, load_with(10));
    live(1s);
    ASSERT_LT(age(1).value(), 300ms);
    responders[0].started.reset();  // It may be another process, with another load.
    live(3s);
    EXPECT_GE(age(1).value(), 3s);
}

TEST_F(RoadRule, SilenceConfirmsNothingWhileTwoProcessesHaveOneId) {
    responders.push_back({.id = 1, .offers_load = true});
    live(1s);
    responders[0].offers_load = false;
    responders.push_back({.id = 1, .started = 900, .offers_load = false});
    live(1s);
    ASSERT_TRUE(flagged(1, WorkerFlag::duplicate));
    push(1, load_with(10));
    live(3s);
    EXPECT_GE(age(1).value(), 3s) << "either of them may have pushed";
}

TEST_F(RoadRule, ALateAnswerConfirmsOnlyUpToALittleBeforeItsQuestion) {
    responders.push_back({.id = 1, .offers_load = true});
    live(1s);
    responders[0].offers_load = false;
    live(500ms);
    push(1, load_with(10));
    live(1s);
    const RoundId round = ask();
    pass(200ms);
    echo_back();
    say(responders[0], round);
    EXPECT_EQ(age(1), 201ms) << "a push of the last millisecond may be under way";
}

TEST_F(RoadRule, SilenceOverABrokenRoadConfirmsNothing) {
    responders.push_back({.id = 1, .offers_load = true});
    live(1s);
    responders[0].offers_load = false;
    push(1, load_with(10));
    state.push_road_broken(source);
    live(3s);
    EXPECT_GE(age(1).value(), 3s);
    push(1, load_with(11));
    live(1s);
    EXPECT_LT(age(1).value(), 300ms) << "whole again since this push";
}

TEST_F(RoadRule, APushForAnIdOfTwoComponentsIsAmbiguousAndForAStrangerUnknown) {
    people(1);
    const ComponentId other = state.add_component(source, {.name = "dynamo/prefill"}, now);
    components.push_back(other);
    live(1s);
    EXPECT_EQ(push(1, load_with(5)).outcome, Verdict::Outcome::changed);
    ask_other(other, {.id = 1});
    EXPECT_EQ(push(1, load_with(6)).reason, RejectReason::ambiguous);
    EXPECT_EQ(push(2, load_with(6)).reason, RejectReason::unknown_worker);
    EXPECT_EQ(waiting(1), 5U);
}

TEST_F(RoadRule, AQuestionThatWasNotSentIsNoMiss) {
    people(1);
    live(1s);
    const std::uint64_t before = fired(Rule::round_missed);
    const RoundId round = ask();
    state.void_round(backend, round);
    pass(900ms);
    EXPECT_EQ(fired(Rule::round_missed), before);
    EXPECT_EQ(source_state(), SourceState::connected) << "its echo was not sent either";
}

}  // namespace
}  // namespace muster
