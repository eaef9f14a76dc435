// The log over a real pipe: what is told at which level, and a pipe that nobody reads.
#include "stderr_log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StderrLogTest : public ::testing::Test {
protected:
    StderrLogTest() { EXPECT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0); }
    ~StderrLogTest() override {
        ::unsetenv("JOURNAL_STREAM");
        log_.reset();
        for (const int end : pipe_) ::close(end);
    }
    StderrLog& start(LogLevel level, LogFormat format = LogFormat::text) {
        log_.emplace(StderrLog::Options{level, format, pipe_[1]}, clock_, wall_);
        return *log_;
    }
    /// The lines since the last look, without their times.
    std::vector<std::string> lines(bool with_times = false) {
        ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
        std::string text;
        std::array<char, 65536> bytes{};
        for (;;) {
            const auto size = ::read(pipe_[0], bytes.data(), bytes.size());
            if (size <= 0) break;
            text.append(bytes.data(), static_cast<std::size_t>(size));
        }
        std::vector<std::string> all;
        std::istringstream whole(text);
        for (std::string line; std::getline(whole, line);) {
            all.push_back(with_times ? line : line.substr(line.find(' ') + 1));
        }
        return all;
    }

    testing::ManualClock clock_;
    WallClock wall_{clock_};
    std::array<int, 2> pipe_{};
    std::optional<StderrLog> log_;
};

TEST_F(StderrLogTest, OfASourceWarningsAndAllOfItAtDebug) {
    StderrLog& log = start(LogLevel::info);
    const std::array<LogField, 1> fields = {{{"source", "nats-1"}}};
    log.write(LogLevel::info, "connected", fields);
    EXPECT_THAT(lines(), IsEmpty()) << "the fleet's event says it";
    log.write(LogLevel::warning, "lost", fields);
    EXPECT_THAT(lines(), ElementsAre("warning [nats-1] lost"));
    EXPECT_TRUE(log.just_said("lost"));
    EXPECT_FALSE(log.just_said("connected"));
    log.set_level(LogLevel::error);
    log.write(LogLevel::warning, "lost again", fields);
    EXPECT_THAT(lines(), IsEmpty());
    log.set_level(LogLevel::debug);
    log.write(LogLevel::info, "connected", fields);
    EXPECT_THAT(lines(), ElementsAre("info [nats-1] connected"));
}

TEST_F(StderrLogTest, OfTheFleetWhatTheLevelAsksFor) {
    StderrLog& log = start(LogLevel::warning);
    LogRecord record{.level = LogLevel::info, .source = "fleet", .words = "appeared", .fields = {}};
    log.tell(record);
    record.level = LogLevel::warning;
    log.tell(record);
    EXPECT_THAT(lines(), ElementsAre("warning [fleet] appeared"));
}

TEST_F(StderrLogTest, WhatAPersonAskedForIsSaidAtAnyLevelEachTime) {
    StderrLog& log = start(LogLevel::error);
    log.announce(LogLevel::info, "configuration read again");
    log.announce(LogLevel::info, "configuration read again");
    EXPECT_THAT(lines(), ElementsAre("info [serve] configuration read again",
                                     "info [serve] configuration read again"));
}

TEST_F(StderrLogTest, AFailureIsTheSentenceOfEveryCommandOrALineOfJson) {
    start(LogLevel::info).fail("address in use: h:1: choose");
    EXPECT_THAT(lines(true), ElementsAre("muster: address in use: h:1: choose"));
    start(LogLevel::info, LogFormat::json).fail("address in use: h:1: choose");
    const auto said = lines(true);
    ASSERT_THAT(said, SizeIs(1));
    const auto document = nlohmann::json::parse(said[0]);
    EXPECT_EQ(document["level"], "error");
    EXPECT_EQ(document["source"], "serve");
    EXPECT_EQ(document["message"], "address in use: h:1: choose");
}

TEST_F(StderrLogTest, TheFormatCanChangeWhileItRuns) {
    StderrLog& log = start(LogLevel::info);
    log.set_format(LogFormat::json);
    log.announce(LogLevel::info, "now as JSON");
    EXPECT_THAT(lines(true), ElementsAre(HasSubstr("\"message\":\"now as JSON\"")));
}

TEST_F(StderrLogTest, RepeatsAreSummedUpAfterAMinuteAndAtTheEnd) {
    StderrLog& log = start(LogLevel::info);
    const LogRecord record{
        .level = LogLevel::warning, .source = "fleet", .words = "frozen", .fields = {}};
    for (int i = 0; i < 7; ++i) log.tell(record);
    EXPECT_THAT(lines(), SizeIs(3));
    clock_.advance(1min);
    log.look();
    EXPECT_THAT(lines(), ElementsAre("warning [fleet] frozen: repeated=4"));
    for (int i = 0; i < 5; ++i) log.tell(record);
    EXPECT_THAT(lines(), SizeIs(3));
    log_.reset();
    EXPECT_THAT(lines(), ElementsAre("warning [fleet] frozen: repeated=2"));
}

TEST_F(StderrLogTest, APipeThatNobodyReadsHoldsUpNobody) {
    StderrLog& log = start(LogLevel::debug);
    const std::string filler(900, 'x');
    // 64 KiB fill a pipe; each line is another one, and as much time passes as lines need.
    for (int i = 0; i < 200; ++i) {
        clock_.advance(1s);
        log.tell({.level = LogLevel::info,
                  .source = "fleet",
                  .words = std::to_string(i) + filler,
                  .fields = {}});
    }
    const std::size_t before = lines().size();
    EXPECT_GT(before, 50U);
    EXPECT_LT(before, 100U);
    log.look();
    EXPECT_THAT(lines(),
                ElementsAre("info [log] lines left out: info=" + std::to_string(200 - before)));
}

TEST_F(StderrLogTest, TheJournalIsToldTheLevel) {
    struct stat file{};
    ASSERT_EQ(::fstat(pipe_[1], &file), 0);
    const std::string stream = std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino);
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    StderrLog& log = start(LogLevel::debug);
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        log.tell({.level = level, .source = "fleet", .words = "words", .fields = {}});
    }
    log.fail("no");
    std::vector<std::string> prefixes;
    for (const std::string& line : lines(true)) prefixes.push_back(line.substr(0, 3));
    EXPECT_THAT(prefixes, ElementsAre("<7>", "<6>", "<4>", "<3>", "<3>"));
    ::setenv("JOURNAL_STREAM", "1:2", 1);
    start(LogLevel::info).announce(LogLevel::info, "words");
    EXPECT_THAT(lines(), ElementsAre("info [serve] words")) << "another stream is the journal's";
}

}  // namespace
}  // namespace muster
