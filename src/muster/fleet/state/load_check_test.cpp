// What is forgotten of a load that cannot be, field by field.
#include "muster/fleet/state/load_check.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

using enum LoadField;

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

TEST(LoadCheck, LeavesAGoodLoadAlone) {
    const CheckedLoad checked = check_load(whole_load());
    EXPECT_EQ(checked.load, whole_load());
    EXPECT_FALSE(checked.reason.has_value());
}

TEST(LoadCheck, ForgetsMoreActiveThanTotalAndKeepsTheRest) {
    Load load = whole_load();
    load.set_count(kv_active_blocks, 101);
    const CheckedLoad checked = check_load(load);
    EXPECT_EQ(checked.reason, RejectReason::field_above_total);
    EXPECT_FALSE(checked.load.count(kv_active_blocks).has_value());
    EXPECT_EQ(checked.load.count(kv_total_blocks), 100U);
    EXPECT_EQ(checked.load.count(running), 3U);
}

TEST(LoadCheck, ForgetsMoreRunningThanSlots) {
    Load load = whole_load();
    load.set_count(running, 9);
    EXPECT_FALSE(check_load(load).load.count(running).has_value());
}

TEST(LoadCheck, ACapacityOfZeroBesideOtherValuesIsUnknownAndSoIsTheUsage) {
    Load load = whole_load();
    load.set_count(kv_total_blocks, 0);
    const CheckedLoad checked = check_load(load);
    EXPECT_EQ(checked.reason, RejectReason::field_zero_capacity);
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
    EXPECT_EQ(check_load(load).reason, RejectReason::field_out_of_range);
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
