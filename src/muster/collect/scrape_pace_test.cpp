// ScrapePace: interval and patience from answers, with hand-made durations.
#include "muster/collect/scrape_pace.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow = Time{} + 1000s;

TEST(ScrapePace, BeginsAtTheShortestIntervalAndTheLeastPatience) {
    const ScrapePace pace({});
    EXPECT_EQ(pace.interval(), 250ms);
    EXPECT_EQ(pace.patience(), 300ms);
}

TEST(ScrapePace, AskedSeldomerWhoseAnswersCostMore) {
    ScrapePace pace({});
    for (int i = 0; i < 40; ++i) pace.answered(3500us, 4ms);
    EXPECT_EQ(pace.interval(), 250ms) << "vLLM's page: 1.4 % of its loop";
    for (int i = 0; i < 40; ++i) pace.answered(10ms, 12ms);
    EXPECT_EQ(pace.interval(), 500ms);
    for (int i = 0; i < 40; ++i) pace.answered(100ms, 120ms);
    EXPECT_EQ(pace.interval(), 2s) << "never less often than that";
    for (int i = 0; i < 40; ++i) pace.answered(1ms, 2ms);
    EXPECT_EQ(pace.interval(), 250ms);
}

TEST(ScrapePace, ASingleSlowAnswerIsLoadAndChangesNoInterval) {
    ScrapePace pace({});
    for (int i = 0; i < 31; ++i) pace.answered(4ms, 5ms);
    pace.answered(840ms, 840ms);
    EXPECT_EQ(pace.interval(), 250ms);
    EXPECT_EQ(pace.patience(), 4800ms) << "but it may take that long again";
}

TEST(ScrapePace, PatienceIsForgottenAfterAHundredQuickAnswers) {
    ScrapePace pace({});
    pace.answered(4ms, 200ms);
    EXPECT_EQ(pace.patience(), 1200ms);
    for (int i = 0; i < 128; ++i) pace.answered(4ms, 5ms);
    EXPECT_EQ(pace.patience(), 300ms);
}

TEST(ScrapePace, PatienceEndsAtFiveSeconds) {
    ScrapePace pace({});
    pace.answered(4s, 4s);
    EXPECT_EQ(pace.patience(), 5s);
}

TEST(ScrapePace, NearAStepItStays) {
    ScrapePace pace({});
    for (int i = 0; i < 40; ++i) pace.answered(5100us, 6ms);
    EXPECT_EQ(pace.interval(), 500ms);
    for (int i = 0; i < 40; ++i) pace.answered(4900us, 6ms);
    EXPECT_EQ(pace.interval(), 500ms);
}

TEST(ScrapePace, EveryFailureInARowDoublesTheIntervalUpToTwoSeconds) {
    ScrapePace pace({});
    pace.failed();
    EXPECT_EQ(pace.interval(), 500ms);
    for (int i = 0; i < 100; ++i) pace.failed();
    EXPECT_EQ(pace.interval(), 2s);
    pace.answered(1ms, 1ms);
    EXPECT_EQ(pace.interval(), 250ms);
}

TEST(ScrapePace, TheUsersIntervalHolds) {
    ScrapePace pace({.interval = 10s});
    for (int i = 0; i < 40; ++i) pace.answered(100ms, 120ms);
    EXPECT_EQ(pace.interval(), 10s);
    pace.failed();
    EXPECT_EQ(pace.interval(), 10s) << "a failure is no reason to ask more often";
}

TEST(ScrapePace, WorkersAreSpreadByTheirHashAndKeepTheirPlace) {
    const ScrapePace pace({});
    const Time first = pace.next(kNow, 77'000'000);
    EXPECT_GT(first, kNow);
    EXPECT_LE(first, kNow + 250ms);
    EXPECT_EQ(first.time_since_epoch().count() % 250'000'000, 77'000'000);
    EXPECT_EQ(pace.next(first, 77'000'000), first + 250ms);
    EXPECT_EQ(pace.next(first + 251ms, 77'000'000), first + 500ms) << "late: not twice";
}

}  // namespace
}  // namespace muster
