// A road that is pushed with a heartbeat, through FleetState: each beat tells everything anew, and
// the source, which knows when one is due, tells of the beat that did not come.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWorker = "dynamo/backend/1";
constexpr Duration kBeat = 1s;

FleetRules beating_rules() {
    FleetRules rules;
    rules.interval = kBeat;
    return rules;
}

class HeartbeatRoadTest : public ::testing::Test {
protected:
    HeartbeatRoadTest() {
        SourceSpec source;
        source.id = "beats-1";
        source_ = state_.add_source(source, now_);
        component_ = state_.add_component(source_, {.name = "dynamo/backend"}, now_);
        state_.connected(source_, now_);
        Announcement worker;
        worker.instance = kRef;
        EXPECT_TRUE(state_.announce(component_, worker, now_));
        pass(100ms);  // The first echo: what comes is as young as it looks.
        beat(4);
    }
    void pass(Duration duration) {
        for (const Time end = now_ + duration; now_ < end;) {
            now_ += 100ms;
            state_.step(now_);
            state_.echo_received(source_, state_.begin_echo(source_, now_), now_);
        }
    }
    void beat(std::uint64_t waiting) {
        Load load;
        load.set_count(LoadField::waiting, waiting);
        Push push;
        push.road = Road::pushed_with_heartbeat;
        push.received = now_;
        push.worker_id = 1;
        push.load = &load;
        (void)state_.apply(push, std::array{component_});
        ++beats_.value;
    }
    /// A second passes in which no beat came.
    void miss() {
        const Time since = now_;
        pass(kBeat);
        ++beats_.value;
        state_.missed(component_, kRef, beats_, since, now_);
    }
    [[nodiscard]] bool is_shown() { return state_.freeze(now_)->find(kWorker).has_value(); }

    static constexpr InstanceRef kRef{.id = 1, .name = {}};
    Time now_ = Time{} + 1h;
    FleetState state_{beating_rules(), now_};
    SourceId source_;
    ComponentId component_;
    RoundId beats_{};
};

TEST_F(HeartbeatRoadTest, EachBeatConfirmsAllThatItSays) {
    pass(900ms);
    const auto before = state_.freeze(now_);
    const std::size_t row = before->find(kWorker).value();
    EXPECT_EQ(before->road(row), Road::pushed_with_heartbeat);
    EXPECT_EQ(before->age_at(row, now_), 900ms);
    beat(4);
    const auto after = state_.freeze(now_);
    EXPECT_EQ(after->age_at(row, now_), Duration::zero());
    EXPECT_EQ(after->record_age_at(row, now_), Duration::zero());
    EXPECT_EQ(after->load(row).waiting, 4U);
    EXPECT_EQ(state_.rule_counts().of(Rule::silence_confirmed), 0U);
}

TEST_F(HeartbeatRoadTest, NoBeatIsAMissAndThreeOverTenSecondsAreALoss) {
    for (int i = 0; i < 9; ++i) miss();
    EXPECT_EQ(state_.rule_counts().of(Rule::round_missed), 9U);
    const auto late = state_.freeze(now_);
    ASSERT_TRUE(late->find(kWorker)) << "nine seconds are not ten";
    EXPECT_EQ(late->state_at(*late->find(kWorker), now_), WorkerState::stale);
    for (int i = 0; i < 2; ++i) miss();
    EXPECT_FALSE(is_shown());
    const auto gone = state_.freeze(now_);
    ASSERT_NE(gone->find_tombstone(kWorker), nullptr);
    EXPECT_EQ(gone->find_tombstone(kWorker)->reason, LostReason::silent);
}

TEST_F(HeartbeatRoadTest, ABeatStartsTheCountAgain) {
    for (int i = 0; i < 9; ++i) miss();
    beat(5);
    for (int i = 0; i < 9; ++i) miss();
    EXPECT_TRUE(is_shown());
}

TEST_F(HeartbeatRoadTest, SilenceWithoutAMissLosesNobody) {
    pass(60s);
    EXPECT_TRUE(is_shown()) << "the source did not say that a beat was due";
}

}  // namespace
}  // namespace muster
