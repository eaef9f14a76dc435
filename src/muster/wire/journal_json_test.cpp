// The journal as JSON, against another reader of JSON, and read back.
#include "muster/wire/journal_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

JournalDocument example() {
    JournalDocument document;
    document.journal = JournalStanding{.state = "trouble",
                                       .since = parse_rfc3339("2026-11-23T10:00:00.5Z"),
                                       .reason = "disk \"full\"",
                                       .directory = "/var/lib/muster",
                                       .bytes = 7,
                                       .bytes_max = 9,
                                       .events_lost = 3};
    document.begins = parse_rfc3339("2026-11-22T10:00:00Z");
    document.since = *parse_rfc3339("2026-11-23T09:00:00Z");
    document.events = {{*parse_rfc3339("2026-11-23T09:12:00.114Z"), "worker_lost",
                        "dynamo/backend/1", "silent for 10 s"},
                       {*parse_rfc3339("2026-11-23T09:13:00Z"), "source_suspect", "nats-1", ""}};
    document.next = "3.17.2";
    return document;
}

TEST(JournalJson, IsWrittenAsTheGuideHasIt) {
    std::string out;
    append_journal_json(out, example());
    EXPECT_EQ(nlohmann::json::parse(out), nlohmann::json::parse(R"({
        "journal": {"state": "trouble", "since": "2026-11-23T10:00:00.500Z",
                    "reason": "disk \"full\"", "directory": "/var/lib/muster", "bytes": 7,
                    "bytes_max": 9, "events_lost": 3},
        "begins": "2026-11-22T10:00:00.000Z", "since": "2026-11-23T09:00:00.000Z", "until": null,
        "events": [
            {"time": "2026-11-23T09:12:00.114Z", "event": "worker_lost",
             "subject": "dynamo/backend/1", "detail": "silent for 10 s"},
            {"time": "2026-11-23T09:13:00.000Z", "event": "source_suspect", "subject": "nats-1",
             "detail": ""}],
        "next": "3.17.2"})"));
}

TEST(JournalJson, IsReadBack) {
    std::string out;
    append_journal_json(out, example());
    const auto read = parse_journal_document(out);
    ASSERT_TRUE(read);
    ASSERT_TRUE(read->journal);
    EXPECT_EQ(read->journal->reason, "disk \"full\"");
    EXPECT_EQ(read->journal->events_lost, 3U);
    EXPECT_EQ(read->begins, example().begins);
    EXPECT_FALSE(read->until);
    ASSERT_EQ(read->events.size(), 2U);
    EXPECT_EQ(read->events[0].subject, "dynamo/backend/1");
    EXPECT_EQ(read->events[0].time, example().events[0].time);
    EXPECT_EQ(read->next, "3.17.2");
}

TEST(JournalJson, AnEmptyOneHasNothingToTell) {
    std::string out;
    append_journal_json(out, {});
    const auto read = parse_journal_document(out);
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->journal);
    EXPECT_FALSE(read->begins);
    EXPECT_TRUE(read->next.empty());
}

TEST(JournalJson, AnythingElseIsRefused) {
    for (const char* wrong : {"", "[]", "{}", "{\"events\":3}", "{\"events\":[]", "nonsense"}) {
        EXPECT_FALSE(parse_journal_document(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace muster
