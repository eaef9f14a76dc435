// What is learnt from a fleet, and what the check says of it.
#include "expect_command.hpp"

#include <gtest/gtest.h>

#include "check_command.hpp"
#include "flags/config_file.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

FleetDocument fleet_of(std::initializer_list<const char*> ids) {
    FleetDocument fleet;
    fleet.time = parse_rfc3339("2026-11-23T10:15:02.114Z");
    for (const std::string id : ids) {
        WorkerEntry worker;
        worker.id = id;
        worker.component = id.substr(0, id.rfind('/'));
        worker.state = "fresh";
        fleet.workers.push_back(worker);
    }
    return fleet;
}

TEST(ExpectLearn, CountsByComponentWhatWouldCountAsPresent) {
    FleetDocument fleet = fleet_of({"a/b/1", "a/b/2", "a/b/3", "c/d/1"});
    fleet.workers[1].state = "stale";
    fleet.workers[2].flags = {"frozen", "zombie"};
    fleet.lost.push_back({"c/d/9", std::nullopt, "silent for 10 s", {}});
    fleet.lost.push_back({"e/f/1", std::nullopt, "silent for 10 s", {}});
    const std::string section = learnt_section(fleet);
    EXPECT_EQ(section,
              "# What was there at 2026-11-23T10:15:02Z. Look it over, then put it into "
              "muster.toml.\n"
              "# Not counted: 1 of \"a/b\", lost or about to be.\n"
              "# Not counted: 1 of \"c/d\", lost or about to be.\n"
              "# Not counted: 1 of \"e/f\", lost or about to be.\n"
              "[expect]\n\"a/b\" = 2\n\"c/d\" = 1\n");
    const auto file = parse_config(section, "f");
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(file->tables.expected, (std::vector<Expectation>{{"a/b", 2}, {"c/d", 1}}));
    EXPECT_EQ(learnt_section(fleet_of({})), "");
}

TEST(CheckFleet, AFleetIsAsExpectedOnlyIfAllIsKnownAndWell) {
    FleetDocument fleet = fleet_of({"a/b/1"});
    ExpectedEntry expected;
    expected.component = "a/b";
    expected.workers = 1;
    expected.present = 1;
    expected.missing = 0;
    fleet.expected = {expected};
    EXPECT_TRUE(verdict_on(fleet).as_expected);
    EXPECT_EQ(verdict_on(fleet).words, "a/b 1 of 1\n");
    fleet.expected[0].missing = std::nullopt;
    EXPECT_FALSE(verdict_on(fleet).as_expected);
    fleet.expected[0].missing = 1;
    fleet.expected[0].present = 0;
    fleet.expected[0].why = "silent for 10 s";
    EXPECT_FALSE(verdict_on(fleet).as_expected);
    EXPECT_EQ(verdict_on(fleet).words, "a/b 0 of 1, 1 missing: silent for 10 s\n");
    fleet.expected[0].missing = 0;
    SourceEntry source;
    source.id = "nats-1";
    source.state = "disconnected";
    source.since = parse_rfc3339("2026-11-23T10:14:50.114Z");
    source.reason = "connection refused";
    fleet.sources = {source};
    EXPECT_FALSE(verdict_on(fleet).as_expected) << "nothing is heard of them";
    EXPECT_EQ(verdict_on(fleet).words,
              "a/b 0 of 1\nnats-1 disconnected for 12.0s: connection refused\n");
}

}  // namespace
}  // namespace muster
