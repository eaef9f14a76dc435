// What is written and what is counted, with a time moved by hand.
#include "log_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

LogRecord said(const std::string& words, LogLevel level = LogLevel::warning) {
    return {.level = level, .source = "nats-1", .words = words, .fields = {}};
}

std::vector<std::string> texts(const std::vector<LogRecord>& records) {
    std::vector<std::string> all;
    for (const LogRecord& record : records) all.push_back(text_of(record));
    return all;
}

class LogLimitTest : public ::testing::Test {
protected:
    /// As the log does it; the lines about lines go into due_.
    bool says(const LogRecord& record) {
        for (LogRecord& line : limit_.take_due(now_)) due_.push_back(text_of(line));
        return limit_.admits(record, now_);
    }
    LogLimit limit_;
    Time now_ = Time(100s);
    std::vector<std::string> due_;
};

TEST_F(LogLimitTest, ALineThatRepeatsIsWrittenThreeTimesAMinuteAndThenCounted) {
    for (int i = 0; i < 44; ++i) {
        EXPECT_EQ(says(said("refused")), i < 3) << i;
        now_ += 1s;
    }
    EXPECT_TRUE(says(said("something else"))) << "and others are not held back";
    now_ = Time(100s) + 1min - 1ns;
    EXPECT_THAT(limit_.take_due(now_), IsEmpty());
    now_ += 1ns;
    EXPECT_THAT(texts(limit_.take_due(now_)), ElementsAre("warning [nats-1] refused: repeated=41"));
    EXPECT_TRUE(says(said("refused"))) << "a new minute";
    now_ += 1min;
    EXPECT_THAT(texts(limit_.take_due(now_)), IsEmpty()) << "all were written: nothing to sum up";
}

TEST_F(LogLimitTest, OnlyTheSameLineIsARepeat) {
    LogRecord one = said("lost");
    one.fields = {{"worker", "a/b/1"}};
    LogRecord other = one;
    other.fields[0].second = "a/b/2";
    LogRecord quieter = one;
    quieter.level = LogLevel::info;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(says(one));
    EXPECT_FALSE(says(one));
    EXPECT_TRUE(says(other));
    EXPECT_TRUE(says(quieter));
}

TEST_F(LogLimitTest, MoreThanAnybodyCanReadIsCounted) {
    int written = 0;
    for (int i = 0; i < 10'000; ++i) {
        written += says(said("worker " + std::to_string(i), LogLevel::info)) ? 1 : 0;
    }
    EXPECT_EQ(written, 50);
    EXPECT_THAT(due_, ElementsAre("info [log] lines left out: info=1")) << "told at once";
    now_ += 9s;
    EXPECT_THAT(limit_.take_due(now_), IsEmpty()) << "and then every 10 s";
    now_ += 1s;
    EXPECT_THAT(texts(limit_.take_due(now_)), ElementsAre("info [log] lines left out: info=9949"));
    now_ += 60s;
    EXPECT_THAT(limit_.take_due(now_), IsEmpty());
}

TEST_F(LogLimitTest, ALevelIsNotHeldBackByAnother) {
    for (int i = 0; i < 1'000; ++i) {
        (void)says(said("worker " + std::to_string(i), LogLevel::info));
    }
    EXPECT_TRUE(says(said("this matters", LogLevel::warning)));
    EXPECT_TRUE(says(said("this too", LogLevel::error)));
}

TEST_F(LogLimitTest, LinesComeBackWithTime) {
    const auto written_of = [&](int first) {
        int written = 0;
        for (int i = first; i < first + 100; ++i) {
            written += limit_.admits(said("worker " + std::to_string(i)), now_) ? 1 : 0;
        }
        return written;
    };
    EXPECT_EQ(written_of(0), 50);
    now_ += 2s;
    EXPECT_EQ(written_of(100), 10);
    now_ += 1h;
    EXPECT_EQ(written_of(200), 50) << "and no more for a long silence";
}

TEST_F(LogLimitTest, TheLoudestNamesTheLevelOfWhatWasLeftOut) {
    limit_.count_unwritten(LogLevel::info);
    limit_.count_unwritten(LogLevel::info);
    limit_.count_unwritten(LogLevel::error);
    EXPECT_THAT(texts(limit_.take_due(now_)),
                ElementsAre("error [log] lines left out: error=1 info=2"));
}

TEST_F(LogLimitTest, TheEndTellsWhatWasCountedSoFar) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(says(said("refused")), i < 3);
    limit_.count_unwritten(LogLevel::info);
    EXPECT_THAT(texts(limit_.take_all()), ElementsAre("warning [nats-1] refused: repeated=1",
                                                      "info [log] lines left out: info=1"));
    EXPECT_THAT(limit_.take_all(), IsEmpty());
}

TEST_F(LogLimitTest, WhatIsForgottenForWantOfRoomIsToldWithItsCount) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(says(said("first")), i < 3);
    // As fast as they come back, so that each is written and remembered.
    for (std::size_t i = 0; i < LogLimit::kRememberedMax; ++i) {
        now_ += 200ms;
        EXPECT_TRUE(says(said("other " + std::to_string(i))));
    }
    (void)says(said("last"));
    EXPECT_THAT(due_, ElementsAre("warning [nats-1] first: repeated=1"));
}

}  // namespace
}  // namespace muster
