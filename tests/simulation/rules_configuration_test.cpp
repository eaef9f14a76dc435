// Expectations, labels, and rules that change while a fleet runs: one rule a test.
#include "simulation/rule_bench.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

FleetRules expecting(std::size_t workers) {
    FleetRules rules;
    rules.expected = {{"dynamo/backend", workers}};
    return rules;
}

class ExpectationRule : public RuleTest {
protected:
    explicit ExpectationRule(std::size_t workers = 4) : RuleTest(expecting(workers)) {}

    const ExpectedInfo& info() {
        kept = view();
        return kept->expected().front();
    }
    std::vector<std::string> told(FleetEventKind kind) {
        std::vector<std::string> details;
        for (const FleetEvent& event : state.take_events()) {
            if (event.kind == kind) details.push_back(event.subject + ": " + event.detail);
        }
        return details;
    }
};

TEST_F(ExpectationRule, WhatWasNeverListenedToIsNotMissing) {
    people(3);
    live(1s);
    EXPECT_EQ(info().present, 3U);
    EXPECT_FALSE(info().missing) << "the fourth may be found yet";
    EXPECT_EQ(info().why, "nats-1 is still searched");
    EXPECT_EQ(info().since, kNever);
    live(2s);
    EXPECT_EQ(info().missing, 1U);
    EXPECT_EQ(info().why, "not seen in the last 15 min");
    EXPECT_EQ(told(FleetEventKind::workers_missing),
              (std::vector<std::string>{
                  "dynamo/backend: 3 of 4, 1 missing: not seen in the last 15 min"}));
}

TEST_F(ExpectationRule, AllThereIsKnownAtOnce) {
    people(4);
    live(500ms);
    EXPECT_EQ(info().missing, 0U);
    EXPECT_TRUE(info().why.empty());
    EXPECT_EQ(fired(Rule::expectation_met), 1U);
}

TEST_F(ExpectationRule, ALostOneIsMissingSinceThenAndSaysWhy) {
    people(4);
    live(3s);
    responders[1].answers = false;
    live(9s);
    EXPECT_EQ(info().missing, 0U) << "silence is not absence";
    live(3s);
    EXPECT_EQ(info().missing, 1U);
    EXPECT_EQ(info().present, 3U);
    EXPECT_EQ(info().workers, 4U);
    EXPECT_EQ(info().since, tombstone(2)->since);
    EXPECT_EQ(info().why, "silent for 10 s");
    EXPECT_EQ(fired(Rule::expectation_missed), 1U);
    const Time since = info().since;
    responders[2].answers = false;
    live(12s);
    EXPECT_EQ(info().missing, 2U);
    EXPECT_EQ(info().since, since) << "since when it was not complete";
    responders[1].answers = responders[2].answers = true;
    live(1s);
    EXPECT_EQ(info().missing, 0U);
    EXPECT_EQ(info().since, kNever);
}

TEST_F(ExpectationRule, AnotherWorkerTakesThePlaceOfTheLost) {
    people(4);
    live(3s);
    responders[1].answers = false;
    live(12s);
    EXPECT_EQ(info().missing, 1U);
    responders.push_back({.id = 99});
    live(500ms);
    EXPECT_EQ(info().missing, 0U) << "ids are leases: the number counts";
}

TEST_F(ExpectationRule, MoreThanExpectedIsNotMissing) {
    people(6);
    live(3s);
    EXPECT_EQ(info().missing, 0U);
    EXPECT_EQ(info().present, 6U);
}

TEST_F(ExpectationRule, AZombieDoesNotCount) {
    people(4);
    live(3s);
    const std::vector<std::uint64_t> listed = {1, 2, 3};
    state.discovered(backend, listed, now);
    live(1s);
    EXPECT_EQ(info().missing, 1U);
    EXPECT_EQ(info().why, "withdrawn by discovery");
    const std::vector<std::uint64_t> all = {1, 2, 3, 4};
    state.discovered(backend, all, now);
    live(1s);
    EXPECT_EQ(info().missing, 0U);
}

TEST_F(ExpectationRule, ASickSourceHidesNobodyButTellsNothingNew) {
    people(4);
    live(3s);
    state.disconnected(source, "gone", now);
    pass(60s);
    EXPECT_EQ(info().missing, 0U) << "nobody is lost while we cannot listen";
}

TEST_F(ExpectationRule, TheReasonOutlivesItsTombstone) {
    people(4);
    live(3s);
    responders[1].answers = false;
    live(12s);
    live(16min);
    EXPECT_EQ(tombstone(2), nullptr);
    EXPECT_EQ(info().why, "silent for 10 s");
}

TEST_F(ExpectationRule, TwoReasonsAreCounted) {
    people(4);
    live(3s);
    responders[0].answers = false;
    live(12s);
    const std::vector<std::uint64_t> listed = {2, 3};
    state.discovered(backend, listed, now);
    responders[3].answers = false;
    live(1s);
    EXPECT_EQ(info().missing, 2U);
    EXPECT_EQ(info().why, "1 withdrawn by discovery, and silent, 1 silent for 10 s");
}

class PinnedExpectation : public RuleTest {
protected:
    PinnedExpectation() : RuleTest(expecting(0)) {
        pinned = state.add_component(source, {.name = "http/engines", .pinned = true}, now);
    }
    ComponentId pinned;
};

