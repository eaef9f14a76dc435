// Faults on a real nats-server, watched every 10 ms by a poller of the library: the number of
// workers never falls while only the broker is ill, the source says what and since when within 2 s,
// and the first question leaves within 1 s of the broker's return.
#include <gtest/gtest.h>

#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/tcp_relay.hpp"
#include "support/view_poller.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::NatsMuster;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::steady_now;
using testing::TcpRelay;
using testing::ViewPoller;
using testing::wait_until;

constexpr std::size_t kWorkers = 8;

void report(const char* what, Duration measured) {
    std::printf("    %-52s %8.1f ms\n", what, to_ms(measured));
    ::testing::Test::RecordProperty(what, std::to_string(to_ms(measured)));
}

/// A broker, workers behind it, muster, and the poller; everything well when it is made.
class NatsFaults : public ::testing::Test {
protected:
    void begin(const std::string& muster_url) {
        muster_ = std::make_unique<NatsMuster>(options_for(muster_url));
        poller_ = std::make_unique<ViewPoller>(muster_->host().view_cell());
        ASSERT_TRUE(wait_until(kPatience, [&] { return muster_->view()->size() == kWorkers; }));
        ASSERT_TRUE(muster_->is(SourceState::connected));
        poller_->reset();
    }
    void begin() { begin(server_.url()); }

    /// The trouble was seen within 2 s of `since`, and has words.
    void expect_said_within_two_seconds(Time since) {
        ASSERT_TRUE(wait_until(kPatience, [&] { return poller_->first_trouble().has_value(); }));
        const auto trouble = poller_->first_trouble().value();
        report("trouble said after", trouble.when - since);
        std::printf("    \"%s\"\n", trouble.reason.c_str());
        EXPECT_LE(trouble.when - since, 2s);
        EXPECT_FALSE(trouble.reason.empty());
    }
    /// A question left within 1 s of `since`, and all workers are fresh again soon after.
    void expect_back(Time since, std::uint64_t asked_before) {
        ASSERT_TRUE(wait_until(
            kPatience, [&] { return muster_->counters()->asked.load() > asked_before; }, 1ms));
        report("first question after the return", steady_now() - since);
        EXPECT_LE(steady_now() - since, 1s);
        ASSERT_TRUE(wait_until(kPatience, [&] { return fresh() == kWorkers; }, 1ms));
        report("all workers fresh after the return", steady_now() - since);
        EXPECT_TRUE(muster_->is(SourceState::connected));
        EXPECT_EQ(poller_->fewest_workers(), kWorkers);
        EXPECT_TRUE(muster_->view()->tombstones().empty());
    }
    std::size_t fresh() {
        const auto view = muster_->view();
        std::size_t count = 0;
        for (std::size_t row = 0; row < view->size(); ++row) {
            count += view->state_at(row, steady_now()) == WorkerState::fresh ? 1 : 0;
        }
        return count;
    }
    /// Lets `span` pass while the poller looks on.
    static void watch_for(Duration span) {
        (void)wait_until(span, [] { return false; }, 10ms);
    }
    std::uint64_t asked() { return muster_->counters()->asked.load(); }

    NatsServer server_;
    NatsWorkers workers_{{.url = server_.url(), .workers = kWorkers}};
    std::unique_ptr<NatsMuster> muster_;
    std::unique_ptr<ViewPoller> poller_;
};

TEST_F(NatsFaults, BrokerKilledAndRestarted) {
    begin();
    const Time killed = steady_now();
    server_.kill();
    expect_said_within_two_seconds(killed);
    ASSERT_TRUE(muster_->is(SourceState::disconnected));
    const auto asked_while_away = asked();
    watch_for(1500ms);
    EXPECT_EQ(asked(), asked_while_away);  // Nothing is sent, so nothing can be queued.
    EXPECT_EQ(fresh(), 0U);
    (void)workers_.take_questions();
    server_.restart();
    const Time back = steady_now();
    expect_back(back, asked_while_away);
    // Every question that came was asked of the new broker.
    EXPECT_LE(workers_.take_questions().size(), asked() - asked_while_away);
    EXPECT_EQ(workers_.questions_without_reply(), 0U);
}

