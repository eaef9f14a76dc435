// A fleet that flickers between fresh and late is told in few words, and a worker that goes stale
// among it is told by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class StateNewsTest : public ::testing::Test {
protected:
    StateNewsTest()
        : source_(state_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now_)) {
        state_.connected(source_, now_);
        backend_ = state_.add_component(source_, {.name = "dynamo/backend"}, now_);
        prefill_ = state_.add_component(source_, {.name = "dynamo/prefill"}, now_);
    }
    /// Workers 1..count answer a question that is asked now.
    void answer(ComponentId component, std::uint64_t count) {
        const RoundId round = state_.begin_round(component, now_).round;
        Load load;
        load.set_count(LoadField::running, 1);
        for (std::uint64_t id = 1; id <= count; ++id) {
            Answer answer;
            answer.component = component;
            answer.round = round;
            answer.received = now_;
            answer.instance.id = id;
            answer.load = &load;
            (void)state_.apply(answer);
        }
    }
    void pass(Duration time) {
        for (const Time end = now_ + time; now_ < end; now_ += 50ms) state_.step(now_);
        take();
    }
    void take() {
        for (FleetEvent& event : state_.take_events()) events_.push_back(std::move(event));
    }
    [[nodiscard]] std::vector<std::string> told(FleetEventKind kind) const {
        std::vector<std::string> told;
        for (const FleetEvent& event : events_) {
            if (event.kind == kind) told.push_back(event.subject + ": " + event.detail);
        }
        return told;
    }
    /// Those of `kind` that speak of `subject...`.
    [[nodiscard]] std::ptrdiff_t count_of(FleetEventKind kind, const std::string& subject) const {
        return std::ranges::count_if(
            told(kind), [&](const std::string& text) { return text.starts_with(subject); });
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId backend_;
    ComponentId prefill_;
    std::vector<FleetEvent> events_;
};

TEST_F(StateNewsTest, FewPassagesAreToldOneByOneAndNoSum) {
    answer(backend_, 10);
    pass(12s);
    EXPECT_EQ(count_of(FleetEventKind::worker_state, "dynamo/backend/"), 3 * 10)
        << "unknown -> fresh, fresh -> late, late -> stale";
    EXPECT_TRUE(told(FleetEventKind::workers_state).empty());
}

TEST_F(StateNewsTest, AFlickeringFleetIsToldInASumWithWhatItIsNow) {
    // 1 s apart the answers come too late to keep anybody fresh.
    for (int second = 0; second < 10; ++second) {
        answer(backend_, 1000);
        pass(1s);
    }
    pass(1s);
    EXPECT_EQ(count_of(FleetEventKind::worker_state, ""), 40) << "20 of each sort";
    const auto sums = told(FleetEventKind::workers_state);
    ASSERT_EQ(sums.size(), 1U);
    EXPECT_TRUE(sums[0].starts_with("dynamo/backend: ")) << sums[0];
    EXPECT_NE(sums[0].find(" more within 10 s: "), std::string::npos) << sums[0];
    EXPECT_NE(sums[0].find("unknown -> fresh 980"), std::string::npos) << sums[0];
    EXPECT_NE(sums[0].find("; now 1000 late"), std::string::npos) << sums[0];
}

TEST_F(StateNewsTest, FlickeringHidesNobodyWhoGoesStaleNorAnotherComponent) {
    // Often enough to stay fresh, until the sum of those who came is told.
    for (int half = 0; half < 22; ++half) {
        answer(backend_, 1000);
        pass(500ms);
    }
    events_.clear();
    for (int second = 0; second < 4; ++second) {
        answer(backend_, 999);
        if (second == 3) answer(prefill_, 1);
        pass(1s);
    }
    EXPECT_EQ(count_of(FleetEventKind::worker_state, "dynamo/prefill/1: unknown -> fresh"), 1);
    EXPECT_EQ(count_of(FleetEventKind::worker_state, "dynamo/backend/1000: late -> stale"), 1);
    EXPECT_EQ(count_of(FleetEventKind::worker_state, "dynamo/backend/"), 20 + 1);
}

TEST_F(StateNewsTest, AfterItsTimeAComponentIsToldSinglyAgain) {
    answer(backend_, 1000);
    pass(11s);
    pass(20s);
    events_.clear();
    answer(backend_, 1);
    pass(50ms);
    EXPECT_EQ(told(FleetEventKind::worker_state),
              (std::vector<std::string>{"dynamo/backend/1: stale -> fresh"}));
}

TEST_F(StateNewsTest, WhoStopsTellsTheSumThatIsStillCounted) {
    answer(backend_, 50);
    answer(prefill_, 5);
    pass(3200ms);
    EXPECT_TRUE(told(FleetEventKind::workers_state).empty());
    state_.finish(now_);
    take();
    EXPECT_EQ(told(FleetEventKind::workers_state),
              (std::vector<std::string>{
                  "dynamo/backend: 110 more within 4 s: unknown -> fresh 30, fresh -> late 30, "
                  "late -> stale 50; now 50 stale"}));
    state_.finish(now_);
    take();
    EXPECT_EQ(told(FleetEventKind::workers_state).size(), 1U) << "once";
}

TEST_F(StateNewsTest, TheCollectorIsWokenToTellTheSum) {
    answer(backend_, 30);
    pass(50ms);
    // Nothing else is due so late: the limit of `stale` is 2 s.
    pass(5s);
    EXPECT_LE(state_.next_due(), now_ + 10s);
    EXPECT_TRUE(told(FleetEventKind::workers_state).empty());
}

}  // namespace
}  // namespace muster
