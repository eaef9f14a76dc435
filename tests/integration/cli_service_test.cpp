// `muster serve` as a service manager sees it: a real datagram socket in NOTIFY_SOCKET, a real
// broker, real signals; a collector that hangs is one whose thread is held by ptrace(2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/event_client.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/notify_socket.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Duration kDeadline = kLongEnough;

/// A thread of a child process, held while this lives. Made, used and destroyed on one thread.
class HeldThread {
public:
    HeldThread(pid_t process, const std::string& name) {
        for (const auto& task :
             std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
            std::string its_name;
            std::getline(std::ifstream(task.path() / "comm"), its_name);
            if (its_name == name) thread_ = std::stoi(task.path().filename());
        }
        if (thread_ < 0 || ::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0) return;
        int status = 0;
        held_ = ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0 &&
                ::waitpid(thread_, &status, __WALL) == thread_;
    }
    ~HeldThread() {
        if (held_) ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
    }
    HeldThread(const HeldThread&) = delete;
    HeldThread& operator=(const HeldThread&) = delete;
    [[nodiscard]] bool found() const noexcept { return thread_ >= 0; }
    [[nodiscard]] bool held() const noexcept { return held_; }
    /// Whether its process ends though it is held. A process is gone only when this is known.
    [[nodiscard]] bool dies_within(Duration deadline) {
        const bool dead = wait_until(deadline, [&] {
            int status = 0;
            return ::waitpid(thread_, &status, __WALL | WNOHANG) == thread_ &&
                   (WIFSIGNALED(status) || WIFEXITED(status));
        });
        if (dead) held_ = false;
        return dead;
    }

private:
    pid_t thread_ = -1;
    bool held_ = false;
};

class ServiceTest : public ::testing::Test {
protected:
    ServiceTest() {
        SimulatedFleetOptions options;
        options.nats_url = broker_.url();
        auto started = SimulatedFleet::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        if (started) workers_ = std::move(*started);
        config_ = dir_.write("muster.toml", "[nats]\nurl = \"" + broker_.url() + "\"\n");
    }
    void start(const std::string& environment = "") {
        run_.emplace("serve --config '" + config_ + "' --listen " + address_,
                     "NOTIFY_SOCKET='" + socket_.path() + "' " + environment);
    }
    /// Waits until the manager was told so; what it was told up to then is in told_.
    [[nodiscard]] bool hears(const std::string& words) {
        return wait_until(kDeadline, [&] {
            for (std::string& said : socket_.heard()) told_.push_back(std::move(said));
            return std::ranges::find(told_, words) != told_.end();
        });
    }
    /// What it was told, but for the watchdog and the status.
    [[nodiscard]] std::vector<std::string> acts() const {
        std::vector<std::string> acts = told_;
        std::erase_if(acts, [](const std::string& said) {
            return said == "WATCHDOG=1" || said.starts_with("STATUS=");
        });
        return acts;
    }
    [[nodiscard]] SocketResponse ask(const std::string& target) const {
        HttpSocket client(address_);
        client.get(target);
        return client.response();
    }

    NatsServer broker_;
    std::unique_ptr<SimulatedFleet> workers_;
    NotifySocket socket_;
    TempDir dir_;
    std::string config_;
    std::string address_ = "127.0.0.1:" + std::to_string(free_port());
    std::optional<MusterCall> run_;
    std::vector<std::string> told_;
};

TEST_F(ServiceTest, TellsItsManagerWhenItIsReadyReadsAgainAndStops) {
    start();
    ASSERT_TRUE(hears("READY=1")) << run_->err();
    EXPECT_NE(ask("/healthz").status, 0U) << "who starts after it finds it listening";
    EXPECT_TRUE(hears("STATUS=3 workers: 3 fresh | nats-1 connected"));
    EXPECT_THAT(acts(), ElementsAre("READY=1"));

    told_.clear();
    run_->send(SIGHUP);
    ASSERT_TRUE(hears("READY=1")) << run_->err();
    EXPECT_THAT(acts(), ElementsAre("RELOADING=1", "READY=1"));
    EXPECT_THAT(run_->err(), HasSubstr("configuration read again"));

    told_.clear();
    broker_.kill();
    EXPECT_TRUE(hears("STATUS=3 workers: 3 stale | nats-1 disconnected")) << run_->err();

    run_->send(SIGTERM);
    EXPECT_EQ(run_->code(), 0);
    ASSERT_TRUE(hears("STOPPING=1"));
    EXPECT_THAT(acts(), ElementsAre("STOPPING=1")) << "and no watchdog was asked for";
    EXPECT_EQ(std::ranges::count(told_, "WATCHDOG=1"), 0);
}

