// What only HTTP engines say of themselves: zeros that are a load, counters beside the load, a
// restart that their source saw.
#include <gtest/gtest.h>

#include <string>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

Load load_of(std::uint64_t running, std::uint64_t waiting) {
    Load load;
    load.set_count(LoadField::running, running);
    load.set_count(LoadField::waiting, waiting);
    return load;
}

class EngineAnswers : public ::testing::Test {
protected:
    EngineAnswers()
        : source_(state_.add_source({.id = "http-1", .kind = "http", .target = "t"}, now_)),
          component_(state_.add_component(source_, {.name = "http"}, now_)) {
        state_.connected(source_, now_);
    }

    /// Asks and answers four times a second.
    void live(Duration time, const Load& load) {
        for (const Time end = now_ + time; now_ < end;) {
            now_ += 250ms;
            state_.step(now_);
            answer(load);
        }
    }
    void answer(const Load& load) {
        const auto begun = state_.begin_round(component_, now_);
        Answer report;
        report.component = component_;
        report.round = begun.round;
        report.received = now_;
        report.instance = {.id = {}, .name = "a:8000"};
        report.load = &load;
        report.zeros_are_idle = zeros_are_idle_;
        report.requests_total = requests_;
        progress_ += moves_ ? 1 : 0;
        if (tells_) report.progress = progress_;
        report.restarted = restarted_;
        report.rates = rates_;
        report.was_busy = was_busy_;
        report.captured_lag = captured_lag_;
        state_.apply(report);
        state_.echo_received(source_, begun.echo, now_);
    }
    [[nodiscard]] bool frozen() {
        const FleetViewPtr view = state_.freeze(now_);
        return view->size() == 1 && view->flags(0).has(WorkerFlag::frozen);
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    std::uint64_t progress_ = 1;
    std::uint64_t requests_ = 5;
    bool moves_ = true;
    bool tells_ = true;
    bool zeros_are_idle_ = true;
    bool restarted_ = false;
    bool was_busy_ = false;
    WorkRates rates_;
    std::optional<Duration> captured_lag_;
};

TEST_F(EngineAnswers, ZerosAreAnIdleEngine) {
    live(1s, load_of(0, 0));
    const FleetViewPtr idle = state_.freeze(now_);
    ASSERT_EQ(idle->size(), 1U);
    EXPECT_EQ(idle->identity(0).id, "http/a:8000");
    EXPECT_EQ(idle->state_at(0, now_), WorkerState::fresh);
    EXPECT_TRUE(idle->load(0).known.has(LoadField::running));
}

TEST_F(EngineAnswers, CountersTellOfRatesAndOfBurstsThatNoLoadShowed) {
    const auto activity = [&] {
        const FleetViewPtr view = state_.freeze(now_);
        const RowExtras* const extras = view->size() == 1 ? view->extras(0) : nullptr;
        return extras != nullptr ? extras->activity : nullptr;
    };
    live(500ms, load_of(0, 0));
    EXPECT_EQ(activity(), nullptr) << "it tells nothing";
    rates_.requests_per_s = 2.5;
    live(250ms, load_of(0, 0));
    const auto first = activity();
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->rates.requests_per_s, 2.5);
    EXPECT_EQ(first->rates.prompt_tokens_per_s, std::nullopt);
    EXPECT_EQ(first->unseen_bursts, 0U);
    live(250ms, load_of(0, 0));
    EXPECT_FALSE(state_.changed()) << "the same rates are no news";
    was_busy_ = true;
    live(250ms, load_of(0, 0));
    was_busy_ = false;
    const Time learnt = now_;
    live(250ms, load_of(0, 0));
    ASSERT_NE(activity(), nullptr);
    EXPECT_EQ(activity()->unseen_bursts, 1U);
    EXPECT_EQ(activity()->last_unseen_burst, learnt);
    EXPECT_EQ(first->unseen_bursts, 0U) << "an old view says what it said";
    rates_ = {};
    live(250ms, load_of(0, 0));
    ASSERT_NE(activity(), nullptr);
    EXPECT_FALSE(activity()->rates.any());
    EXPECT_EQ(activity()->unseen_bursts, 1U);
}

