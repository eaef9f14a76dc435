// The roads of loads: for which moment a pull, a push and silence speak, and which is newer.
#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class RoadRule : public RuleTest {
protected:
    /// Worker 1: it was read once, answers on, and its load comes by push alone.
    void a_worker_whose_load_is_only_pushed() {
        responders.push_back({.id = 1, .offers_load = true});
        live(1s);
        responders[0].offers_load = false;
        live(500ms);
    }
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
    say(responders[0], ask());
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
    a_worker_whose_load_is_only_pushed();
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
    a_worker_whose_load_is_only_pushed();
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
    a_worker_whose_load_is_only_pushed();
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

TEST_F(RoadRule, WhatAClientKeptCountsFromTheLastAnswer) {
    people(1);
    live(1s);
    const Time answered = now;
    say(responders[0], ask());
    echo_back();
    responders[0].answers = false;  // Cut off: its client keeps what it pushes.
    live(2s);
    push(1, load_with(10));
    pass(50ms);
    push(1, load_with(11));
    EXPECT_EQ(waiting(1), 11U);
    EXPECT_EQ(age(1), now - answered) << "either may have been published as early as then";
    responders[0].answers = true;
    live(500ms);
    push(1, load_with(12));
    EXPECT_EQ(age(1), 0ms) << "it answers again";
}

TEST_F(RoadRule, AWorkerThatOnlyPushesIsAsOldAsItsPushBefore) {
    people(1);
    live(1s);
    responders[0].answers = false;  // For good: its responder was killed.
    live(2s);
    push(1, load_with(10));
    EXPECT_GE(age(1), 2s);
    live(700ms);
    push(1, load_with(11));
    EXPECT_EQ(age(1), 700ms) << "its connection was whole when the one before came";
    live(400ms);
    push(1, load_with(12));
    EXPECT_EQ(age(1), 400ms);
    live(5s);
    push(1, load_with(13));
    EXPECT_EQ(age(1), 5s) << "it may have been cut off since";
    EXPECT_GE(fired(Rule::push_unproven), 4U);
}

TEST_F(RoadRule, WorkersMayComeBackToABrokerAfterUs) {
    people(1);
    live(1s);
    const Duration before = age(1).value();
    state.disconnected(source, "connection refused", now);
    pass(5s);
    state.connected(source, now);
    (void)ask();
    echo_back();
    pass(20ms);
    push(1, load_with(10));
    EXPECT_EQ(age(1), before + 5s + 20ms) << "published while the broker was away, perhaps";
    live(300ms);
    push(1, load_with(11));
    EXPECT_EQ(age(1), 0ms) << "it has answered over this connection";
}

TEST_F(RoadRule, AQuestionThatFoundAWorkerCutOffBreaksItsRoad) {
    a_worker_whose_load_is_only_pushed();
    push(1, load_with(10));
    live(1s);
    ASSERT_LT(age(1).value(), 300ms);
    responders[0].answers = false;
    live(600ms);
    responders[0].answers = true;
    const Time back = now;
    live(3s);
    EXPECT_GE(age(1).value(), now - back) << "what it pushed meanwhile may be lost";
    push(1, load_with(11));
    live(1s);
    EXPECT_LT(age(1).value(), 300ms) << "whole again since this push";
    EXPECT_EQ(fired(Rule::question_skipped), 1U);
}

TEST_F(RoadRule, WhatCameAfterTheSkippedQuestionIsWhole) {
    a_worker_whose_load_is_only_pushed();
    responders[0].answers = false;
    live(600ms);
    const RoundId skipped = ask();
    echo_back();
    pass(400ms);
    push(1, load_with(10));  // Over its new connection; what was lost was older.
    responders[0].answers = true;
    live(1s);
    EXPECT_GT(last_round, skipped);
    EXPECT_LT(age(1).value(), 300ms);
    EXPECT_EQ(fired(Rule::question_skipped), 0U);
}

TEST_F(RoadRule, NeitherLateAnswersNorUnsentQuestionsBreakARoad) {
    a_worker_whose_load_is_only_pushed();
    push(1, load_with(10));
    live(1s);
    const RoundId late = ask();
    echo_back();
    pass(700ms);
    say(responders[0], late);
    state.void_round(backend, ask());
    live(1s);
    EXPECT_LT(age(1).value(), 300ms);
    EXPECT_EQ(fired(Rule::question_skipped), 0U);
}

}  // namespace
}  // namespace muster