TEST_F(ServiceTest, WhatCannotStartIsNeverReady) {
    const std::string taken = address_;
    start();
    ASSERT_TRUE(hears("READY=1")) << run_->err();
    const NotifySocket other;
    MusterCall second("serve --config '" + config_ + "' --listen " + taken,
                      "NOTIFY_SOCKET='" + other.path() + "'");
    EXPECT_EQ(second.code(), 3);
    EXPECT_TRUE(other.heard().empty());
}

TEST_F(ServiceTest, AHungCollectorStarvesTheWatchdogAndFailsTheHealthCheck) {
    start("WATCHDOG_USEC=600000");
    ASSERT_TRUE(hears("READY=1")) << run_->err();
    ASSERT_TRUE(hears("WATCHDOG=1")) << run_->err();
    ASSERT_TRUE(wait_until(kDeadline, [&] { return ask("/healthz").status == 200; }));
    std::optional<HeldThread> collector(std::in_place, run_->pid(), "muster-collect");
    ASSERT_TRUE(collector->found()) << "the thread is called so";
    if (!collector->held()) {
        GTEST_SKIP() << "ptrace is forbidden here: run it where a parent may trace its child";
    }
    const Time hung = steady_now();
    ASSERT_TRUE(wait_until(kDeadline, [&] { return ask("/healthz").status == 503; }));
    std::printf("    503 after %.0f ms\n", to_ms(steady_now() - hung));
    // That it is 2 s to the millisecond is shown by http_health_test, whose clock is moved by hand.

    (void)socket_.heard();
    ASSERT_TRUE(wait_until(kDeadline, [&] { return steady_now() - hung > 4s; }));
    const auto later = socket_.heard();
    EXPECT_EQ(std::ranges::count(later, "WATCHDOG=1"), 0) << "a manager would start it anew";
    EXPECT_EQ(ask("/v1/fleet").status, 200U) << "though its other threads go on";

    collector.reset();
    told_.clear();
    EXPECT_TRUE(hears("WATCHDOG=1"));
    EXPECT_TRUE(wait_until(kDeadline, [&] { return ask("/healthz").status == 200; }));
    run_->send(SIGTERM);
    EXPECT_EQ(run_->code(), 0);
}

TEST_F(ServiceTest, AHungCollectorDoesNotKeepItFromEnding) {
    start();
    ASSERT_TRUE(hears("READY=1")) << run_->err();
    ASSERT_TRUE(wait_until(kDeadline, [&] { return ask("/healthz").status == 200; }));
    HeldThread collector(run_->pid(), "muster-collect");
    if (!collector.held()) {
        GTEST_SKIP() << "ptrace is forbidden here: run it where a parent may trace its child";
    }
    ASSERT_TRUE(wait_until(kDeadline, [&] { return ask("/healthz").status == 503; }));
    const Time asked = steady_now();
    run_->send(SIGTERM);
    ASSERT_TRUE(collector.dies_within(kDeadline)) << run_->err();
    std::printf("    ended after %.0f ms\n", to_ms(steady_now() - asked));
    EXPECT_EQ(run_->code(), 1) << "it did not go as it should";
    // Not "something does not stop within 4s": that it waited for less is in the words.
    EXPECT_THAT(run_->err(), HasSubstr("ended by force: the collector has not stepped for "));
}

TEST_F(ServiceTest, EventStreamsEndWellWhenItIsAskedToStop) {
    start();
    ASSERT_TRUE(hears("STATUS=3 workers: 3 fresh | nats-1 connected")) << run_->err();
    std::vector<std::unique_ptr<EventClient>> streams;
    for (int i = 0; i < 20; ++i) {
        streams.push_back(std::make_unique<EventClient>(address_, "/v1/fleet/events"));
        ASSERT_EQ(streams.back()->open().status, 200U);
        ASSERT_TRUE(streams.back()->next()) << "the whole view";
    }
    EventClient stalled(address_, "/v1/fleet/events?max_rate=1000", "", 4096);
    const Time asked = steady_now();
    run_->send(SIGTERM);
    EXPECT_EQ(run_->code(), 0) << run_->err();
    const Duration took = steady_now() - asked;
    std::printf("    ended after %.0f ms\n", to_ms(took));
    EXPECT_LE(took, 1s);
    EXPECT_EQ(run_->err().find("disconnected"), std::string::npos) << "its own stop is no news";
    for (const auto& stream : streams) {
        while (stream->next()) {
        }
        EXPECT_TRUE(stream->ended_well()) << "whole events, and the last chunk";
    }
}

}  // namespace
}  // namespace muster::testing
