// The limiter of log lines: one per reason, worker and minute, bounded whatever comes.
#include "muster/collect/reject_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

TEST(RejectLog, FirstOfAPairGetsALineAndTheNextAMinuteLaterTellsWhatWasSuppressed) {
    ManualClock clock;
    RejectLog log;
    const auto first = log.note(RejectReason::bad_metrics, "dynamo/backend/1", clock.now());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->suppressed, 0U);
    EXPECT_FALSE(first->again);
    for (int i = 0; i < 59; ++i) {
        EXPECT_FALSE(log.note(RejectReason::bad_metrics, "dynamo/backend/1", clock.advance(1s)));
    }
    const auto next = log.note(RejectReason::bad_metrics, "dynamo/backend/1", clock.advance(1s));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->suppressed, 59U);
    EXPECT_TRUE(next->again);
    EXPECT_FALSE(next->many);
}

TEST(RejectLog, ReasonsAndWorkersAreApart) {
    ManualClock clock;
    RejectLog log;
    EXPECT_TRUE(log.note(RejectReason::bad_metrics, "a", clock.now()));
    EXPECT_TRUE(log.note(RejectReason::field_null, "a", clock.now()));
    EXPECT_TRUE(log.note(RejectReason::bad_metrics, "b", clock.now()));
    EXPECT_FALSE(log.note(RejectReason::bad_metrics, "a", clock.now()));
}

TEST(RejectLog, AHundredThousandBadRepliesGiveOneLinePerPairAndMinute) {
    ManualClock clock;
    RejectLog log;
    std::map<std::pair<std::string, int>, int> lines;
    // 10^5 replies of 20 workers with 3 reasons, over 2.5 minutes.
    for (int i = 0; i < 100'000; ++i) {
        const std::string worker = "dynamo/backend/" + std::to_string(i % 20);
        const auto reason = static_cast<RejectReason>(i % 3);
        if (log.note(reason, worker, clock.now())) {
            ++lines[{worker + "#" + std::to_string(i % 3),
                     static_cast<int>((clock.now() - Time{}) / 1min)}];
        }
        clock.advance(1500us);
    }
    // The minutes are counted from each pair's first line, so a calendar minute holds at most one.
    for (const auto& [key, count] : lines) EXPECT_EQ(count, 1) << key.first;
    EXPECT_EQ(lines.size(), 60U * 3U);
}

TEST(RejectLog, ALiarWhoInventsWorkersGetsATableFullOfLinesThenOnePerReasonAndMinute) {
    ManualClock clock;
    RejectLog log({.window = 1min, .pairs_max = 256});
    std::size_t own = 0;
    std::size_t many = 0;
    std::uint64_t told = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto line = log.note(RejectReason::bad_service, std::to_string(i), clock.now());
        if (!line) continue;
        ++(line->many ? many : own);
        told += line->suppressed;
    }
    EXPECT_LE(own, 256U);
    EXPECT_EQ(many, 1U);
    EXPECT_EQ(told, 0U);
    // A minute later the table is free again; a worker named before gets a line of its own.
    clock.advance(1min);
    const auto line = log.note(RejectReason::bad_service, "0", clock.now());
    ASSERT_TRUE(line);
    EXPECT_FALSE(line->many);
}

TEST(RejectLog, TheOverflowLineTellsHowManyGotNone) {
    ManualClock clock;
    RejectLog log({.window = 1min, .pairs_max = 1});  // Rounded up to one probe sequence of 16.
    const auto fill_table = [&] {
        std::size_t lines = 0;
        for (int i = 0; i < 16; ++i) {
            lines += log.note(RejectReason::not_json, std::to_string(i), clock.now()) ? 1 : 0;
        }
        return lines;
    };
    EXPECT_EQ(fill_table(), 16U);
    const auto first = log.note(RejectReason::not_json, "x", clock.now());
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->many);
    EXPECT_FALSE(log.note(RejectReason::not_json, "y", clock.now()));
    EXPECT_FALSE(log.note(RejectReason::not_json, "z", clock.now()));
    clock.advance(1min);
    EXPECT_EQ(fill_table(), 16U);
    const auto next = log.note(RejectReason::not_json, "x", clock.now());
    ASSERT_TRUE(next);
    EXPECT_TRUE(next->many);
    EXPECT_EQ(next->suppressed, 2U);
}

}  // namespace
}  // namespace muster
