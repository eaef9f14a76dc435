// The table against golden texts, its fitting to screens, and the lines of a watch.
#include "fleet_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "people_text.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::expect_golden;
using testing_support::golden;

FleetDocument example() {
    auto fleet = parse_fleet_document(golden("apps/fleet.json"));
    EXPECT_TRUE(fleet);
    return fleet ? *fleet : FleetDocument{};
}

std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
        widest = std::max(widest, columns_of(line));
    }
    return widest;
}

TEST(FleetTable, LooksAsItShould) {
    expect_golden(fleet_table(example(), {}), "apps/fleet_table.txt");
    expect_golden(fleet_table(example(), {.wide = true}), "apps/fleet_wide.txt");
    expect_golden(fleet_table(example(), {.columns = 80}), "apps/fleet_table_80.txt");
}

TEST(FleetTable, SaysWhoIsCordonedAndWhy) {
    FleetDocument fleet = example();
    fleet.workers[1].flags = {"cordoned"};
    fleet.workers[1].cordon = {"new driver", "ada", *fleet.time - std::chrono::minutes(5)};
    fleet.workers[2].cordon = {"fan \x1b[31m", "", std::nullopt};
    const std::string table = fleet_table(fleet, {});
    EXPECT_THAT(table, HasSubstr("\ncordoned dynamo/backend/7587888657184927291 5m00s ago by ada: "
                                 "new driver\ncordoned dynamo/prefill/7587888657184927300: fan "));
    EXPECT_EQ(table.find('\x1b'), std::string::npos) << "nobody's words move the cursor";
    EXPECT_THAT(fleet_table(fleet, {.lost_max = 1}), HasSubstr("\nand 1 more cordoned\n"));
    FleetDocument freed = fleet;
    freed.workers[1].flags = {};
    freed.workers[1].cordon = {};
    EXPECT_EQ(change_lines(fleet, freed).size(), 1U);
    EXPECT_THAT(change_lines(freed, fleet), ElementsAre(HasSubstr("cordoned: new driver")));
}

TEST(FleetTable, ShowsRatesAndBurstsWhereAnEngineTellsThem) {
    FleetDocument fleet = example();
    EXPECT_EQ(fleet_table(fleet, {.wide = true}).find("REQ/S"), std::string::npos);
    fleet.workers[0].activity = {.requests_per_s = 2.5,
                                 .prompt_tokens_per_s = std::nullopt,
                                 .generated_tokens_per_s = 1234.0,
                                 .unseen_bursts = 3,
                                 .last_unseen_burst = *fleet.time - std::chrono::seconds(12)};
    const std::string wide = fleet_table(fleet, {.wide = true});
    EXPECT_THAT(wide, HasSubstr("  REQ/S  TOK/S  "));
    EXPECT_THAT(wide, HasSubstr("    2.5   1234  "));
    EXPECT_THAT(wide, HasSubstr("\nwas busy " + fleet.workers[0].id +
                                " 3 times between two answers, last 12.0s ago\n"));
    EXPECT_EQ(fleet_table(fleet, {}).find("was busy"), std::string::npos);
}

TEST(FleetTable, ASourceHasItsAddressOnce) {
    SourceEntry source;
    source.id = "nats-1";
    source.target = "nats://h:4222";
    source.state = "disconnected";
    source.reason = "stale connection";
    EXPECT_EQ(source_words(source, std::nullopt),
              "nats-1 disconnected: stale connection (nats://h:4222)");
    source.reason = "connection refused: nats://h:4222: is the broker running?";
    EXPECT_EQ(source_words(source, std::nullopt),
              "nats-1 disconnected: connection refused: nats://h:4222: is the broker running?");
}

TEST(FleetTable, FitsTheScreen) {
    for (const std::size_t columns : {60U, 80U, 100U, 132U, 200U}) {
        for (const bool wide : {false, true}) {
            const std::string table = fleet_table(example(), {.wide = wide, .columns = columns});
            EXPECT_LE(widest_line(table), columns) << table;
            EXPECT_THAT(table, HasSubstr("STATE"));
        }
    }
}

TEST(FleetTable, ColoursOnlyWhenAsked) {
    EXPECT_EQ(fleet_table(example(), {}).find('\x1b'), std::string::npos);
    const std::string colored = fleet_table(example(), {.color = true, .columns = 80});
    EXPECT_THAT(colored, HasSubstr("\x1b[32mfresh\x1b[0m"));
    EXPECT_THAT(colored, HasSubstr("\x1b[31mstale\x1b[0m"));
}

