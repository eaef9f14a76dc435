// What an operator is told at which level, and in which words.
#include "event_log.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

std::string told(FleetEventKind kind, const std::string& subject, const std::string& detail) {
    return text_of(record_of({.kind = kind, .subject = subject, .detail = detail}));
}

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

TEST(EventLog, AnEventNamesWhatItIsAbout) {
    EXPECT_EQ(told(FleetEventKind::worker_lost, "dynamo/backend/7", "silent for 10 s"),
              R"(warning [fleet] worker lost: worker=dynamo/backend/7 detail="silent for 10 s")");
    EXPECT_EQ(told(FleetEventKind::workers_missing, "dynamo/backend", "2 of 3"),
              R"(warning [fleet] workers missing: component=dynamo/backend detail="2 of 3")");
    EXPECT_EQ(told(FleetEventKind::mass_silence_ended, "dynamo/backend", ""),
              "info [fleet] mass silence ended: component=dynamo/backend");
    EXPECT_EQ(told(FleetEventKind::source_connected, "nats-1", ""),
              "info [nats-1] source connected");
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
