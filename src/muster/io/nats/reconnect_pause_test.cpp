// The pause between two attempts to connect, from dice that the test throws.
#include "muster/io/nats/reconnect_pause.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "muster/io/nats/nats_options.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr ReconnectTimes kTimes{.wait = 200ms, .jitter = 100ms};
constexpr std::uint64_t kJitter = 100'000'000;  // In nanoseconds.

TEST(ReconnectPause, UnlessToldOtherwiseFrom200To300Milliseconds) {
    const NatsSourceOptions options;
    EXPECT_EQ(options.reconnect_wait, kTimes.wait);
    EXPECT_EQ(options.reconnect_jitter, kTimes.jitter);
}

TEST(ReconnectPause, TheDiceDecideBetweenTheWaitAndTheWaitWithAllOfTheJitter) {
    EXPECT_EQ(reconnect_pause(1, 1, kTimes, 0), 200ms);
    EXPECT_EQ(reconnect_pause(1, 1, kTimes, kJitter / 4), 225ms);
    EXPECT_EQ(reconnect_pause(1, 1, kTimes, kJitter), 300ms);
    EXPECT_EQ(reconnect_pause(1, 1, kTimes, kJitter + 1), 200ms);
}

TEST(ReconnectPause, WithoutJitterItIsTheWait) {
    const ReconnectTimes times{.wait = 200ms, .jitter = 0ms};
    EXPECT_EQ(reconnect_pause(1, 1, times, 0), 200ms);
    EXPECT_EQ(reconnect_pause(1, 1, times, std::numeric_limits<std::uint64_t>::max()), 200ms);
}

TEST(ReconnectPause, OfSeveralServersThereIsOneAfterEachRoundOfThem) {
    for (std::size_t next = 1; next <= 9; ++next) {
        EXPECT_EQ(reconnect_pause(next, 3, kTimes, 7), next % 3 == 0 ? 200ms + 7ns : 0ns) << next;
    }
}

RC_GTEST_PROP(ReconnectPause, IsNeverOutsideOfWaitAndJitter, (std::uint64_t dice)) {
    const Duration pause = reconnect_pause(1, 1, kTimes, dice);
    RC_ASSERT(pause >= kTimes.wait);
    RC_ASSERT(pause <= kTimes.wait + kTimes.jitter);
}

}  // namespace
}  // namespace muster