TEST_F(NatsFaults, BrokerPausedForThreeSeconds) {
    begin();
    server_.pause();
    const Time paused = steady_now();
    (void)workers_.take_questions();
    const auto asked_before = asked();
    expect_said_within_two_seconds(paused);
    watch_for(3s - (steady_now() - paused));
    const auto asked_meanwhile = asked() - asked_before;
    EXPECT_LE(asked_meanwhile, 3U);
    server_.resume();
    const Time back = steady_now();
    expect_back(back, asked_before + asked_meanwhile);
    // Those asked in the pause, at most three, and those asked since.
    EXPECT_LE(workers_.take_questions().size(), 3U + asked() - asked_before - asked_meanwhile);
}

TEST_F(NatsFaults, HalfOpenConnection) {
    TcpRelay relay(server_.port());
    begin("nats://127.0.0.1:" + std::to_string(relay.port()));
    const Time frozen = steady_now();
    relay.freeze();
    expect_said_within_two_seconds(frozen);
    // The pings give the connection up; a new one works at once.
    ASSERT_TRUE(muster_->is(SourceState::disconnected));
    report("connection given up after", steady_now() - frozen);
    EXPECT_LE(steady_now() - frozen, 4s);
    ASSERT_TRUE(wait_until(kPatience, [&] { return fresh() == kWorkers; }));
    report("all workers fresh after", steady_now() - frozen);
    EXPECT_EQ(poller_->fewest_workers(), kWorkers);
}

TEST_F(NatsFaults, UserRemovedFromTheServersConfiguration) {
    const std::string with_muster = R"(authorization { users: [
        { user: w, password: w }, { user: muster, password: s3cret } ] })";
    const std::string without = "authorization { users: [ { user: w, password: w } ] }";
    NatsServer server({.config = with_muster});
    NatsWorkers workers({.url = server.url("nats", "w:w@127.0.0.1"), .workers = kWorkers});
    begin(server.url("nats", "muster:s3cret@127.0.0.1"));
    const Time removed = steady_now();
    server.reload(without);
    expect_said_within_two_seconds(removed);
    const std::string said = muster_->says("login refused");
    EXPECT_NE(said.find("check user and password"), std::string::npos) << said;
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
    EXPECT_EQ(poller_->fewest_workers(), kWorkers);
    const auto asked_before = asked();
    const Time back = steady_now();
    server.reload(with_muster);
    expect_back(back, asked_before);
}

TEST_F(NatsFaults, BrokerStartedAfterMuster) {
    const auto server = NatsServer::not_started({});
    NatsMuster muster(options_for(server->url()));
    EXPECT_NE(muster.says("connection refused").find(server->url()), std::string::npos);
    server->restart();
    const Time back = steady_now();
    ASSERT_TRUE(wait_until(kPatience, [&] { return muster.counters()->asked.load() > 0; }, 1ms));
    report("first question after the start", steady_now() - back);
    EXPECT_LE(steady_now() - back, 1s);
    const NatsWorkers workers({.url = server->url()});
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
}

