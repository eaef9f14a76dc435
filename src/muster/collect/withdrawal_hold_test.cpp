// WithdrawalHold: what listings may take away, with a hand-moved clock.
#include "muster/collect/withdrawal_hold.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;
using Names = WithdrawalHold::Names;
using Outcome = WithdrawalHold::Outcome;

constexpr Time kNow = Time{} + 1000s;

TEST(WithdrawalHold, TakesWhatIsListed) {
    WithdrawalHold hold;
    EXPECT_EQ(hold.judge({}, kNow), Outcome::taken) << "nobody yet";
    EXPECT_EQ(hold.judge({"a", "b", "c", "d"}, kNow), Outcome::taken);
    EXPECT_EQ(hold.judge({"a", "b", "c"}, kNow), Outcome::taken);
    EXPECT_EQ(hold.workers(), (Names{"a", "b", "c"}));
}

TEST(WithdrawalHold, AnEmptyListingIsAnOutage) {
    WithdrawalHold hold;
    (void)hold.judge({"a"}, kNow);
    EXPECT_EQ(hold.judge({}, kNow + 1h), Outcome::outage);
    EXPECT_EQ(hold.workers(), Names{"a"});
}

TEST(WithdrawalHold, HalfIsHeldUntilItIsSeenAgain) {
    WithdrawalHold hold;
    (void)hold.judge({"a", "b", "c", "d", "e", "f"}, kNow);
    EXPECT_EQ(hold.judge({"a", "b", "c", "x"}, kNow + 1s), Outcome::held);
    EXPECT_EQ(hold.workers(), (Names{"a", "b", "c", "d", "e", "f", "x"})) << "the new one comes";
    EXPECT_EQ(hold.judge({"a", "b", "c", "x"}, kNow + 10s), Outcome::taken)
        << "three of seven are no half any more";
}

TEST(WithdrawalHold, HeldForTenSeconds) {
    WithdrawalHold hold;
    (void)hold.judge({"a", "b", "c", "d"}, kNow);
    EXPECT_EQ(hold.judge({"a"}, kNow + 1s), Outcome::held);
    EXPECT_EQ(hold.judge({"a"}, kNow + 10s), Outcome::held);
    EXPECT_EQ(hold.judge({"a"}, kNow + 11s), Outcome::taken);
    EXPECT_EQ(hold.workers(), Names{"a"});
}

TEST(WithdrawalHold, OthersMissingBeginTheHoldAnew) {
    WithdrawalHold hold;
    (void)hold.judge({"a", "b", "c", "d", "e", "f"}, kNow);
    EXPECT_EQ(hold.judge({"a", "b"}, kNow + 1s), Outcome::held);
    EXPECT_EQ(hold.judge({"a", "c"}, kNow + 12s), Outcome::held);
    EXPECT_EQ(hold.judge({"a", "b", "c", "d", "e", "f"}, kNow + 13s), Outcome::taken);
    EXPECT_EQ(hold.judge({"a", "c"}, kNow + 23s), Outcome::held) << "it was over in between";
}

}  // namespace
}  // namespace muster
