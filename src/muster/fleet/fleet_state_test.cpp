// The state's everyday life: a worker is asked, answers, is shown, ages. The rules for bad days
// have tests of their own in tests/simulation.
#include "muster/fleet/fleet_state.hpp"

#include <gtest/gtest.h>

#include <string>

#include "muster/fleet/statistics.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

Load load_of(std::uint64_t running, std::uint64_t active) {
    Load load;
    load.set_count(LoadField::running, running);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, 0);
    load.set_count(LoadField::kv_active_blocks, active);
    load.set_count(LoadField::kv_total_blocks, 1'000);
    load.set_fraction(LoadField::kv_usage, static_cast<double>(active) / 1'000);
    return load;
}

class FleetStateTest : public ::testing::Test {
protected:
    FleetStateTest()
        : source_(state_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now_)),
          component_(state_.add_component(source_, {.name = "dynamo/backend"}, now_)) {
        state_.connected(source_, now_);
    }

    void pass(Duration by) {
        now_ += by;
        state_.step(now_);
    }
    RoundId ask() {
        const auto begun = state_.begin_round(component_, now_);
        echo_ = begun.echo;
        return begun.round;
    }
    Verdict answer(RoundId round, std::uint64_t id, const Load& load,
                   std::optional<std::uint32_t> rank = {}) {
        Answer report;
        report.component = component_;
        report.round = round;
        report.received = now_;
        report.instance = {.id = id, .name = {}};
        report.started = 1'000;
        report.rank = rank;
        report.load = &load;
        report.address = "nats:subject";
        return state_.apply(report);
    }
    FleetViewPtr view() { return state_.freeze(now_); }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    EchoId echo_;
};

TEST_F(FleetStateTest, AnAnswerIsShownWithTheAgeOfItsQuestion) {
    const RoundId round = ask();
    pass(5ms);
    EXPECT_EQ(answer(round, 42, load_of(3, 60)).outcome, Verdict::Outcome::changed);
    ASSERT_TRUE(state_.changed());
    const FleetViewPtr shown = view();
    ASSERT_EQ(shown->size(), 1U);
    EXPECT_EQ(shown->identity(0).id, "dynamo/backend/42");
    EXPECT_EQ(shown->load(0), load_of(3, 60));
    EXPECT_EQ(shown->age_at(0, now_), Duration(5ms));
    EXPECT_EQ(shown->state_at(0, now_), WorkerState::fresh);
    EXPECT_EQ(shown->slot(0).rtt(), Duration(5ms));
    EXPECT_FALSE(state_.changed());
}

TEST_F(FleetStateTest, AnEqualAnswerConfirmsWithoutBeingNews) {
    answer(ask(), 42, load_of(3, 60));
    state_.echo_received(source_, echo_, now_);
    const FleetViewPtr old = view();
    pass(250ms);
    const RoundId round = ask();
    pass(1ms);
    EXPECT_EQ(answer(round, 42, load_of(3, 60)).outcome, Verdict::Outcome::confirmed);
    EXPECT_FALSE(state_.changed());
    EXPECT_EQ(old->age_at(0, now_), Duration(1ms)) << "a held view learns of the confirmation";
}

TEST_F(FleetStateTest, AHeldViewDoesNotBorrowTheYouthOfANewerLoad) {
    answer(ask(), 42, load_of(3, 60));
    const FleetViewPtr old = view();
    state_.echo_received(source_, echo_, now_);
    pass(250ms);
    answer(ask(), 42, load_of(4, 70));
    EXPECT_EQ(old->load(0), load_of(3, 60));
    EXPECT_EQ(old->age_at(0, now_), Duration(250ms));
    const FleetViewPtr young = view();
    EXPECT_EQ(young->age_at(0, now_), Duration(0));
    EXPECT_EQ(young->sequence(0), old->sequence(0) + 1);
}

