// Statistics against worked examples, the naive formulas, and the empty fleet.
#include "muster/fleet/statistics.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// A view of one fresh worker per value.
FleetViewPtr view_with(const std::vector<std::uint64_t>& values, Time now) {
    FleetState state({}, now);
    const SourceId source = state.add_source({.id = "s", .kind = "k", .target = "t"}, now);
    const ComponentId component = state.add_component(source, {.name = "n/c"}, now);
    state.connected(source, now);
    const RoundId round = state.begin_round(component, now).round;
    std::uint64_t id = 0;
    for (const std::uint64_t value : values) {
        Load load;
        load.set_count(LoadField::kv_active_blocks, value);
        load.set_count(LoadField::slots, 1);
        Answer answer;
        answer.component = component;
        answer.round = round;
        answer.received = now;
        answer.instance.id = ++id;
        answer.load = &load;
        (void)state.apply(answer);
    }
    return state.freeze(now);
}

TEST(Statistics, OfNoWorkerAreAbsentNotZero) {
    const FleetStatistics stats = statistics_at(FleetView(), Time{} + 1h);
    EXPECT_EQ(stats.kv_active_blocks.count, 0U);
    EXPECT_FALSE(stats.kv_active_blocks.mean || stats.kv_active_blocks.stddev ||
                 stats.kv_active_blocks.min || stats.kv_active_blocks.sum || stats.oldest_age);
}

TEST(Statistics, OfTheWorkedExample) {
    const Time now = Time{} + 24h;
    const FleetStatistics stats = statistics_at(*view_with({10, 20, 60}, now), now);
    EXPECT_EQ(stats.kv_active_blocks.count, 3U);
    EXPECT_DOUBLE_EQ(*stats.kv_active_blocks.mean, 30.0);
    EXPECT_DOUBLE_EQ(*stats.kv_active_blocks.stddev, 21.602468994692867);
    EXPECT_EQ(*stats.kv_active_blocks.min, 10.0);
    EXPECT_EQ(*stats.kv_active_blocks.max, 60.0);
    EXPECT_EQ(*stats.kv_active_blocks.sum, 90.0);
    EXPECT_EQ(stats.waiting.count, 0U) << "a field that nobody reported";
}

TEST(Statistics, KeepTheirPrecisionFarFromZero) {
    const Time now = Time{} + 24h;
    constexpr std::uint64_t kFar = 1'000'000'000'000;
    const FleetStatistics stats = statistics_at(*view_with({kFar, kFar + 1, kFar + 2}, now), now);
    EXPECT_NEAR(*stats.kv_active_blocks.stddev, std::sqrt(2.0 / 3.0), 1e-9);
}

TEST(Statistics, LeaveOutTheStale) {
    const Time now = Time{} + 24h;
    const FleetViewPtr view = view_with({10, 20, 60}, now);
    const FleetStatistics stats = statistics_at(*view, now + 3s);
    EXPECT_EQ(stats.kv_active_blocks.count, 0U);
    EXPECT_EQ(stats.workers[static_cast<std::size_t>(WorkerState::stale)], 3U);
}

RC_GTEST_PROP(Statistics, AgreeWithTheNaiveFormulas, ()) {
    const auto small = *rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::inRange<std::uint64_t>(1, 1'000'000));
    RC_PRE(!small.empty());
    const Time now = Time{} + 24h;
    const Statistic shown = statistics_at(*view_with(small, now), now).kv_active_blocks;
    double sum = 0;
    for (const std::uint64_t v : small) sum += static_cast<double>(v);
    const double mean = sum / static_cast<double>(small.size());
    double m2 = 0;
    for (const std::uint64_t v : small)
        m2 += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
    const double stddev = std::sqrt(m2 / static_cast<double>(small.size()));
    RC_ASSERT(shown.count == small.size());
    RC_ASSERT(*shown.sum == sum);
    RC_ASSERT(std::abs(*shown.mean - mean) <= 1e-9 * mean);
    RC_ASSERT(std::abs(*shown.stddev - stddev) <= 1e-9 * (stddev + mean));
}

}  // namespace
}  // namespace muster
