// How a connection is read and written: what stops in the middle, what comes faster than it can be
// taken, who is blamed for an answer that does not come.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/free_port.hpp"
#include "support/nats_half_message.hpp"
#include "support/nats_inbox.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/tcp_relay.hpp"
#include "support/tls_nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::inbox_of_who_asks;
using testing::kPatience;
using testing::NatsMuster;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::steady_now;
using testing::TlsServer;
using testing::wait_until;

/// Two servers of one cluster. Workers speak to the one without TLS: two threads of nats.c write
/// and read a TLS connection of theirs, which OpenSSL does not bear when much is sent.
struct Cluster {
    std::uint16_t route = testing::free_port();
    NatsServer plain{
        {.config = "cluster { name: c, listen: \"127.0.0.1:" + std::to_string(route) + "\" }\n"}};
    TlsServer tls{
        TlsServer::More{"cluster { name: c, listen: \"127.0.0.1:-1\", routes: "
                        "[ \"nats://127.0.0.1:" +
                        std::to_string(route) + "\" ] }\n"}};
};

// nats.c waits for the rest of a TLS record inside its reading, and has no deadline for it.
TEST(NatsPump, AConnectionThatStopsInTheMiddleOfATlsRecordIsGivenUp) {
    const Cluster cluster;
    testing::TcpRelay relay(cluster.tls.server->port());
    NatsWorkers workers({.url = cluster.plain.url()});
    NatsSourceOptions options = cluster.tls.options();
    options.connect.servers = {"tls://127.0.0.1:" + std::to_string(relay.port())};
    NatsMuster muster(std::move(options));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    const std::string inbox = inbox_of_who_asks(workers);
    const std::size_t connections = relay.connections();
    relay.freeze_after(5'003);  // Of 100 kB: wherever its records end, not there.
    workers.publish(inbox + ".x.1", std::string(100'000, 'x'));
    EXPECT_TRUE(muster.is(SourceState::disconnected));
    EXPECT_TRUE(wait_until(kPatience, [&] { return relay.connections() > connections; }));
    workers.set_active_blocks(0, 555);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 555));
    relay.freeze_after(5'003);
    workers.publish(inbox + ".x.1", std::string(100'000, 'x'));
    ASSERT_TRUE(wait_until(kPatience, [&] { return relay.frozen() == 2; }));
    const Time before = steady_now();
    muster.source().stop();
    EXPECT_LT(steady_now() - before, 1s);
}

TEST(NatsPump, ManyLongMessagesComeThroughTls) {
    const Cluster cluster;
    NatsWorkers workers({.url = cluster.plain.url()});
    NatsMuster muster(cluster.tls.options());
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    const std::string inbox = inbox_of_who_asks(workers);
    constexpr std::size_t kMessages = 60;
    for (std::size_t i = 0; i < kMessages; ++i) {
        workers.publish(inbox + ".x.1", std::string(1 + i * 16'000, 'x'));
    }
    EXPECT_TRUE(wait_until(kPatience, [&] {
        return muster.rejected(RejectReason::unsolicited) == kMessages;
    })) << muster.rejected(RejectReason::unsolicited);
    workers.set_active_blocks(0, 555);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 555));
}

TEST(NatsPump, AQuietConnectionIsClosedAtOnce) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    Duration shortest = 10s;
    for (int i = 0; i < 5; ++i) {
        NatsMuster muster(options_for(server.url()));
        ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
        const Time before = steady_now();
        muster.source().stop();
        shortest = std::min(shortest, steady_now() - before);
    }
    // nats.c would wait for half a second if there were something left to be sent.
    EXPECT_LT(shortest, 300ms);
}

TEST(NatsPump, AFloodNeitherHidesAnswersNorHoldsUpAStop) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    NatsWorkers flooding({.url = server.url(), .component = "other", .first_id = 0x7000});
    NatsMuster muster(options_for(server.url()));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    const std::string inbox = inbox_of_who_asks(workers);
    std::atomic<bool> enough = false;
    std::jthread flood([&] {
        const std::string payload(200, 'x');
        while (!enough) flooding.publish(inbox + ".x.1", payload);
    });
    ASSERT_TRUE(
        wait_until(kPatience, [&] { return muster.rejected(RejectReason::unsolicited) > 20'000; }));
    workers.set_active_blocks(0, 555);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 555));
    EXPECT_TRUE(muster.is(SourceState::connected));
    const Time before = steady_now();
    muster.source().stop();
    EXPECT_LT(steady_now() - before, 1s);
    enough = true;
}

TEST(NatsPump, WhoeverMayNotEchoBlamesNobodyForAnothersSilence) {
    const NatsServer server({.config = R"(authorization { users: [
      { user: workers, password: w, permissions: { publish: ">", subscribe: ">" } }
      { user: muster, password: s3cret, permissions: {
          publish: ["$SRV.STATS.*"]
          subscribe: ["_INBOX.>", "namespace.*.kv_metrics"] } } ] })"});
    NatsWorkers workers({.url = server.url("nats", "workers:w@127.0.0.1")});
    NatsMuster muster(options_for(server.url("nats", "muster:s3cret@127.0.0.1"),
                                  {{"lab", "backend"}, {"lab", "nobody"}}));
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
    EXPECT_TRUE(wait_until(kPatience, [&] { return muster.counters()->echoes.load() >= 8; }));
    EXPECT_GE(muster.counters()->permission_errors.load(), 1U);
    EXPECT_EQ(muster.counters()->no_responders.load(), 0U);
}

}  // namespace
}  // namespace muster
