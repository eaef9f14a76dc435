// What does not stop is ended, what stops in time is left alone. The limits are short here.
#include "stop_deadline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kPatience = 60s;

class StopDeadlineTest : public ::testing::Test {
protected:
    void begin(StopDeadline::Limits limits) {
        pulse_->last_step_nanos = clock_.now().time_since_epoch().count();
        deadline_.emplace(stop_.get_token(), clock_, limits,
                          [this](std::string words) { said_.set_value(std::move(words)); });
        deadline_->watch(pulse_);
    }
    [[nodiscard]] bool has_ended() const {
        return ended_.wait_for(0s) == std::future_status::ready;
    }

    testing::ManualClock clock_;
    std::stop_source stop_;
    std::shared_ptr<CollectorPulse> pulse_ = std::make_shared<CollectorPulse>();
    std::promise<std::string> said_;
    std::future<std::string> ended_ = said_.get_future();
    std::optional<StopDeadline> deadline_;
};

TEST_F(StopDeadlineTest, NothingHappensToWhatStopsInTimeOrIsNotAsked) {
    begin({});
    deadline_.reset();
    EXPECT_FALSE(has_ended());
    begin({.hung = 1h, .slow = 2h});
    stop_.request_stop();
    deadline_.reset();
    EXPECT_FALSE(has_ended());
}

TEST_F(StopDeadlineTest, ACollectorThatHungBeforeIsNotWaitedForLonger) {
    begin({.hung = 1ms, .slow = 1h});
    clock_.advance(3100ms);
    stop_.request_stop();
    ASSERT_EQ(ended_.wait_for(kPatience), std::future_status::ready);
    EXPECT_EQ(ended_.get(),
              "ended by force: the collector has not stepped for 3s and does not stop: the "
              "journal is whole but for its last second");
}

TEST_F(StopDeadlineTest, OneThatStillSteppedHasMoreTimeAndNoMore) {
    begin({.hung = 1ms, .slow = 20ms});
    clock_.advance(2s);  // As long as /healthz allows.
    stop_.request_stop();
    ASSERT_EQ(ended_.wait_for(kPatience), std::future_status::ready);
    EXPECT_THAT(ended_.get(), HasSubstr("something does not stop within 20ms"));
}

TEST_F(StopDeadlineTest, WithoutAViewNobodyKnowsOfAHang) {
    deadline_.emplace(stop_.get_token(), clock_, StopDeadline::Limits{1ms, 20ms},
                      [this](std::string words) { said_.set_value(std::move(words)); });
    clock_.advance(1h);
    stop_.request_stop();
    ASSERT_EQ(ended_.wait_for(kPatience), std::future_status::ready);
    EXPECT_THAT(ended_.get(), HasSubstr("something does not stop"));
}

}  // namespace
}  // namespace muster