TEST_F(NatsFaults, OneBadWorkerDisturbsNoOther) {
    begin();
    NatsWorkers bad({.url = server_.url(), .first_id = 0x9000});
    const std::string honest = bad.stats_payload(0);
    const auto replaced = [&](const std::string& what, const std::string& by) {
        std::string text = honest;
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
            text.replace(at, what.size(), by);
        }
        return text;
    };
    struct Row {
        const char* name;
        std::string payload;
    };
    const Row rows[] = {
        {"subject without a hex suffix", replaced("load_metrics-9000", "load_metrics")},
        {"subject with a bad suffix", replaced("load_metrics-9000", "load_metrics-xyz")},
        {"data null", replaced("\"data\":{", "\"data\":null,\"x\":{")},
        {"data missing", replaced("\"data\":{", "\"x\":{")},
        {"endpoints null", replaced("\"endpoints\":[", "\"endpoints\":null,\"x\":[")},
        {"NaN written as null", replaced("0.4124999940395355", "null")},
        {"NaN as itself", replaced("0.4124999940395355", "NaN")},
        {"negative count", replaced("\"kv_active_blocks\":", "\"kv_active_blocks\":-")},
        {"a string for a number",
         replaced("\"num_requests_waiting\":4", R"("num_requests_waiting":"4")")},
        {"not UTF-8", replaced("svc36864", "svc\xFF\xFE")},
        {"truncated", honest.substr(0, honest.size() / 2)},
        {"one byte", "{"},
        {"an array", "[1,2,3]"},
        {"nearly 1 MiB", "{\"name\":\"" + std::string((1 << 20) - 64, 'x') + "\"}"},
        {"deeply nested", std::string(100'000, '[')},
    };
    for (const Row& row : rows) {
        bad.set_payload(row.payload);
        (void)bad.take_questions();
        const auto answered = muster_->counters()->answered.load();
        ASSERT_TRUE(wait_until(kPatience, [&] {
            return !bad.take_questions().empty() &&
                   muster_->counters()->answered.load() >= answered + 2 * kWorkers;
        })) << row.name;
        EXPECT_GE(poller_->fewest_workers(), kWorkers) << row.name;
        EXPECT_FALSE(poller_->first_trouble()) << row.name;
        EXPECT_GE(fresh(), kWorkers) << row.name;
    }
    EXPECT_GE(muster_->rejected(RejectReason::not_json), 1U);
    EXPECT_GE(muster_->rejected(RejectReason::not_utf8), 1U);
}

TEST_F(NatsFaults, AWorkerThatStopsAndGoesOn) {
    begin();
    NatsWorkers stopped({.url = server_.url(), .first_id = 0x9000});
    ASSERT_TRUE(muster_->sees(stopped.worker_id(0), 100));
    poller_->reset();
    stopped.set_mute(true);
    const auto state = [&] {
        const auto view = muster_->view();
        const auto row = view->find(stopped.worker_id(0));
        return row ? std::optional(view->state_at(*row, steady_now())) : std::nullopt;
    };
    ASSERT_TRUE(wait_until(kPatience, [&] { return state() == WorkerState::stale; }));
    stopped.set_mute(false);
    const Time back = steady_now();
    ASSERT_TRUE(wait_until(kPatience, [&] { return state() == WorkerState::fresh; }, 1ms));
    report("worker fresh after it went on", steady_now() - back);
    EXPECT_LE(steady_now() - back, 1s);
    EXPECT_EQ(poller_->fewest_workers(), kWorkers + 1);
    EXPECT_FALSE(poller_->first_trouble());
}

TEST_F(NatsFaults, AllWorkersLate) {
    begin();
    workers_.set_delay(350ms, 900ms);
    for (std::size_t i = 0; i < kWorkers; ++i) workers_.set_active_blocks(i, 500 + i);
    for (std::size_t i = 0; i < kWorkers; ++i) {
        EXPECT_TRUE(muster_->sees(workers_.worker_id(i), 500 + i));
    }
    watch_for(1500ms);
    EXPECT_EQ(poller_->fewest_workers(), kWorkers);
    EXPECT_FALSE(poller_->first_trouble());
    EXPECT_GT(muster_->counters()->late_answers.load(), 0U);
    const auto view = muster_->view();
    for (std::size_t row = 0; row < view->size(); ++row) {
        EXPECT_NE(view->state_at(row, steady_now()), WorkerState::stale);
    }
}

}  // namespace
}  // namespace muster