TEST_F(PinnedExpectation, APinnedWorkerThatIsSilentIsMissingThoughItStays) {
    FleetRules rules;
    rules.expected = {{"http/engines", 1}};
    state.set_rules(rules, now);
    const Responder who{.id = 5};
    for (int i = 0; i < 20; ++i) {
        pass(250ms);
        ask_other(pinned, who);
    }
    EXPECT_EQ(view()->expected().front().missing, 0U);
    for (int i = 0; i < 60; ++i) {
        pass(250ms);
        const FleetState::BegunRound begun = state.begin_round(pinned, now);
        state.echo_received(source, begun.echo, now);
    }
    kept = view();
    EXPECT_TRUE(kept->find("http/engines/5"));
    EXPECT_EQ(kept->expected().front().missing, 1U);
    EXPECT_EQ(kept->expected().front().why, "silent");
}

class NoExpectation : public RuleTest {};

TEST_F(NoExpectation, NothingIsShownWhereNothingIsExpected) {
    people(2);
    live(3s);
    EXPECT_TRUE(view()->expected().empty());
    FleetRules rules;
    rules.expected = {{"nobody/there", 2}, {"dynamo/backend", 2}};
    state.set_rules(rules, now);
    kept = view();
    ASSERT_EQ(kept->expected().size(), 2U);
    EXPECT_EQ(kept->expected()[0].component, "dynamo/backend") << "sorted";
    EXPECT_EQ(kept->expected()[0].missing, 0U);
    EXPECT_EQ(kept->expected()[1].missing, 2U) << "the source had time enough to find them";
    state.set_rules({}, now);
    EXPECT_TRUE(state.changed());
    EXPECT_TRUE(view()->expected().empty());
}

class RulesThatChange : public RuleTest {};

TEST_F(RulesThatChange, LabelsReachRowsThatAreThereAndThoseThatCome) {
    people(2);
    live(1s);
    const FleetViewPtr before = view();
    FleetRules rules;
    rules.labels = {{"dynamo/*", {{"zone", "a"}}}, {"*/2", {{"zone", "b"}}}};
    state.set_rules(rules, now);
    responders.push_back({.id = 3});
    live(1s);
    kept = view();
    EXPECT_EQ(kept->identity(row(1, *kept).value()).labels, (Labels{{"zone", "a"}}));
    EXPECT_EQ(kept->identity(row(2, *kept).value()).labels, (Labels{{"zone", "b"}}));
    EXPECT_EQ(kept->identity(row(3, *kept).value()).labels, (Labels{{"zone", "a"}}));
    EXPECT_TRUE(before->identity(row(1, *before).value()).labels.empty()) << "held views stay";
    EXPECT_EQ(fired(Rule::relabelled), 2U);
    EXPECT_EQ(kept->sequence(row(1, *kept).value()), before->sequence(row(1, *before).value()))
        << "a label is no load";
}

TEST_F(RulesThatChange, ARenamedRowIsLabelledByItsNewName) {
    FleetRules rules;
    rules.labels = {{"*/1/3", {{"rank", "three"}}}};
    state.set_rules(rules, now);
    people(1);
    live(1s);
    responders[0].rank = 3;
    live(1s);
    kept = view();
    EXPECT_EQ(kept->identity(kept->find("dynamo/backend/1/3").value()).labels.size(), 1U);
}

TEST_F(RulesThatChange, AnIntervalHoldsFromTheNextQuestionOn) {
    people(1);
    live(1s);
    FleetRules rules;
    rules.interval = 2s;
    rules.patience = 150ms;
    state.set_rules(rules, now);
    live(5s);
    kept = view();
    EXPECT_EQ(kept->interval(row(1, *kept).value()), Duration(2s));
    EXPECT_EQ(kept->patience(row(1, *kept).value()), Duration(150ms));
    EXPECT_EQ(kept->components().front().interval, Duration(2s));
    rules.interval = 100ms;
    state.set_rules(rules, now);
    EXPECT_LE(state.ask_due_at(backend), now + 100ms) << "a shorter one pulls it forward";
}

TEST_F(RulesThatChange, StalenessIsJudgedAnew) {
    people(1);
    live(1s);
    responders[0].answers = false;
    live(1500ms);
    kept = view();
    EXPECT_EQ(kept->state_at(row(1, *kept).value(), now), WorkerState::late);
    FleetRules rules;
    rules.stale_after = 1s;
    state.set_rules(rules, now);
    state.step(now);
    EXPECT_TRUE(state.changed());
    kept = view();
    EXPECT_EQ(kept->state_at(row(1, *kept).value(), now), WorkerState::stale);
}

TEST_F(RulesThatChange, ALossIsDecidedByTheNewLimit) {
    people(3);
    live(1s);
    FleetRules rules;
    rules.lost_after = 3s;
    state.set_rules(rules, now);
    responders[0].answers = false;
    live(4s);
    EXPECT_NE(tombstone(1), nullptr);
    EXPECT_EQ(fired(Rule::rules_replaced), 1U);
}

TEST_F(RulesThatChange, LimitsStay) {
    FleetRules rules;
    rules.workers_max = 1;
    rules.first_sequence = 500;
    state.set_rules(rules, now);
    people(3);
    live(1s);
    EXPECT_EQ(view()->size(), 3U);
    EXPECT_LT(kept ? kept->sequence(0) : view()->sequence(0), 500U);
}

}  // namespace
}  // namespace muster
