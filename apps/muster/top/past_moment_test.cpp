// Steps, what is wanted and what was found, and the words of the first line.
#include "top/past_moment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr Time kNow = Time(100'000s);
// 2026-11-23T02:12:00Z.
constexpr WallTime kThen = WallTime(1'795'399'920s);

class PastMomentTest : public testing::Test {
protected:
    std::optional<WallTime> step(std::string_view keys) {
        for (const char key : keys) EXPECT_TRUE(moment_.press(key, kNow));
        return moment_.take_step();
    }
    std::string line(Time now = kNow) const { return moment_.line(now, 200).text(); }

    UtcZone zone_;
    PastMoment moment_{zone_, kThen, kThen + 2h, kNow};
};

TEST_F(PastMomentTest, SaysWhichMomentItIsAndHowLongAgo) {
    moment_.found(kThen + 300ms);
    EXPECT_THAT(line(), StartsWith("THE PAST: 2026-11-23T02:12:00+00:00, 2h00m ago   , . 1s"));
    EXPECT_THAT(line(kNow + 1h), HasSubstr(", 3h00m ago"));
    EXPECT_EQ(moment_.line(kNow, 20).columns(), 20U);
}

TEST_F(PastMomentTest, StepsAddUpAndAreTakenOnce) {
    moment_.found(kThen);
    EXPECT_EQ(moment_.take_step(), std::nullopt);
    EXPECT_EQ(step(","), kThen - 1s);
    EXPECT_EQ(moment_.take_step(), std::nullopt);
    EXPECT_EQ(step(".."), kThen + 1s) << "though no answer came meanwhile";
    EXPECT_EQ(step("<[{"), kThen + 1s - 10s - 1min - 1h);
    EXPECT_EQ(step(">]}"), kThen + 1s);
    EXPECT_FALSE(moment_.press('p', kNow));
    EXPECT_EQ(moment_.take_step(), std::nullopt);
}

TEST_F(PastMomentTest, ASampleElsewhereDoesNotHoldUpTheSteps) {
    moment_.found(kThen);
    EXPECT_EQ(step("."), kThen + 1s);
    moment_.found(kThen);  // The nearest is still the same.
    EXPECT_EQ(step("."), kThen + 2s);
    moment_.found(kThen);
    EXPECT_THAT(line(), HasSubstr("T02:12:00+00:00, 2h00m ago; wanted was 2026-11-23T02:12:02+00"));
}

TEST_F(PastMomentTest, NothingLeadsIntoTheFuture) {
    moment_.found(kThen);
    EXPECT_EQ(step("}}}}"), kThen + 2h);
    ASSERT_TRUE(moment_.press('.', kNow + 5s));
    EXPECT_EQ(moment_.take_step(), kThen + 2h + 1s) << "as time goes on there is more of it";
}

TEST_F(PastMomentTest, WhatIsNotThereIsToldAndTheNextStepBeginsAtWhatIsShown) {
    moment_.found(kThen);
    EXPECT_EQ(step("{"), kThen - 1h);
    moment_.missed("before the journal begins");
    EXPECT_THAT(line(), HasSubstr("T02:12:00+00:00, 2h00m ago; before the journal begins"));
    EXPECT_EQ(step(","), kThen - 1s);
    EXPECT_THAT(line(), Not(HasSubstr("before the journal")));
    moment_.missed("cannot reach the server");
    EXPECT_EQ(step(","), kThen - 1s) << "the same again";
    moment_.found(kThen - 1s);
    EXPECT_EQ(step(","), kThen - 2s);
}

}  // namespace
}  // namespace muster
