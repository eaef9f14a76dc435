// ServiceNotifier against a real datagram socket, with views built by hand and a time moved by
// hand.
#include "service_notifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/notify_socket.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Time kNow = Time(100s);

struct Variable {
    Variable(const char* name, const std::string& value) : name_(name) {
        ::setenv(name, value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

class ServiceNotifierTest : public ::testing::Test {
protected:
    /// A view whose collector stepped at `kNow`, for as long as pulse_ is not touched.
    FleetViewPtr view(std::size_t workers, SourceState state = SourceState::connected) {
        testing::ViewBuilder builder(kNow);
        for (std::size_t i = 0; i < workers; ++i) builder.add({.instance_id = i});
        SourceInfo source;
        source.id = "nats-1";
        source.state = state;
        builder.source(source);
        pulse_ = builder.pulse();
        return builder.build();
    }
    void step_at(Time when) { pulse_->last_step_nanos = when.time_since_epoch().count(); }

    testing::NotifySocket socket_;
    Variable name_{"NOTIFY_SOCKET", socket_.path()};
    std::shared_ptr<CollectorPulse> pulse_;
};

TEST_F(ServiceNotifierTest, TellsWhatHappensInItsOrder) {
    ServiceNotifier notifier(2s);
    notifier.ready();
    notifier.reloading();
    notifier.ready();
    notifier.stopping();
    EXPECT_THAT(socket_.heard(), ElementsAre("READY=1", "RELOADING=1", "READY=1", "STOPPING=1"));
}

TEST_F(ServiceNotifierTest, TheStatusIsToldWhenItChangesAndAtMostOnceASecond) {
    ServiceNotifier notifier(2s);
    notifier.look(*view(2), kNow);
    EXPECT_THAT(socket_.heard(), ElementsAre("STATUS=2 workers: 2 fresh | nats-1 connected"));
    notifier.look(*view(2), kNow + 100ms);
    const auto broken = view(1, SourceState::disconnected);
    notifier.look(*broken, kNow + 999ms);
    EXPECT_THAT(socket_.heard(), IsEmpty());
    notifier.look(*broken, kNow + 1s);
    EXPECT_THAT(socket_.heard(), ElementsAre("STATUS=1 worker: 1 late | nats-1 disconnected"));
    notifier.look(*broken, kNow + 1100ms);
    EXPECT_THAT(socket_.heard(), IsEmpty());
}

TEST_F(ServiceNotifierTest, AStatusIsNotLongerForManySourcesOrOddNames) {
    testing::ViewBuilder builder(kNow);
    for (int i = 0; i < 6; ++i) {
        SourceInfo source;
        source.id = "a\n" + std::to_string(i);
        builder.source(source);
    }
    EXPECT_EQ(status_line(*builder.build(), kNow),
              "0 workers | a?0 disconnected | a?1 disconnected | a?2 disconnected | "
              "a?3 disconnected | and 2 more");
}

TEST_F(ServiceNotifierTest, FeedsTheWatchdogByTheCollectorsSteps) {
    const Variable watched("WATCHDOG_USEC", "9000000");
    ServiceNotifier notifier(2s);
    EXPECT_EQ(notifier.look_every(), 1500ms);
    const auto held = view(1);
    notifier.look(*held, kNow + 2s);
    EXPECT_THAT(socket_.heard(), Contains("WATCHDOG=1"));
    notifier.look(*held, kNow + 2s);
    step_at(kNow + 4999ms);
    notifier.look(*held, kNow + 4999ms);
    EXPECT_THAT(socket_.heard(), Not(Contains("WATCHDOG=1"))) << "every 3 s is enough";
    notifier.look(*held, kNow + 5s);
    EXPECT_THAT(socket_.heard(), Contains("WATCHDOG=1"));
}

TEST_F(ServiceNotifierTest, ACollectorThatHangsStarvesTheWatchdogUntilItStepsAgain) {
    const Variable watched("WATCHDOG_USEC", "300000");
    ServiceNotifier notifier(2s);
    const auto held = view(1);
    notifier.look(*held, kNow + 2s + 1ns);
    notifier.look(*held, kNow + 60s);
    EXPECT_THAT(socket_.heard(), Not(Contains("WATCHDOG=1")));
    step_at(kNow + 60s);
    notifier.look(*held, kNow + 60s);
    EXPECT_THAT(socket_.heard(), Contains("WATCHDOG=1"));
}

TEST_F(ServiceNotifierTest, WithoutAWatchdogNothingIsFed) {
    ServiceNotifier notifier(2s);
    EXPECT_FALSE(notifier.look_every());
    notifier.look(*view(1), kNow);
    EXPECT_THAT(socket_.heard(), Not(Contains("WATCHDOG=1")));
}

TEST_F(ServiceNotifierTest, WithoutAManagerEveryCallIsSilent) {
    const Variable watched("WATCHDOG_USEC", "300000");
    ::unsetenv("NOTIFY_SOCKET");
    ServiceNotifier notifier(2s);
    EXPECT_FALSE(notifier.look_every());
    notifier.ready();
    notifier.look(*view(1), kNow);
    notifier.stopping();
    EXPECT_THAT(socket_.heard(), IsEmpty());
}

}  // namespace
}  // namespace muster
