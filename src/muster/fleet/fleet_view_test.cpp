// same_row() must look at every column: who keeps what was made of a row believes it.
#include "muster/fleet/fleet_view.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;

// A column that is added must be compared by same_row() and listed below; then correct this size.
static_assert(sizeof(FleetBlock) == 8 + kBlockRows * (9 * 8 + 3 * 4 + 5) + 16);

FleetBlock block_of_two() {
    FleetBlock block;
    block.rows = 2;
    for (const std::size_t i : {0U, 1U}) {
        block.sequence[i] = 1;
        block.as_of[i] = Time{} + 1s;
        block.running[i] = block.slots[i] = block.waiting[i] = 2;
        block.kv_active_blocks[i] = block.kv_total_blocks[i] = 3;
        block.kv_usage[i] = block.prefix_hit_rate[i] = 0.5;
        block.interval_us[i] = block.patience_us[i] = block.generation[i] = 4;
        block.known[i] = LoadFields{};
        block.flags[i] = WorkerFlags{};
        block.road[i] = Road::polled;
        block.cut_off[i] = block.triggers_only[i] = false;
    }
    return block;
}

TEST(SameRow, LooksAtEveryColumn) {
    const FleetBlock block = block_of_two();
    EXPECT_TRUE(same_row({block, 0}, {block, 1}));
    const std::vector<std::function<void(FleetBlock&)>> changes = {
        [](FleetBlock& b) { b.sequence[1] = 9; },
        [](FleetBlock& b) { b.as_of[1] = Time{}; },
        [](FleetBlock& b) { b.running[1] = 9; },
        [](FleetBlock& b) { b.slots[1] = 9; },
        [](FleetBlock& b) { b.waiting[1] = 9; },
        [](FleetBlock& b) { b.kv_active_blocks[1] = 9; },
        [](FleetBlock& b) { b.kv_total_blocks[1] = 9; },
        [](FleetBlock& b) { b.kv_usage[1] = 0.25; },
        [](FleetBlock& b) { b.prefix_hit_rate[1] = 0.25; },
        [](FleetBlock& b) { b.interval_us[1] = 9; },
        [](FleetBlock& b) { b.patience_us[1] = 9; },
        [](FleetBlock& b) { b.generation[1] = 9; },
        [](FleetBlock& b) { b.known[1].add(LoadField::running); },
        [](FleetBlock& b) { b.flags[1].set(WorkerFlag::frozen, true); },
        [](FleetBlock& b) { b.road[1] = Road::pushed_on_change; },
        [](FleetBlock& b) { b.cut_off[1] = true; },
        [](FleetBlock& b) { b.triggers_only[1] = true; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        FleetBlock changed = block;
        changes[i](changed);
        EXPECT_FALSE(same_row({changed, 0}, {changed, 1})) << i;
        EXPECT_FALSE(same_row({block, 1}, {changed, 1})) << i;
        EXPECT_TRUE(same_row({changed, 1}, {changed, 1})) << i;
    }
}

TEST(SameRow, ComparesExtrasByWhatTheySay) {
    const auto with = [](RowExtrasPtr extras) {
        FleetBlock block = block_of_two();
        auto column = std::make_shared<FleetBlock::Column<RowExtrasPtr>>();
        (*column)[0] = std::move(extras);
        block.extras = std::move(column);
        return block;
    };
    const auto silent = [](Time since) {
        auto extras = std::make_shared<RowExtras>();
        extras->silent_since = since;
        return extras;
    };
    const FleetBlock none = block_of_two();
    const FleetBlock one = with(silent(Time{} + 1s));
    const FleetBlock same = with(silent(Time{} + 1s));
    const FleetBlock other = with(silent(Time{} + 2s));
    EXPECT_TRUE(same_row({one, 0}, {same, 0}));
    EXPECT_FALSE(same_row({one, 0}, {other, 0}));
    EXPECT_FALSE(same_row({one, 0}, {none, 0}));
    EXPECT_TRUE(same_row({one, 1}, {none, 0})) << "a column of extras with none for this row";
}

}  // namespace
}  // namespace muster
