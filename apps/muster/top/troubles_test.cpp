// What is wrong in words: order, wording, what is counted, and that nothing is not wrong.
#include "top/troubles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/top_example.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing_support::top_example;

std::vector<std::string> words(const FleetDocument& fleet, const ViewLink& link = {}) {
    std::vector<std::string> all;
    for (const Trouble& trouble : troubles_of(fleet, link)) all.push_back(trouble.words);
    return all;
}

TEST(Troubles, AreToldWorstFirst) {
    EXPECT_THAT(
        words(top_example()),
        ElementsAre(
            "nats-2 disconnected for 12.1s: connection refused (nats://127.0.0.1:4333)",
            "1 of 9 of dynamo/backend missing for 2m22s: silent for 10 s",
            "2 of 11 stale, the oldest 1m01s: dynamo/prefill/7587888657184927298",
            "1 of 11 without any load yet: dynamo/prefill/7587888657184927299",
            "1 zombie for 1m10s: dynamo/backend/7587888657184927295: withdrawn, yet it answers",
            "1 frozen for 1m10s: dynamo/backend/7587888657184927291: busy, and its numbers do not "
            "move",
            "1 restored for 1m10s: dynamo/prefill/7587888657184927298: from the journal, not heard "
            "yet",
            "1 cordoned for 1m10s: dynamo/backend/7587888657184927294: new driver",
            "1 of 11 late, the oldest 912ms: dynamo/backend/7587888657184927293",
            "2 lost, the last 2m22s ago: dynamo/backend/7587888657184927200: silent for 10 s"));
}

TEST(Troubles, AViewThatDoesNotComeIsTheFirst) {
    const ViewLink link{"http://127.0.0.1:6878", true, 12s, "connection refused"};
    FleetDocument fleet = top_example();
    *fleet.time += 12s;
    EXPECT_EQ(words(fleet, link).front(),
              "NO VIEW for 12.0s from http://127.0.0.1:6878: connection refused; below is what was "
              "seen at 10:15:02Z, ageing");
}

TEST(Troubles, AFleetThatIsWellHasNone) {
    FleetDocument fleet = top_example();
    fleet.workers.resize(2);
    fleet.lost.clear();
    fleet.expected.clear();
    fleet.sources.resize(1);
    EXPECT_THAT(words(fleet), testing::IsEmpty());
    EXPECT_THAT(trouble_lines({}, 3, 80).front().text(), HasSubstr("All is well."));
    fleet.sources[0].mass_silences = {"38 of 64 of dynamo/backend silent"};
    EXPECT_THAT(words(fleet), ElementsAre(HasSubstr("38 of 64 of dynamo/backend silent")));
    fleet.sources[0].mass_silences.clear();
    fleet.workers.clear();
    EXPECT_THAT(words(fleet), ElementsAre("no worker is in this view")) << "an outage is not well";
    fleet = top_example();
    fleet.workers.resize(2);
    fleet.lost.clear();
    fleet.expected.clear();
    fleet.sources.clear();
    EXPECT_THAT(words(fleet), ElementsAre("no source is known yet"));
}

TEST(Troubles, WhatFindsNoLineIsCounted) {
    const auto troubles = troubles_of(top_example(), {});
    const auto lines = trouble_lines(troubles, 3, 60);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_THAT(lines[0].text(), StartsWith("! nats-2 disconnected"));
    EXPECT_THAT(lines[2].text(), HasSubstr(".. (and 7 more)"));
    for (const StyledLine& line : lines) EXPECT_LE(line.columns(), 60U);
    EXPECT_EQ(trouble_lines(troubles, 0, 5).size(), 1U);
}

TEST(Troubles, AreToldWholeOnAsManyLinesAsItTakes) {
    const auto troubles = troubles_of(top_example(), {});
    for (const std::size_t columns : {1U, 3U, 8U, 20U, 60U, 80U, 300U}) {
        std::string told;
        for (const StyledLine& line : whole_trouble_lines(troubles, columns)) {
            EXPECT_LE(line.columns(), std::max<std::size_t>(columns, 8)) << line.text();
            told += line.text();
        }
        std::string wanted;
        for (const Trouble& trouble : troubles) {
            wanted += (trouble.tone == Tone::dim ? "" : "!") + trouble.words;
        }
        std::erase(told, ' ');
        std::erase(wanted, ' ');
        EXPECT_EQ(told, wanted) << columns;
    }
}

TEST(Troubles, WhatIsNotKnownToBeMissingIsNotToldAsThere) {
    FleetDocument fleet = top_example();
    fleet.expected[0].missing = std::nullopt;
    fleet.expected[0].why = "nats-1 is still searched";
    EXPECT_THAT(words(fleet, {}),
                ::testing::Contains("not known yet whether all 9 of dynamo/backend are there: "
                                    "nats-1 is still searched"));
}

TEST(Troubles, AnotherEngineIsToldThoughItsWorkerIsFresh) {
    FleetDocument fleet = top_example();
    fleet.workers.resize(2);
    fleet.workers[1].trouble = TroubleEntry{
        .kind = "other_engine", .since = *fleet.time - 3s, .what = "another engine: http://a: x"};
    const auto told = troubles_of(fleet, {});
    const auto found = std::ranges::find(
        told, "1 other_engine for 3.0s: " + fleet.workers[1].id + ": another engine: http://a: x",
        &Trouble::words);
    ASSERT_NE(found, told.end());
    EXPECT_EQ(found->tone, Tone::warning) << "it tells a load";
}

TEST(Troubles, NamesOfOthersCannotMoveTheCursor) {
    FleetDocument fleet = top_example();
    for (WorkerEntry& worker : fleet.workers) worker.id = "\x1b[2J";
    fleet.lost.back().reason = "\n";
    fleet.expected[0].why = "\x07";
    fleet.sources[1].target = "\r";
    const ViewLink link{"http://\x1b", true, 1s, "\x1b"};
    for (const std::string& trouble : words(fleet, link)) {
        EXPECT_EQ(trouble.find_first_of("\x1b\n\r\x07"), std::string::npos) << trouble;
    }
}

}  // namespace
}  // namespace muster