TEST_F(FleetStateTest, APublishedRowDoesNotBlinkWhileItsSuccessorWaitsToBePublished) {
    answer(ask(), 42, load_of(3, 60));
    const FleetViewPtr published = view();
    for (int i = 0; i < 40; ++i) {
        state_.echo_received(source_, echo_, now_);
        pass(250ms);
        answer(ask(), 42, load_of(3, 60));
    }
    EXPECT_EQ(published->age_at(0, now_), Duration(0));
    pass(100ms);
    const RoundId round = ask();
    answer(round, 42, load_of(4, 70));
    answer(round, 42, load_of(5, 80));
    EXPECT_EQ(published->age_at(0, now_), Duration(100ms)) << "before the new view is made";
    const FleetViewPtr next = view();
    EXPECT_EQ(published->age_at(0, now_), Duration(100ms)) << "by a reader that just took it";
}

TEST_F(FleetStateTest, AnOlderAnswerNeverReplacesANewerOne) {
    const RoundId first = ask();
    state_.echo_received(source_, echo_, now_);
    pass(250ms);
    answer(ask(), 42, load_of(4, 70));
    EXPECT_EQ(answer(first, 42, load_of(3, 60)).reason, RejectReason::old_question);
    EXPECT_EQ(view()->load(0), load_of(4, 70));
}

