// Histories follow the view: who comes, who leaves, how deep, and never beyond the bound.
#include "muster/serve/load_history.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/view_builder.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::BuiltRow;
using testing::ViewBuilder;
using namespace std::chrono_literals;

constexpr Time kStart = Time{} + std::chrono::hours(24);
constexpr WallAnchor kAnchor{kStart, WallTime{std::chrono::seconds(1'795'428'900)}};

/// A view at the n-th second, with these workers, each running n + its id.
FleetViewPtr view_at(int second, std::vector<std::uint64_t> ids) {
    ViewBuilder builder(kStart + std::chrono::seconds(second));
    for (const std::uint64_t id : ids) {
        Load load;
        load.set_count(LoadField::running, static_cast<std::uint64_t>(second) + id);
        builder.add({.instance_id = id, .load = load});
    }
    return builder.build();
}

void take(LoadHistory& history, int second, std::vector<std::uint64_t> ids) {
    history.sample(*view_at(second, std::move(ids)), kStart + std::chrono::seconds(second));
}

std::vector<std::uint32_t> running_of(const LoadHistory& history, std::uint64_t id) {
    std::vector<std::uint32_t> running;
    for (const LoadSample& sample : history.of("dynamo/backend/" + std::to_string(id)).samples) {
        running.push_back(sample.running);
    }
    return running;
}

using Numbers = std::vector<std::uint32_t>;

TEST(LoadHistory, KeepsTheLastSamplesOldestFirst) {
    LoadHistory history(3);
    EXPECT_TRUE(history.of("dynamo/backend/10").times.empty());
    for (int second = 1; second <= 5; ++second) take(history, second, {10});
    EXPECT_EQ(running_of(history, 10), (Numbers{13, 14, 15}));
    EXPECT_EQ(history.of("dynamo/backend/10").times.front(), kStart + 3s);
    EXPECT_TRUE(history.of("dynamo/backend/11").samples.empty());
}

TEST(LoadHistory, NewcomersBeginAndWhoLeavesTakesItsOwnAlong) {
    LoadHistory history(4);
    take(history, 1, {20});
    take(history, 2, {10, 20, 30});
    take(history, 3, {10, 30});
    EXPECT_EQ(running_of(history, 10), (Numbers{12, 13}));
    EXPECT_TRUE(running_of(history, 20).empty());
    EXPECT_EQ(running_of(history, 30), (Numbers{32, 33}));
    take(history, 4, {10, 20, 30});
    EXPECT_EQ(running_of(history, 20), (Numbers{24})) << "not what it was before it left";
    EXPECT_EQ(running_of(history, 30), (Numbers{32, 33, 34}));
}

TEST(LoadHistory, ALargeFleetKeepsLessOfEach) {
    constexpr std::size_t kOne = sizeof(LoadSample);
    LoadHistory history(8, 16 * kOne);
    for (int second = 1; second <= 8; ++second) take(history, second, {10});
    EXPECT_EQ(history.depth(), 8U);
    EXPECT_EQ(running_of(history, 10).size(), 8U);
    take(history, 9, {10, 20, 30, 40});  // Four of eight are 32 samples.
    EXPECT_EQ(history.depth(), 4U);
    EXPECT_EQ(running_of(history, 10), (Numbers{16, 17, 18, 19}));
    EXPECT_EQ(running_of(history, 40), (Numbers{49}));
    for (int second = 10; second <= 12; ++second) take(history, second, {10});
    EXPECT_EQ(history.depth(), 8U) << "and more again when others have left";
    EXPECT_EQ(running_of(history, 10).back(), 22U);
    take(history, 13, std::vector<std::uint64_t>{1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
    EXPECT_EQ(history.depth(), 1U) << "the newest sample is always kept";
    EXPECT_EQ(running_of(history, 10), (Numbers{23}));
}

TEST(LoadHistory, SaysWhatIsNotKnown) {
    LoadHistory history(4);
    const Time now = kStart + 1s;
    Load some;
    some.set_count(LoadField::waiting, 7);
    some.set_count(LoadField::running, std::uint64_t{1} << 40);  // More than a sample holds.
    some.set_fraction(LoadField::kv_usage, static_cast<double>(0.4125F));
    history.sample(*ViewBuilder(now)
                        .add({.instance_id = 1, .load = some, .age = 1h})
                        .add({.instance_id = 2, .load = std::nullopt})
                        .build(),
                   now);
    const auto printed = [&](const char* id) {
        std::string text;
        append_history_json(text, history.of(id), 1s, kAnchor);
        return json::parse(text);
    };
    EXPECT_EQ(printed("dynamo/backend/1"), json::parse(R"({
        "interval_ms": 1000, "time": ["2026-11-23T10:15:01.000Z"], "state": ["stale"],
        "running": [null], "waiting": [7], "kv_active_blocks": [null], "kv_usage": [0.4125]})"));
    EXPECT_EQ(printed("dynamo/backend/2")["state"][0], "unknown");
    EXPECT_TRUE(printed("dynamo/backend/2")["waiting"][0].is_null());
    EXPECT_TRUE(printed("nobody")["time"].empty());
}

}  // namespace
}  // namespace muster
