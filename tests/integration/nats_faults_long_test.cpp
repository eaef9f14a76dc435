// A broker paused for longer than a worker may be silent: nobody is lost, nothing is queued.
// Takes 30 s by its nature.
#include "watched_faults.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::steady_now;
using testing::wait_until;

class NatsFaultsLong : public testing::NatsFaultsTest {};

TEST_F(NatsFaultsLong, BrokerPausedForThirtySeconds) {
    begin();
    const Time paused = steady_now();
    server_.pause();
    (void)take_questions();
    const auto asked_before = asked();
    watched_->expect_said_within_two_seconds(paused);
    const std::string said = muster().says("no greeting");
    EXPECT_NE(said.find("is the broker paused?"), std::string::npos) << said;
    testing::watch_for(30s - (steady_now() - paused));
    const auto asked_meanwhile = asked() - asked_before;
    EXPECT_LE(asked_meanwhile, 3U);
    EXPECT_EQ(muster().source_info().state, SourceState::disconnected);
    watched_->expect_never_fewer_than(testing::kWorkers);
    expect_the_seed_went_blind();
    server_.resume();
    const Time back = steady_now();
    watched_->expect_back(back, asked_before + asked_meanwhile, workers_);
    // Of those asked in the pause at most three come, and those asked since.
    EXPECT_LE(take_questions(), 3U + asked() - asked_before - asked_meanwhile);
    EXPECT_EQ(workers_.questions_without_reply(), 0U);
}

}  // namespace
}  // namespace muster