TEST_F(FleetStateTest, ReportsAreCountedByWhatBecameOfThem) {
    const RoundId first = ask();
    pass(3ms);
    answer(first, 42, load_of(3, 60));
    answer(first, 42, load_of(3, 60));
    state_.echo_received(source_, echo_, now_);
    pass(250ms);
    const RoundId second = ask();
    pass(40ms);
    answer(second, 42, load_of(3, 60));
    answer(first, 42, load_of(9, 90));
    answer(RoundId{7'777}, 42, load_of(3, 60));
    const Load pushed = load_of(4, 61);
    Push push;
    push.received = now_;
    push.worker_id = 42;
    push.load = &pushed;
    (void)state_.apply(push, std::span(&component_, 1));
    push.worker_id = 43;
    (void)state_.apply(push, std::span(&component_, 1));
    const auto& reports = state_.counters(source_)->reports;
    const auto of = [&](Verdict::Outcome outcome) {
        return reports[static_cast<std::size_t>(outcome)].load();
    };
    EXPECT_EQ(of(Verdict::Outcome::changed), 2U) << "an answer and a push";
    EXPECT_EQ(of(Verdict::Outcome::confirmed), 2U);
    EXPECT_EQ(of(Verdict::Outcome::alive_only), 1U) << "an old question";
    EXPECT_EQ(of(Verdict::Outcome::rejected), 2U) << "no such question; no such worker";
    // Each answer to a question that is remembered, the old one too: 3, 3, 40 and 293 ms.
    const auto delays = state_.pulse().answer_delay.read();
    EXPECT_EQ(delays.sum, Duration(339ms));
    EXPECT_EQ(delays.counts[5], 2U) << "2.5 to 5 ms";
}

TEST_F(FleetStateTest, AnUnansweredLoadPassesThroughItsStatesAndEachPassingIsAChange) {
    answer(ask(), 42, load_of(3, 60));
    state_.echo_received(source_, echo_, now_);
    EXPECT_EQ(view()->state_at(0, now_), WorkerState::fresh);
    pass(801ms);
    EXPECT_TRUE(state_.changed());
    EXPECT_EQ(view()->state_at(0, now_), WorkerState::late);
    pass(900ms);
    EXPECT_FALSE(state_.changed());
    pass(300ms);
    EXPECT_TRUE(state_.changed());
    EXPECT_EQ(view()->state_at(0, now_), WorkerState::stale);
}

TEST_F(FleetStateTest, ARoundThatAllAnsweredNeedsNoStepOfItsOwn) {
    const Duration patience = FleetRules{}.patience;
    for (const bool all : {true, false}) {
        const RoundId round = ask();
        pass(1ms);
        answer(round, 42, load_of(3, 60));
        if (all) answer(round, 43, load_of(3, 60));
        state_.echo_received(source_, echo_, now_);
        const Time judged_at = now_ + patience;
        EXPECT_EQ(state_.next_due() <= judged_at, !all) << "somebody is silent: " << !all;
        pass(patience);
    }
}

TEST_F(FleetStateTest, ZerosOfAStartingWorkerAreNoLoad) {
    Load zeros;
    zeros.set_count(LoadField::running, 0);
    zeros.set_count(LoadField::kv_total_blocks, 0);
    answer(ask(), 42, zeros);
    const FleetViewPtr shown = view();
    ASSERT_EQ(shown->size(), 1U);
    EXPECT_EQ(shown->state_at(0, now_), WorkerState::unknown);
    EXPECT_EQ(statistics_at(*shown, now_).running.count, 0U);
    EXPECT_FALSE(statistics_at(*shown, now_).running.mean.has_value());
}

TEST_F(FleetStateTest, AWorkerSilentOverListenedTimeIsLostAndRemembered) {
    answer(ask(), 42, load_of(3, 60));
    state_.echo_received(source_, echo_, now_);
    for (int i = 0; i < 45; ++i) {
        pass(250ms);
        ask();
        state_.echo_received(source_, echo_, now_);
    }
    const FleetViewPtr shown = view();
    EXPECT_EQ(shown->size(), 0U);
    const Tombstone* stone = shown->find_tombstone("dynamo/backend/42");
    ASSERT_NE(stone, nullptr);
    EXPECT_EQ(stone->reason, LostReason::silent);
    EXPECT_EQ(stone->last_load, load_of(3, 60));
}

TEST_F(FleetStateTest, NobodyIsLostWhileTheSourceIsIll) {
    answer(ask(), 42, load_of(3, 60));
    state_.echo_received(source_, echo_, now_);
    pass(250ms);
    ask();  // Its echo never comes.
    for (int i = 0; i < 600; ++i) pass(100ms);
    const FleetViewPtr shown = view();
    EXPECT_EQ(shown->size(), 1U);
    EXPECT_EQ(shown->state_at(0, now_), WorkerState::stale);
    EXPECT_EQ(shown->sources().at(0).state, SourceState::suspect);
    EXPECT_FALSE(shown->sources().at(0).reason.empty());
}

TEST_F(FleetStateTest, RowsAreSortedByIdInBlocksAndFindable) {
    const RoundId round = ask();
    for (std::uint64_t id = 200; id-- > 0;) answer(round, id, load_of(id, id));
    const FleetViewPtr shown = view();
    ASSERT_EQ(shown->size(), 200U);
    ASSERT_EQ(shown->block_count(), 4U);
    for (std::size_t row = 1; row < shown->size(); ++row) {
        EXPECT_LT(shown->identity(row - 1).id, shown->identity(row).id);
    }
    const auto at = shown->find("dynamo/backend/77");
    ASSERT_TRUE(at.has_value());
    EXPECT_EQ(shown->load(*at), load_of(77, 77));
    EXPECT_FALSE(shown->find("dynamo/backend/777").has_value());
}

TEST_F(FleetStateTest, AChangeOfOneRowSharesTheOtherBlocks) {
    const RoundId round = ask();
    for (std::uint64_t id = 0; id < 200; ++id) answer(round, id, load_of(id, id));
    const FleetViewPtr before = view();
    state_.echo_received(source_, echo_, now_);
    pass(250ms);
    answer(ask(), 77, load_of(1, 999));
    const FleetViewPtr after = view();
    const std::size_t block = *after->find("dynamo/backend/77") / kBlockRows;
    for (std::size_t b = 0; b < after->block_count(); ++b) {
        EXPECT_EQ(before->parts().blocks[b] == after->parts().blocks[b], b != block);
    }
    EXPECT_EQ(before->parts().directory, after->parts().directory);
}

}  // namespace
}  // namespace muster
