// The slot between a view and its confirmations: which sequence it speaks of, how it rounds.
#include "muster/fleet/row_slot.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kOrigin = Time{} + 24h;

TEST(RowSlot, SpeaksOnlyOfTheSequenceItConfirms) {
    RowSlot slot(kOrigin);
    slot.confirm(9, kOrigin + 5s);
    EXPECT_EQ(slot.confirmed_at(9), kOrigin + 5s);
    EXPECT_FALSE(slot.confirmed_at(8).has_value());
    EXPECT_FALSE(slot.confirmed_at(10).has_value());
}

TEST(RowSlot, KeepsTheConfirmationOfTheSequenceBefore) {
    RowSlot slot(kOrigin);
    slot.confirm(9, kOrigin + 5s);
    slot.confirm(10, kOrigin + 6s);
    slot.confirm(10, kOrigin + 7s);
    EXPECT_EQ(slot.confirmed_at(9), kOrigin + 5s);
    EXPECT_EQ(slot.confirmed_at(10), kOrigin + 7s);
    slot.confirm(11, kOrigin + 8s);
    EXPECT_FALSE(slot.confirmed_at(9).has_value());
}

TEST(RowSlot, RoundsTimesDown) {
    RowSlot slot(kOrigin);
    slot.confirm(1, kOrigin + 1'999ns);
    EXPECT_EQ(slot.confirmed_at(1), kOrigin + 1us);
    slot.set_alive(kOrigin + 2'500ns);
    EXPECT_EQ(slot.alive_at(), kOrigin + 2us);
}

TEST(RowSlot, KeepsTimesBeforeItsOriginAsItsOrigin) {
    RowSlot slot(kOrigin);
    slot.confirm(1, kOrigin - 1s);
    EXPECT_EQ(slot.confirmed_at(1), kOrigin);
}

TEST(RowSlot, KnowsNoRoundTripUntilOneWasTimed) {
    RowSlot slot(kOrigin);
    EXPECT_FALSE(slot.rtt().has_value());
    slot.set_rtt(0ns);
    EXPECT_EQ(slot.rtt(), 0ns);
}

}  // namespace
}  // namespace muster