TEST(FleetTable, AnEmptyFleetIsSaid) {
    FleetDocument fleet = example();
    fleet.workers.clear();
    fleet.lost.clear();
    fleet.sources.resize(1);
    EXPECT_EQ(fleet_table(fleet, {}), "nats-1 connected (nats://127.0.0.1:4222) | no workers\n");
}

TEST(FleetTable, TellsWhatIsMissingFirstAndWhatIsComplete) {
    FleetDocument fleet = example();
    fleet.sources.resize(1);
    ExpectedEntry met;
    met.component = "dynamo/prefill";
    met.workers = 2;
    met.present = 2;
    met.missing = 0;
    ExpectedEntry missed = met;
    missed.component = "dynamo/backend";
    missed.workers = 5;
    missed.present = 4;
    missed.missing = 1;
    missed.why = "silent for 10 s";
    fleet.expected = {met, missed};
    EXPECT_THAT(fleet_table(fleet, {}),
                HasSubstr("| dynamo/backend 4 of 5, 1 missing: silent for 10 s | dynamo/prefill 2 "
                          "of 2 | 4 workers"));
    EXPECT_THAT(fleet_table(fleet, {.color = true}), ::testing::StartsWith("\x1b[33m"))
        << "not all is well";
    FleetDocument after = fleet;
    EXPECT_THAT(change_lines(fleet, after), IsEmpty());
    after.expected[1].missing = 2;
    EXPECT_THAT(change_lines(fleet, after),
                ElementsAre(HasSubstr("expected dynamo/backend 4 of 5, 2 missing")));
}

TEST(FleetTable, ShowsLabelsInWideIfAnyoneHasSome) {
    FleetDocument fleet = example();
    EXPECT_THAT(fleet_table(fleet, {.wide = true}), ::testing::Not(HasSubstr("LABELS")));
    fleet.workers[0].labels = {{"tier", "gold"}, {"zone", "a\x1b"}};
    EXPECT_THAT(fleet_table(fleet, {.wide = true}), HasSubstr("tier=gold,zone=a?"));
    EXPECT_THAT(fleet_table(fleet, {}), ::testing::Not(HasSubstr("LABELS")));
}

TEST(FleetTable, CountsWhatItLeavesOut) {
    const std::string table = fleet_table(example(), {.rows_max = 1, .lost_max = 1});
    EXPECT_THAT(table, HasSubstr("\nand 3 more\n"));
    EXPECT_THAT(table, HasSubstr("\nand 1 more lost\n"));
    EXPECT_THAT(table, HasSubstr("4 workers: 2 fresh, 1 stale, 1 unknown; 2 lost"));
}

TEST(FleetTable, NamesOfOthersCannotMoveTheCursor) {
    FleetDocument fleet = example();
    fleet.workers[0].id = "a\x1b[2J\n";
    fleet.workers[0].flags = {"\x1b]0;title\x07"};
    fleet.lost[0].reason = "\x1b[1m";
    fleet.sources[0].target = "\r\n";
    EXPECT_EQ(fleet_table(fleet, {.wide = true}).find('\x1b'), std::string::npos);
    EXPECT_EQ(fleet_table(fleet, {.wide = true}).find('\r'), std::string::npos);
}

TEST(ChangeLines, TellEverythingAtFirst) {
    const auto lines = change_lines({}, example());
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines[0], "10:15:02.114 source nats-1 connected (nats://127.0.0.1:4222)");
    EXPECT_EQ(lines[1],
              "10:15:02.114 source nats-2 disconnected for 12.1s: connection refused "
              "(nats://127.0.0.1:4333)");
    EXPECT_EQ(lines[2],
              "10:15:02.114 dynamo/backend/7587888657184927289 fresh age 42ms running 37/256 "
              "waiting 4 kv 60/27814 0.2%");
}

TEST(ChangeLines, TellOnlyWhatChanged) {
    const FleetDocument before = example();
    FleetDocument after = before;
    EXPECT_THAT(change_lines(before, after), IsEmpty());
    after.workers[0].age_ms = 3.0;
    after.workers[0].missed = 2;
    EXPECT_THAT(change_lines(before, after), IsEmpty()) << "ages and misses are no news";
    after.workers[1].state = "late";
    after.workers.pop_back();
    after.lost.push_back({before.workers[3].id, after.time, "silent for 10 s", {}});
    EXPECT_THAT(change_lines(before, after),
                ElementsAre(HasSubstr(before.workers[1].id + " late"),
                            HasSubstr(before.workers[3].id + " left: silent for 10 s")));
}

}  // namespace
}  // namespace muster
