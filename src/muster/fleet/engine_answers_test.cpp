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
};

TEST_F(EngineAnswers, ZerosAreAnIdleEngine) {
    live(1s, load_of(0, 0));
    const FleetViewPtr idle = state_.freeze(now_);
    ASSERT_EQ(idle->size(), 1U);
    EXPECT_EQ(idle->identity(0).id, "http/a:8000");
    EXPECT_EQ(idle->state_at(0, now_), WorkerState::fresh);
    EXPECT_TRUE(idle->load(0).known.has(LoadField::running));
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
    // Without the counters each difference is a sign of life.
    tells_ = false;
    live(250ms, load_of(3, 99));
    EXPECT_FALSE(frozen());
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
