// What is forgotten of a load that cannot be, field by field.
#include "muster/fleet/state/load_check.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

using enum LoadField;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Load whole_load() {
    Load load;
    load.set_count(running, 3);
    load.set_count(slots, 8);
    load.set_count(waiting, 0);
    load.set_count(kv_active_blocks, 60);
    load.set_count(kv_total_blocks, 100);
    load.set_fraction(kv_usage, 0.6);
    load.set_fraction(prefix_hit_rate, 0.5);
    return load;
}

/// "kv_active_blocks field_above_total", and so on.
std::vector<std::string> dropped(const Load& load) {
    std::vector<std::string> words;
    for (const DroppedField& field : check_load(load).dropped.items()) {
        words.push_back(std::string(name_of(field.field)) + " " +
                        std::string(name_of(field.reason)));
    }
    return words;
}

TEST(LoadCheck, LeavesAGoodLoadAlone) {
    const CheckedLoad checked = check_load(whole_load());
    EXPECT_EQ(checked.load, whole_load());
    EXPECT_THAT(dropped(whole_load()), IsEmpty());
}

TEST(LoadCheck, ForgetsMoreActiveThanTotalAndKeepsTheRest) {
    Load load = whole_load();
    load.set_count(kv_active_blocks, 101);
    const CheckedLoad checked = check_load(load);
    EXPECT_THAT(dropped(load), ElementsAre("kv_active_blocks field_above_total"));
    EXPECT_FALSE(checked.load.count(kv_active_blocks).has_value());
    EXPECT_EQ(checked.load.count(kv_total_blocks), 100U);
    EXPECT_EQ(checked.load.count(running), 3U);
}

TEST(LoadCheck, ForgetsMoreRunningThanSlots) {
    Load load = whole_load();
    load.set_count(running, 9);
    EXPECT_FALSE(check_load(load).load.count(running).has_value());
    EXPECT_THAT(dropped(load), ElementsAre("running field_above_total"));
    load.set_count(kv_active_blocks, 101);
    EXPECT_THAT(dropped(load),
                ElementsAre("kv_active_blocks field_above_total", "running field_above_total"))
        << "each field is told";
}

TEST(LoadCheck, ACapacityOfZeroBesideOtherValuesIsUnknownAndSoIsTheUsage) {
    Load load = whole_load();
    load.set_count(kv_total_blocks, 0);
    const CheckedLoad checked = check_load(load);
    EXPECT_THAT(dropped(load),
                ElementsAre("kv_total_blocks field_zero_capacity", "kv_usage field_zero_capacity"));
    EXPECT_FALSE(checked.load.count(kv_total_blocks).has_value());
    EXPECT_FALSE(checked.load.fraction(kv_usage).has_value());
    EXPECT_EQ(checked.load.count(kv_active_blocks), 60U);
}

TEST(LoadCheck, ACapacityOfZeroIsUnknownEvenAmongZeros) {
    Load zeros;
    zeros.set_count(waiting, 0);
    zeros.set_count(slots, 0);
    const CheckedLoad checked = check_load(zeros);
    EXPECT_FALSE(checked.load.count(slots).has_value());
    EXPECT_EQ(checked.load.count(waiting), 0U);
}

TEST(LoadCheck, ForgetsCountsThatADoubleCannotHold) {
    Load load = whole_load();
    load.set_count(waiting, kCountMax);
    EXPECT_EQ(check_load(load).load.count(waiting), kCountMax);
    load.set_count(waiting, kCountMax + 1);
    EXPECT_THAT(dropped(load), ElementsAre("waiting field_out_of_range"));
    EXPECT_FALSE(check_load(load).load.count(waiting).has_value());
}

TEST(LoadCheck, ForgetsFractionsThatAreNone) {
    for (const double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
        Load load = whole_load();
        load.set_fraction(prefix_hit_rate, bad);
        EXPECT_FALSE(check_load(load).load.fraction(prefix_hit_rate).has_value()) << bad;
    }
}

TEST(LoadCheck, KnowsTheZerosOfAStartingWorker) {
    Load zeros;
    EXPECT_FALSE(all_zero(zeros)) << "nothing said is not zero said";
    zeros.set_count(waiting, 0);
    EXPECT_TRUE(all_zero(zeros));
    EXPECT_FALSE(all_zero(whole_load()));
}

}  // namespace
}  // namespace muster
