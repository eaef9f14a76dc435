// Lines of the log as they are written, against recorded ones.
#include "log_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "muster/wire/rfc3339.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing_support::golden;

const std::vector<LogRecord>& scene() {
    static const std::vector<LogRecord> records = {
        {.level = LogLevel::info,
         .source = "serve",
         .words = "serving http://127.0.0.1:6878/v1/fleet from nats://127.0.0.1:4222",
         .fields = {}},
        {.level = LogLevel::info, .source = "nats-1", .words = "source connected", .fields = {}},
        {.level = LogLevel::warning,
         .source = "fleet",
         .words = "worker lost",
         .fields = {{"worker", "dynamo/backend/7587888657184927289"},
                    {"detail", "silent for 10 s"}}},
        {.level = LogLevel::warning,
         .source = "nats-1",
         .words = "not taken",
         .fields = {{"reason", "field_null"},
                    {"from", "dynamo/backend/7"},
                    {"what", "gpu_cache_usage_perc"},
                    {"suppressed", "17"}}},
        {.level = LogLevel::warning,
         .source = "nats-1",
         .words = "connection refused: nats://127.0.0.1:9: is the broker running?",
         .fields = {},
         .repeated = 41},
        {.level = LogLevel::warning,
         .source = "log",
         .words = "lines left out",
         .fields = {{"warning", "12"}, {"info", "9931"}}},
        {.level = LogLevel::error,
         .source = "serve",
         .words = "cannot go on: \"disk\\full\"",
         .fields = {{"path", "/a b"}, {"query", "x=1"}}},
        {.level = LogLevel::debug,
         .source = "a\nname",
         .words = "odd\tbytes \x1b[31m \xff and \xe2\x80\xae turned",
         .fields = {{"from", "two\nlines"}}},
    };
    return records;
}

std::string written(LogFormat format) {
    const auto time = parse_rfc3339("2026-11-23T10:15:02.114Z");
    std::string text;
    for (const LogRecord& record : scene()) text += log_line(record, time.value(), format);
    return text;
}

TEST(LogRecord, TextIsAsRecorded) {
    EXPECT_EQ(written(LogFormat::text), golden("log/lines.txt"));
}

TEST(LogRecord, JsonIsAsRecorded) {
    EXPECT_EQ(written(LogFormat::json), golden("log/lines.json"));
}

TEST(LogRecord, EveryLineOfJsonIsOneDocumentWithTheSameHead) {
    std::istringstream lines(written(LogFormat::json));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto document = nlohmann::ordered_json::parse(line, nullptr, false);
        ASSERT_TRUE(document.is_object()) << line;
        std::vector<std::string> head;
        for (const auto& [key, value] : document.items()) {
            if (head.size() < 4) head.push_back(key);
        }
        EXPECT_THAT(head, ::testing::ElementsAre("time", "level", "source", "message"));
    }
    EXPECT_EQ(count, scene().size());
}

TEST(LogRecord, IsMadeOfWhatTheLibrarySays) {
    const std::array<LogField, 5> fields = {{{"source", "nats-1"},
                                             {"reason", "field_null"},
                                             {"what", ""},
                                             {"from", "a \"b\"\\"},
                                             {"suppressed", "0"}}};
    const LogRecord record = log_record(LogLevel::warning, "not taken", fields);
    EXPECT_EQ(text_of(record), R"(warning [nats-1] not taken: reason=field_null from="a \"b\"\\")");
    EXPECT_EQ(text_of(log_record(LogLevel::info, "words", {})), "info words");
}

TEST(LogRecord, WhatIsVeryLongIsCutBetweenCharacters) {
    const std::string long_words(5'000, 'w');
    std::string long_value = "x";
    for (int i = 0; i < 2'000; ++i) long_value += "\xc3\xa9";
    const std::array<LogField, 1> fields = {{{"from", long_value}}};
    const LogRecord record = log_record(LogLevel::warning, long_words, fields);
    EXPECT_EQ(record.words.size(), 1'002U);
    EXPECT_THAT(record.fields[0].second, EndsWith("\xc3\xa9.."));
    EXPECT_LE(record.fields[0].second.size(), 502U);
    EXPECT_THAT(text_of(record), HasSubstr("\xc3\xa9.."));
    EXPECT_EQ(text_of(record).find('?'), std::string::npos) << "no broken character";
}

TEST(LogRecord, LevelsAndFormatsHaveNames) {
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
        EXPECT_EQ(log_level_of(name_of(level)), level);
    }
    EXPECT_FALSE(log_level_of("loud"));
    EXPECT_FALSE(log_level_of(""));
    EXPECT_EQ(log_format_of("text"), LogFormat::text);
    EXPECT_EQ(log_format_of("json"), LogFormat::json);
    EXPECT_FALSE(log_format_of("xml"));
}

}  // namespace
}  // namespace muster
