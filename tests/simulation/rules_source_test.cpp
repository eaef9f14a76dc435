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

TEST_F(SourceRule, AQuestionThatWasNotSentIsNoMiss) {
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
