// What the tests of faults on a real nats-server share: a broker, workers behind it, muster with a
// `/v1/fleet`, the seed's own loop, and pollers that look at each of the three every 10 ms.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/wire/rfc3339.hpp"
#include "seed_loop.hpp"
#include "support/fleet_poller.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/view_poller.hpp"

namespace muster::testing {

inline constexpr std::size_t kWorkers = 8;

/// Shows a measurement, and keeps it with the test's result.
inline void report(const char* what, Duration measured) {
    std::printf("    %-52s %8.1f ms\n", what, to_ms(measured));
    ::testing::Test::RecordProperty(what, std::to_string(to_ms(measured)));
}

/// muster on a NATS server, its HTTP API, and the pollers of both.
class WatchedMuster {
public:
    explicit WatchedMuster(NatsSourceOptions options)
        : muster_(std::move(options)), wall_(muster_.host().clock()) {
        FleetServerOptions server;
        server.http.listen = "127.0.0.1:0";
        auto started = FleetServer::start(muster_.host().view_cell(), muster_.host().clock(), wall_,
                                          "7f3a9c", server);
        if (!started) throw std::runtime_error(started.error().what);
        server_ = std::move(*started);
        view_poller_ = std::make_unique<ViewPoller>(muster_.host().view_cell());
        fleet_poller_ = std::make_unique<FleetPoller>(server_->address());
    }

    NatsMuster& muster() { return muster_; }
    ViewPoller& views() { return *view_poller_; }
    FleetPoller& fleets() { return *fleet_poller_; }
    [[nodiscard]] const std::string& address() const { return server_->address(); }
    void forget_what_was_seen() {
        view_poller_->reset();
        fleet_poller_->reset();
    }
    std::size_t fresh() {
        const auto view = muster_.view();
        std::size_t count = 0;
        for (std::size_t row = 0; row < view->size(); ++row) {
            count += view->state_at(row, steady_now()) == WorkerState::fresh ? 1 : 0;
        }
        return count;
    }
    std::uint64_t asked() { return muster_.counters()->asked.load(); }

