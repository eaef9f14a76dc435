// Faults on a real nats-server, watched every 10 ms by a poller of the library and one of
// `/v1/fleet`: the number of workers never falls while only the broker is ill, the source says what
// and since when within 2 s, and the first question leaves within 1 s of the broker's return. The
// seed's own loop runs beside, and fails as it should.
#include <signal.h>

#include "support/child_process.hpp"
#include "support/places.hpp"
#include "support/tcp_relay.hpp"
#include "watched_faults.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::kWorkers;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::report;
using testing::SeedLoop;
using testing::steady_now;
using testing::wait_until;
using testing::watch_for;

class NatsFaults : public testing::NatsFaultsTest {};

TEST_F(NatsFaults, BrokerKilledAndRestarted) {
    begin();
    const Time killed = steady_now();
    server_.kill();
    watched_->expect_said_within_two_seconds(killed);
    ASSERT_TRUE(muster().is(SourceState::disconnected));
    const auto asked_while_away = asked();
    watch_for(1500ms);
    EXPECT_EQ(asked(), asked_while_away);  // Nothing is sent, so nothing can be queued.
    EXPECT_EQ(fresh(), 0U);
    watched_->expect_never_fewer_than(kWorkers);
    expect_the_seed_went_blind();
    (void)take_questions();
    server_.restart();
    watched_->expect_back(steady_now(), asked_while_away, workers_);
    // Every question that came was asked of the new broker.
    EXPECT_LE(take_questions(), asked() - asked_while_away);
    EXPECT_EQ(workers_.questions_without_reply(), 0U);
}

TEST_F(NatsFaults, BrokerPausedForThreeSeconds) {
    begin();
    const Time paused = steady_now();
    server_.pause();
    (void)take_questions();
    const auto asked_before = asked();
    watched_->expect_said_within_two_seconds(paused);
    watch_for(3s - (steady_now() - paused));
    const auto asked_meanwhile = asked() - asked_before;
    EXPECT_LE(asked_meanwhile, 3U);
    watched_->expect_never_fewer_than(kWorkers);
    expect_the_seed_went_blind();
    server_.resume();
    watched_->expect_back(steady_now(), asked_before + asked_meanwhile, workers_);
    // Those asked in the pause, at most three, and those asked since.
    EXPECT_LE(take_questions(), 3U + asked() - asked_before - asked_meanwhile);
}

TEST_F(NatsFaults, HalfOpenConnection) {
    testing::TcpRelay relay(server_.port());
    begin("nats://127.0.0.1:" + std::to_string(relay.port()));
    const Time frozen = steady_now();
    relay.freeze();
    watched_->expect_said_within_two_seconds(frozen);
    // The pings give the connection up; a new one works at once.
    ASSERT_TRUE(muster().is(SourceState::disconnected));
    report("connection given up after", steady_now() - frozen);
    EXPECT_LE(steady_now() - frozen, 4s);
    ASSERT_TRUE(wait_until(kPatience, [&] { return fresh() == kWorkers; }));
    report("all workers fresh after", steady_now() - frozen);
    watched_->expect_never_fewer_than(kWorkers);
    expect_the_seed_went_blind();
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
    watched_->expect_said_within_two_seconds(removed);
    const std::string said = muster().says("login refused");
    EXPECT_NE(said.find("check user and password"), std::string::npos) << said;
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
    watched_->expect_never_fewer_than(kWorkers);
    expect_the_seed_went_blind();
    const auto asked_before = asked();
    const Time back = steady_now();
    server.reload(with_muster);
    watched_->expect_back(back, asked_before, workers);
}

TEST_F(NatsFaults, BrokerStartedAfterMuster) {
    const auto server = NatsServer::not_started({});
    const Time started = steady_now();
    testing::WatchedMuster watched(options_for(server->url()));
    watched.expect_said_within_two_seconds(started);
    EXPECT_NE(watched.muster().says("connection refused").find(server->url()), std::string::npos);
    EXPECT_THROW(SeedLoop seed(server->url()), std::runtime_error);
    server->restart();
    const Time back = steady_now();
    ASSERT_TRUE(wait_until(kPatience, [&] { return watched.asked() > 0; }, 1ms));
    report("first question after the start", steady_now() - back);
    EXPECT_LE(steady_now() - back, 1s);
    const NatsWorkers workers({.url = server->url()});
    EXPECT_TRUE(watched.muster().sees(workers.worker_id(0), 100));
}

