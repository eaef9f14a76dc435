// The latest-value channel: what counts as seen, and what ends a wait.
#include "muster/dynamo/endpoints_channel.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace muster::dynamo {
namespace {

using namespace std::chrono_literals;

ProcessedEndpoints with_average(double average) {
    ProcessedEndpoints set;
    set.load_avg = average;
    return set;
}

TEST(EndpointsChannel, BeginsWithTheDefaultSetWhichCountsAsSeen) {
    EndpointsSender sender;
    EndpointsReceiver receiver = sender.subscribe();
    EXPECT_TRUE(*receiver.borrow() == ProcessedEndpoints{});
    EXPECT_FALSE(receiver.has_changed());
    EXPECT_EQ(receiver.changed(0ms), Changed::timed_out);
}

TEST(EndpointsChannel, KeepsTheLatestOnly) {
    EndpointsSender sender;
    EndpointsReceiver receiver = sender.subscribe();
    ASSERT_TRUE(sender.send(with_average(1)));
    ASSERT_TRUE(sender.send(with_average(2)));
    EXPECT_EQ(receiver.borrow()->load_avg, 2.0);
    EXPECT_TRUE(receiver.has_changed()) << "borrow does not mark it seen";
    EXPECT_EQ(receiver.changed(0ms), Changed::changed);
    EXPECT_EQ(receiver.changed(0ms), Changed::timed_out);
    ASSERT_TRUE(sender.send(with_average(3)));
    EXPECT_EQ(receiver.borrow_and_update()->load_avg, 3.0);
    EXPECT_FALSE(receiver.has_changed());
}

TEST(EndpointsChannel, ACopyHasSeenWhatItsOriginalHadSeen) {
    EndpointsSender sender;
    EndpointsReceiver original = sender.subscribe();
    ASSERT_TRUE(sender.send(with_average(1)));
    EndpointsReceiver copy = original;
    EXPECT_EQ(copy.changed(0ms), Changed::changed);
    EXPECT_TRUE(original.has_changed());
    EndpointsReceiver later = sender.subscribe();
    EXPECT_FALSE(later.has_changed());
}

TEST(EndpointsChannel, SendingToNobodyFailsAndKeepsNothing) {
    EndpointsSender sender;
    std::optional<EndpointsReceiver> receiver = sender.subscribe();
    EXPECT_EQ(sender.receiver_count(), 1U);
    EndpointsReceiver moved = std::move(*receiver);
    receiver.reset();
    EXPECT_EQ(sender.receiver_count(), 1U);
    {
        const EndpointsReceiver taken = std::move(moved);
        EXPECT_TRUE(sender.send(with_average(1)));
    }
    EXPECT_EQ(sender.receiver_count(), 0U);
    EXPECT_FALSE(sender.send(with_average(2)));
    EXPECT_EQ(sender.subscribe().borrow()->load_avg, 1.0);
}

TEST(EndpointsChannel, AWaitEndsByAChangeAStopOrTheEndOfTheSender) {
    std::optional<EndpointsSender> sender(std::in_place);
    EndpointsReceiver receiver = sender->subscribe();
    {
        std::jthread sends([&] { EXPECT_TRUE(sender->send(with_average(5))); });
        EXPECT_EQ(receiver.changed(1min), Changed::changed);
    }
    std::stop_source stop;
    {
        std::jthread stops([&] { stop.request_stop(); });
        EXPECT_EQ(receiver.changed(Duration::max(), stop.get_token()), Changed::stopped);
    }
    EXPECT_TRUE(sender->send(with_average(6)));
    {
        std::jthread ends([&] { sender.reset(); });
    }
    EXPECT_EQ(receiver.changed(1min), Changed::changed) << "what was sent before the end counts";
    EXPECT_EQ(receiver.changed(1min), Changed::closed);
    EXPECT_EQ(receiver.borrow()->load_avg, 6.0);
}

}  // namespace
}  // namespace muster::dynamo
