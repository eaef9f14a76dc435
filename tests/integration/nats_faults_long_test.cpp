// A broker paused for longer than a worker may be silent: nobody is lost, nothing is queued.
// Takes 30 s by its nature.
#include <gtest/gtest.h>

#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/view_poller.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::steady_now;
using testing::wait_until;

TEST(NatsFaultsLong, BrokerPausedForThirtySeconds) {
    testing::NatsServer server;
    testing::NatsWorkers workers({.url = server.url(), .workers = 8});
    testing::NatsMuster muster(testing::options_for(server.url()));
    testing::ViewPoller poller(muster.host().view_cell());
    ASSERT_TRUE(wait_until(kPatience, [&] { return muster.view()->size() == 8; }));
    ASSERT_TRUE(muster.is(SourceState::connected));
    poller.reset();
    server.pause();
    (void)workers.take_questions();
    const Time paused = steady_now();
    const auto asked_before = muster.counters()->asked.load();
    ASSERT_TRUE(wait_until(2s, [&] { return poller.first_trouble().has_value(); }));
    const std::string said = muster.says("no greeting");
    EXPECT_NE(said.find("is the broker paused?"), std::string::npos) << said;
    (void)wait_until(30s - (steady_now() - paused), [] { return false; }, 10ms);
    const auto asked_meanwhile = muster.counters()->asked.load() - asked_before;
    EXPECT_LE(asked_meanwhile, 3U);
    EXPECT_EQ(muster.source_info().state, SourceState::disconnected);
    server.resume();
    const Time back = steady_now();
    ASSERT_TRUE(wait_until(
        kPatience, [&] { return muster.counters()->asked.load() > asked_before + asked_meanwhile; },
        1ms));
    std::printf("    first question after the return %.1f ms\n", to_ms(steady_now() - back));
    EXPECT_LE(steady_now() - back, 1s);
    // Workers connect again in their own time; none of them was ever lost to us.
    ASSERT_TRUE(wait_until(kPatience, [&] {
        const auto view = muster.view();
        std::size_t fresh = 0;
        for (std::size_t row = 0; row < view->size(); ++row) {
            fresh += view->state_at(row, steady_now()) == WorkerState::fresh ? 1 : 0;
        }
        return fresh == 8;
    }));
    EXPECT_EQ(poller.fewest_workers(), 8U);
    EXPECT_TRUE(muster.view()->tombstones().empty());
    const auto asked_after = muster.counters()->asked.load() - asked_before - asked_meanwhile;
    EXPECT_LE(workers.take_questions().size(), 3U + asked_after);
}

}  // namespace
}  // namespace muster
