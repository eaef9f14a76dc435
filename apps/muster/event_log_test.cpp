// What an operator is told at which level, and in which words.
#include "event_log.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(EventLog, TroubleIsAWarningAndTheRestIsNot) {
    for (const auto kind : {FleetEventKind::worker_lost, FleetEventKind::source_disconnected,
                            FleetEventKind::workers_missing, FleetEventKind::flag_raised}) {
        EXPECT_EQ(level_of(kind), LogLevel::warning);
    }
    for (const auto kind : {FleetEventKind::worker_appeared, FleetEventKind::source_connected,
                            FleetEventKind::workers_complete, FleetEventKind::worker_state}) {
        EXPECT_EQ(level_of(kind), LogLevel::info);
    }
}

TEST(EventLog, LevelsHaveNames) {
    EXPECT_EQ(log_level_of("debug"), LogLevel::debug);
    EXPECT_EQ(log_level_of("error"), LogLevel::error);
    EXPECT_FALSE(log_level_of("loud"));
    EXPECT_FALSE(log_level_of(""));
}

TEST(EventLog, RulesAreToldByWhatTheyDidSince) {
    RuleCounts before;
    before.fired(Rule::load_changed);
    RuleCounts now = before;
    EXPECT_EQ(rules_line(before, now), "");
    now.fired(Rule::load_changed);
    now.fired(Rule::load_changed);
    now.fired(Rule::round_missed);
    EXPECT_EQ(rules_line(before, now), "load_changed +2, round_missed +1");
}

}  // namespace
}  // namespace muster
