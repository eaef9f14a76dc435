// A close look at one server (`muster check URL`) over real sockets: what it costs, and whether it
// moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/engine_probe.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "support/rude_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::RudePeer;
using testing::RudeServer;

/// Answers `/metrics` with what `page` makes of the number of times it was asked before.
RudeServer::Manners pages(std::function<std::string(int, RudePeer&)> page) {
    return [page = std::move(page), asked = std::make_shared<std::atomic<int>>(0)](RudePeer& peer) {
        for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
            const bool sent =
                head.starts_with("GET /metrics ")
                    ? peer.send_page(page((*asked)++, peer))
                    : peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            if (!sent) return;
        }
    };
}

std::string vllm_at_work(int steps) {
    return "vllm:num_requests_running{engine=\"0\"} 3.0\n"
           "vllm:iteration_tokens_total_count{engine=\"0\"} " +
           std::to_string(steps) + ".0\n";
}

ProbedEngine look_at(const RudeServer& server, const ProbeOptions& options) {
    const BootClock clock;
    const auto names = NameResolver::start({}, clock);
    auto found = probe_engine(*parse_scrape_target(server.url()), options, clock, **names);
    EXPECT_TRUE(found) << found.error().what;
    return found ? std::move(*found) : ProbedEngine{};
}

TEST(EngineProbe, TheLeastOfSeveralLooksIsItsCostAndTheMiddleOneItsLoad) {
    // Four looks of seven have to wait for their turn, as at a busy engine.
    const RudeServer server(pages([](int asked, RudePeer& peer) {
        peer.pause_ms(asked % 3 == 1 ? 1 : 300);
        return vllm_at_work(asked);
    }));
    const ProbedEngine found =
        look_at(server, {.tls = {}, .token = {}, .pause = 10ms, .enough = 30s});
    EXPECT_EQ(found.scrapes, 7U);
    EXPECT_GT(found.cost, 500us) << "of a millisecond, no more than the network's part is left out";
    EXPECT_LT(found.cost, 200ms);
    EXPECT_GE(found.middle_cost, 280ms);
    ASSERT_FALSE(found.documents.empty());
    EXPECT_EQ(found.documents[0].target, "/metrics");
    EXPECT_GT(found.documents[0].cost, 500us);
    EXPECT_LT(found.documents[0].cost, 200ms) << "the same holds for each document";
    EXPECT_EQ(server.connections(), 1U) << "kept: no look pays for a new one";
}

TEST(EngineProbe, SlowAnswersAreNotAskedForToTheEnd) {
    const RudeServer server(pages([](int asked, RudePeer& peer) {
        peer.pause_ms(100);
        return vllm_at_work(asked);
    }));
    const ProbedEngine found =
        look_at(server, {.tls = {}, .token = {}, .pause = 1ms, .enough = 1ms});
    EXPECT_EQ(found.scrapes, 3U);
}

TEST(EngineProbe, AStepThatOutlastsSeveralLooksIsNoHang) {
    const RudeServer server(
        pages([](int asked, RudePeer&) { return vllm_at_work(asked < 15 ? 7 : 8); }));
    const ProbedEngine found =
        look_at(server, {.tls = {}, .token = {}, .pause = 10ms, .standing = 30s});
    EXPECT_EQ(found.scrapes, 16U) << "until it moves";
    EXPECT_TRUE(found.moved);
    ASSERT_EQ(found.reports.size(), 1U);
    EXPECT_EQ(found.reports[0].motion, EngineMotion::moving);
}

TEST(EngineProbe, AStepThatEndsBetweenLooksBeforeTheLastIsNoHangEither) {
    // It moves once, at the third look, and not at the last ones.
    const RudeServer server(
        pages([](int asked, RudePeer&) { return vllm_at_work(asked < 2 ? 7 : 8); }));
    const ProbedEngine found = look_at(server, {.tls = {}, .token = {}, .pause = 10ms});
    EXPECT_EQ(found.scrapes, 7U);
    ASSERT_EQ(found.reports.size(), 1U);
    EXPECT_EQ(found.reports[0].motion, EngineMotion::moving);
}

TEST(EngineProbe, CountersThatStandBesideWorkAreAHang) {
    const RudeServer server(pages([](int, RudePeer&) { return vllm_at_work(7); }));
    const ProbedEngine found =
        look_at(server, {.tls = {}, .token = {}, .pause = 10ms, .standing = 300ms});
    EXPECT_GE(found.looked, 300ms);
    ASSERT_EQ(found.reports.size(), 1U);
    EXPECT_EQ(found.reports[0].motion, EngineMotion::still);
}

}  // namespace
}  // namespace muster