    /// No view and no answer of the API had fewer workers, or a lost one.
    void expect_never_fewer_than(std::size_t workers) {
        // At least one answer that was asked for after all that happened.
        const std::size_t answers = fleet_poller_->answers();
        ASSERT_TRUE(wait_until(kPatience, [&] { return fleet_poller_->answers() > answers + 1; }));
        EXPECT_EQ(view_poller_->fewest_workers(), workers);
        EXPECT_EQ(fleet_poller_->fewest_workers(), workers);
        EXPECT_EQ(fleet_poller_->most_lost(), 0U);
        EXPECT_EQ(fleet_poller_->failures(), 0U);
        EXPECT_TRUE(muster_.view()->tombstones().empty());
    }
    /// Both pollers saw the trouble within 2 s of `since`, in words and with its beginning: a
    /// moment between `since`, just before the fault was made, and when they saw it.
    void expect_said_within_two_seconds(Time since) {
        ASSERT_TRUE(wait_until(kPatience, [&] {
            return view_poller_->first_trouble() && fleet_poller_->first_trouble();
        }));
        const auto trouble = view_poller_->first_trouble().value();
        report("trouble said after", trouble.when - since);
        std::printf("    \"%s\"\n", trouble.reason.c_str());
        EXPECT_LE(trouble.when - since, std::chrono::seconds(2));
        EXPECT_FALSE(trouble.reason.empty());
        EXPECT_GE(to_ms(trouble.since - since), 0);
        EXPECT_LE(to_ms(trouble.since - trouble.when), 0);
        const auto told = fleet_poller_->first_trouble().value();
        report("the same by /v1/fleet", told.when - since);
        EXPECT_LE(told.when - since, std::chrono::seconds(2));
        EXPECT_FALSE(told.reason.empty());
        const auto told_since = parse_rfc3339(told.since);
        ASSERT_TRUE(told_since) << told.since;
        // Shown by the server's own anchor, and cut off to the millisecond.
        EXPECT_GT(to_ms(*told_since - wall_.wall_at(since)), -1) << told.since;
        EXPECT_LE(to_ms(*told_since - wall_.wall_at(told.when)), 0) << told.since;
    }
    /// A question left within 1 s of `since`, the source is connected, and every worker was heard
    /// within one interval of the first question or of its own return, whichever came later.
    void expect_back(Time since, std::uint64_t asked_before, const NatsWorkers& workers) {
        ASSERT_TRUE(wait_until(
            kPatience, [&] { return asked() > asked_before; }, std::chrono::milliseconds(1)));
        const Time first_question = steady_now();
        report("first question after the return", first_question - since);
        EXPECT_LE(first_question - since, std::chrono::seconds(1));
        ASSERT_TRUE(wait_until(
            kPatience, [&] { return fresh() == kWorkers; }, std::chrono::milliseconds(1)));
        const Duration heard = steady_now() - std::max(workers.connected_at(), first_question);
        report("all workers fresh after their own return", heard);
        const Duration interval = muster_.view()->components().at(0).interval;
        // The way there and back, and what a busy machine kept this process from running.
        const Duration allowed = std::chrono::milliseconds(50) + view_poller_->longest_stall();
        EXPECT_LE(heard, interval + allowed);
        EXPECT_TRUE(muster_.is(SourceState::connected));
        expect_never_fewer_than(kWorkers);
    }

private:
    NatsMuster muster_;
    WallClock wall_;
    std::unique_ptr<FleetServer> server_;
    std::unique_ptr<ViewPoller> view_poller_;
    std::unique_ptr<FleetPoller> fleet_poller_;
};

/// Lets `span` pass while the pollers look on.
inline void watch_for(Duration span) {
    (void)wait_until(span, [] { return false; }, std::chrono::milliseconds(10));
}

/// A broker, workers behind it, muster and the seed's loop; everything well when begin() is over.
class NatsFaultsTest : public ::testing::Test {
protected:
    /// `others`: workers of the test's own, which are there already.
    void begin(const std::string& url, std::size_t others = 0) {
        const std::size_t all = kWorkers + others;
        watched_ = std::make_unique<WatchedMuster>(options_for(url));
        seed_ = std::make_unique<SeedLoop>(url);
        ASSERT_TRUE(wait_until(kPatience, [&] { return fresh() == all; }));
        ASSERT_TRUE(muster().is(SourceState::connected));
        ASSERT_TRUE(wait_until(kPatience, [&] { return seed_->ids().size() == all; }));
        forget_what_was_seen();
    }
    void begin(std::size_t others = 0) { begin(server_.url(), others); }
    void forget_what_was_seen() {
        watched_->forget_what_was_seen();
        seed_->reset();
    }
    NatsMuster& muster() { return watched_->muster(); }
    std::uint64_t asked() { return watched_->asked(); }
    std::size_t fresh() { return watched_->fresh(); }

    /// How many of muster's questions came to the workers since the last call: its reply subjects
    /// carry a round, the seed's do not.
    std::size_t take_questions() {
        const auto replies = workers_.take_questions();
        return static_cast<std::size_t>(std::ranges::count_if(
            replies, [](const auto& reply) { return reply.find(".s.") != std::string::npos; }));
    }
    /// The seed showed an empty fleet, and not a number for its average.
    void expect_the_seed_went_blind() {
        EXPECT_TRUE(wait_until(kPatience, [&] { return seed_->fewest_workers() == 0; }));
        EXPECT_TRUE(wait_until(kPatience, [&] { return seed_->said_nan(); }));
    }

    NatsServer server_;
    NatsWorkers workers_{{.url = server_.url(), .workers = kWorkers}};
    std::unique_ptr<WatchedMuster> watched_;
    std::unique_ptr<SeedLoop> seed_;
};

}  // namespace muster::testing