TEST_F(EngineAnswers, TheWorkersOwnAccountOfItsAgeStandsBesideOurs) {
    live(250ms, load_of(1, 0));
    EXPECT_EQ(state_.freeze(now_)->captured_age_at(0, now_), std::nullopt);
    captured_lag_ = 700ms;
    live(250ms, load_of(1, 0));
    const FleetViewPtr view = state_.freeze(now_);
    EXPECT_EQ(view->age_at(0, now_ + 100ms), 100ms);
    EXPECT_EQ(view->captured_age_at(0, now_ + 100ms), 800ms);
    captured_lag_.reset();
    live(250ms, load_of(1, 0));
    EXPECT_EQ(view->captured_age_at(0, now_), std::nullopt);
}

TEST_F(EngineAnswers, CountersThatAreToldSeldomAreTheWitnessAllTheSame) {
    FleetRules rules;
    rules.frozen_after = 3s;  // Less than passes between two pages of SGLang's.
    state_.set_rules(rules, now_);
    const auto page_and_on = [&](std::uint64_t waiting) {
        tells_ = true;
        live(250ms, load_of(3, waiting));
        tells_ = false;
        live(4750ms, load_of(3, waiting));
    };
    for (int i = 0; i < 4; ++i) {
        page_and_on(0);
        EXPECT_FALSE(frozen()) << "they move, and are not told in between";
    }
    moves_ = false;
    page_and_on(1);
    page_and_on(2);
    EXPECT_TRUE(frozen()) << "a queue that grows is no work";
    page_and_on(3);
    EXPECT_TRUE(frozen());
    moves_ = true;
    page_and_on(3);
    EXPECT_FALSE(frozen());
}

TEST_F(EngineAnswers, ASteadyLoadBesideCountersThatMoveIsNotFrozen) {
    live(60s, load_of(3, 1));
    EXPECT_FALSE(frozen());
    moves_ = false;
    live(29s, load_of(3, 1));
    EXPECT_FALSE(frozen());
    live(2s, load_of(3, 1));
    EXPECT_TRUE(frozen());
    moves_ = true;
    live(250ms, load_of(3, 1));
    EXPECT_FALSE(frozen());
}

TEST_F(EngineAnswers, AQueueThatGrowsBeforeAnEngineThatHangsDoesNotClearIt) {
    live(1s, load_of(3, 0));
    moves_ = false;
    for (std::uint64_t waiting = 0; waiting < 35; ++waiting) live(1s, load_of(3, waiting));
    EXPECT_TRUE(frozen());
    // Sixty loads without the counters, and each difference is a sign of life.
    tells_ = false;
    for (std::uint64_t waiting = 40; waiting < 100; ++waiting) live(250ms, load_of(3, waiting));
    EXPECT_TRUE(frozen());
    live(250ms, load_of(3, 100));
    EXPECT_FALSE(frozen());
}

TEST_F(EngineAnswers, TheCountersOfTheProcessBeforeAreNotAwaited) {
    FleetRules rules;
    rules.frozen_after = 3s;
    state_.set_rules(rules, now_);
    live(1s, load_of(3, 0));
    restarted_ = true;
    tells_ = false;
    live(250ms, load_of(3, 0));
    restarted_ = false;
    live(3s, load_of(3, 0));
    EXPECT_EQ(state_.freeze(now_)->generation(0), 2U);
    EXPECT_TRUE(frozen()) << "it tells none: equal records are all that there is";
}

TEST_F(EngineAnswers, AnEngineThatStandsBecauseNothingRunsIsIdle) {
    moves_ = false;
    live(120s, load_of(0, 0));
    EXPECT_FALSE(frozen());
}

TEST_F(EngineAnswers, RequestsThatCameAndWentUnseenAreNoSuspicion) {
    live(1s, load_of(0, 0));
    requests_ += 500;
    live(1s, load_of(0, 0));
    EXPECT_FALSE(frozen());
}

TEST_F(EngineAnswers, ARestartThatTheSourceSawBeginsAGeneration) {
    restarted_ = true;
    live(250ms, load_of(2, 0));
    EXPECT_EQ(state_.freeze(now_)->generation(0), 1U) << "nothing was known of it yet";
    restarted_ = false;
    live(1s, load_of(2, 0));
    EXPECT_EQ(state_.freeze(now_)->generation(0), 1U);
    restarted_ = true;
    live(250ms, load_of(2, 0));
    EXPECT_EQ(state_.freeze(now_)->generation(0), 2U);
}

}  // namespace
}  // namespace muster