TEST_F(NatsFaults, ASubjectWithoutAHexSuffix) {
    begin();
    NatsWorkers odd({.url = server_.url(), .first_id = 0x9000});
    std::string payload = odd.stats_payload(0);
    const std::string subject = "lab_backend.load_metrics-9000";
    payload.replace(payload.find(subject), subject.size(), "lab_backend.load_metrics");
    odd.set_payload(0, payload);
    ASSERT_TRUE(wait_until(kPatience,
                           [&] { return muster().rejected(RejectReason::foreign_subject) >= 2; }));
    for (std::size_t i = 0; i < kWorkers; ++i) workers_.set_active_blocks(i, 7'000 + i);
    for (std::size_t i = 0; i < kWorkers; ++i) {
        EXPECT_TRUE(muster().sees(workers_.worker_id(i), 7'000 + i));
    }
    EXPECT_EQ(fresh(), kWorkers);
    EXPECT_FALSE(watched_->views().first_trouble());
    // Whichever of its records came with the odd one, the seed has stopped for good, without a
    // word: it never shows what happened since.
    const auto seed_knows = [&] {
        const auto set = seed_->set();
        const auto* const first = set.find(0x1000);
        return first != nullptr && first->data.kv_active_blocks() == 7'000U;
    };
    (void)workers_.take_questions();
    ASSERT_TRUE(wait_until(kPatience, [&] { return take_questions() > 0; }));
    watch_for(1s);
    EXPECT_FALSE(seed_knows());
    watched_->expect_never_fewer_than(kWorkers);
}

TEST_F(NatsFaults, AWorkersProcessThatStopsAndGoesOn) {
    begin();
    const testing::TempDir dir;
    testing::ChildProcess process(
        {places::muster_binary(), "sim", "dynamo", "--nats", server_.url(), "--component",
         "lab/backend", "--workers", "1", "--no-push"},
        dir.file("sim.log"));
    ASSERT_TRUE(wait_until(kPatience, [&] { return fresh() == kWorkers + 1; }));
    ASSERT_TRUE(wait_until(kPatience, [&] { return seed_->ids().size() == kWorkers + 1; }));
    std::string id;
    for (std::size_t row = 0; row < muster().view()->size(); ++row) {
        const std::string candidate = muster().view()->identity(row).id;
        bool ours = false;
        for (std::size_t i = 0; i < kWorkers; ++i) ours |= candidate == workers_.worker_id(i);
        if (!ours) id = candidate;
    }
    forget_what_was_seen();
    process.send(SIGSTOP);
    const auto state = [&] {
        const auto view = muster().view();
        const auto row = view->find(id);
        return row ? std::optional(view->state_at(*row, steady_now())) : std::nullopt;
    };
    ASSERT_TRUE(wait_until(kPatience, [&] { return state() == WorkerState::stale; }));
    EXPECT_EQ(fresh(), kWorkers);
    process.send(SIGCONT);
    const Time back = steady_now();
    ASSERT_TRUE(wait_until(kPatience, [&] { return state() == WorkerState::fresh; }, 1ms));
    report("worker fresh after it went on", steady_now() - back);
    EXPECT_LE(steady_now() - back, 1s);
    watched_->expect_never_fewer_than(kWorkers + 1);
    EXPECT_FALSE(watched_->views().first_trouble());
    EXPECT_FALSE(watched_->fleets().first_trouble());
    EXPECT_EQ(seed_->fewest_workers(), kWorkers) << "the seed's worker is gone at once";
}

TEST_F(NatsFaults, AllWorkersLate) {
    begin();
    workers_.set_delay(350ms, 900ms);
    for (std::size_t i = 0; i < kWorkers; ++i) workers_.set_active_blocks(i, 500 + i);
    for (std::size_t i = 0; i < kWorkers; ++i) {
        EXPECT_TRUE(muster().sees(workers_.worker_id(i), 500 + i));
    }
    watch_for(1500ms);
    watched_->expect_never_fewer_than(kWorkers);
    EXPECT_FALSE(watched_->views().first_trouble());
    EXPECT_FALSE(watched_->fleets().first_trouble());
    EXPECT_GT(muster().counters()->late_answers.load(), 0U);
    const auto view = muster().view();
    for (std::size_t row = 0; row < view->size(); ++row) {
        EXPECT_NE(view->state_at(row, steady_now()), WorkerState::stale);
    }
    const auto rtt = [&](std::size_t worker) {
        const auto row = view->find(workers_.worker_id(worker));
        return row ? view->slot(*row).rtt() : std::nullopt;
    };
    EXPECT_GE(rtt(0), 350ms);
    EXPECT_GE(rtt(kWorkers - 1), 900ms);  // The latest is as late as it was told to be.
    expect_the_seed_went_blind();
}

}  // namespace
}  // namespace muster
