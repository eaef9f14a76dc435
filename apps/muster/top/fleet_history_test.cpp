// Buckets of time: the highest in each, gaps, what is forgotten, and the bound.
#include "top/fleet_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

FleetDocument fleet(const std::string& state, std::optional<double> usage,
                    std::uint64_t waiting = 0) {
    FleetDocument document;
    document.workers.resize(1);
    document.workers[0].id = "a";
    document.workers[0].state = state;
    if (usage) document.workers[0].load.set_fraction(LoadField::kv_usage, *usage);
    document.workers[0].load.set_count(LoadField::waiting, waiting);
    return document;
}

constexpr Time kStart = Time(1000s);
const std::optional<double> kNone;

TEST(FleetHistory, KeepsTheHighestOfEachBucket) {
    FleetHistory history;
    history.record(fleet("fresh", 0.25, 7), kStart);
    history.record(fleet("fresh", 0.5, 3), kStart + 2s);
    history.record(fleet("late", 0.125, 1), kStart + 5s);
    EXPECT_THAT(history.last("a", HistoryOf::kv_usage, 3, kStart + 6s),
                ElementsAre(kNone, 0.5, 0.125));
    EXPECT_THAT(history.last("a", HistoryOf::waiting, 2, kStart + 6s), ElementsAre(7.0, 1.0));
    EXPECT_THAT(history.last("a", HistoryOf::running, 2, kStart + 6s), ElementsAre(kNone, kNone));
    EXPECT_THAT(history.last("b", HistoryOf::waiting, 2, kStart), ElementsAre(kNone, kNone));
}

TEST(FleetHistory, WhatIsOldOrUnknownIsAGap) {
    FleetHistory history;
    history.record(fleet("fresh", 0.25), kStart);
    history.record(fleet("stale", 0.25), kStart + 5s);
    history.record(fleet("fresh", std::nullopt), kStart + 10s);
    history.record(fleet("fresh", 0.0), kStart + 15s);
    EXPECT_THAT(history.last("a", HistoryOf::kv_usage, 4, kStart + 15s),
                ElementsAre(0.25, kNone, kNone, 0.0));
    // Nothing has come since: time goes on all the same.
    EXPECT_THAT(history.last("a", HistoryOf::kv_usage, 3, kStart + 25s),
                ElementsAre(0.0, kNone, kNone));
}

TEST(FleetHistory, OldValuesDoNotComeAgainWhenTheRingTurns) {
    FleetHistory history;
    history.record(fleet("fresh", 0.25), kStart);
    const Duration turn = FleetHistory::kBucket * static_cast<std::int64_t>(FleetHistory::kBuckets);
    history.record(fleet("fresh", 0.75), kStart + turn - FleetHistory::kBucket);
    auto values = history.last("a", HistoryOf::kv_usage, FleetHistory::kBuckets,
                               kStart + turn - FleetHistory::kBucket);
    EXPECT_EQ(values.front(), 0.25);
    EXPECT_EQ(values.back(), 0.75);
    history.record(fleet("fresh", 0.5), kStart + 3 * turn);
    values = history.last("a", HistoryOf::kv_usage, FleetHistory::kBuckets, kStart + 3 * turn);
    EXPECT_EQ(values.back(), 0.5);
    values.pop_back();
    EXPECT_THAT(values, testing::Each(kNone));
}

TEST(FleetHistory, ForgetsWhoIsGoneAndIsBounded) {
    FleetHistory history;
    FleetDocument many = fleet("fresh", 0.25);
    many.workers.resize(FleetHistory::kWorkersMax + 5, many.workers[0]);
    for (std::size_t i = 0; i < many.workers.size(); ++i) many.workers[i].id = std::to_string(i);
    history.record(many, kStart);
    EXPECT_EQ(history.size(), FleetHistory::kWorkersMax);
    history.record(fleet("fresh", 0.25), kStart + 10min);
    EXPECT_EQ(history.size(), 1U);
}

}  // namespace
}  // namespace muster
