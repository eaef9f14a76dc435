// Simulated engines as whoever scrapes them meets them: real sockets, real refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muster/sim/engine_fleet.hpp"
#include "support/http_socket.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::SocketResponse;
using testing::wait_until;

std::unique_ptr<SimulatedEngines> start(Engine engine, std::uint32_t workers = 1) {
    SimulatedEnginesOptions options;
    options.engine = engine;
    options.workers = workers;
    auto started = SimulatedEngines::start(std::move(options));
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().what);
    return started ? *std::move(started) : nullptr;
}

SocketResponse get(HttpSocket& socket, std::string_view target = "/metrics") {
    EXPECT_TRUE(socket.get(target));
    return socket.response();
}

TEST(SimulatedEngines, AnswerOverAConnectionThatGoesOn) {
    const auto engines = start(Engine::vllm, 2);
    HttpSocket socket(engines->address(1));
    for (int i = 0; i < 3; ++i) {
        const SocketResponse page = get(socket);
        EXPECT_EQ(page.status, 200U);
        EXPECT_EQ(page.field("Content-Type"), "text/plain; version=1.0.0; charset=utf-8");
        EXPECT_THAT(page.body, HasSubstr("vllm:num_requests_running{engine=\"0\""));
    }
    EXPECT_EQ(get(socket, "/nosuch").status, 404U);
    // Two at once: both are answered, in turn.
    EXPECT_TRUE(
        socket.send("GET /load HTTP/1.1\r\nHost: x\r\n\r\nGET /version HTTP/1.1\r\n"
                    "Host: x\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(socket.response().body, HasSubstr("server_load"));
    EXPECT_THAT(socket.response().body, HasSubstr("version"));
    EXPECT_TRUE(socket.ended());
    EXPECT_EQ(engines->counters().connections, 1U);
}

TEST(SimulatedEngines, EachEngineAnswersOnItsRoads) {
    {
        const auto engines = start(Engine::sglang);
        HttpSocket socket(engines->address(0));
        EXPECT_THAT(get(socket, "/v1/loads").body, HasSubstr("\"num_running_reqs\":"));
    }
    {
        const auto engines = start(Engine::llamacpp);
        HttpSocket socket(engines->address(0));
        const SocketResponse page = get(socket);
        EXPECT_THAT(page.body, HasSubstr("llamacpp:requests_processing "));
        EXPECT_FALSE(page.field("Process-Start-Time-Unix").empty());
        EXPECT_TRUE(nlohmann::json::accept(get(socket, "/slots").body));
        EXPECT_TRUE(nlohmann::json::accept(get(socket, "/props").body));
    }
    const auto engines = start(Engine::trtllm);
    HttpSocket socket(engines->address(0));
    EXPECT_TRUE(nlohmann::json::parse(get(socket).body).is_array());
    EXPECT_THAT(get(socket, "/prometheus/metrics").body, HasSubstr("trtllm_num_requests_running"));
}

TEST(SimulatedEngines, ADeadOneIsRefusedAndComesBackOnItsPort) {
    const auto engines = start(Engine::vllm);
    const std::string address = engines->address(0);
    HttpSocket before(address);
    EXPECT_EQ(get(before).status, 200U);
    ASSERT_TRUE(engines->set_fault(0, {.kind = FaultKind::dead}).has_value());
    EXPECT_FALSE(engines->truth(0).alive);
    EXPECT_FALSE(HttpSocket(address).connected());
    EXPECT_TRUE(before.ended());
    ASSERT_TRUE(engines->clear_faults(0).has_value());
    HttpSocket after(address);
    EXPECT_EQ(get(after).status, 200U);
}

TEST(SimulatedEngines, FaultsOfTheWireAreWhatTheySay) {
    const auto engines = start(Engine::vllm);
    const std::string address = engines->address(0);
    const auto with = [&](Fault fault) {
        EXPECT_TRUE(engines->clear_faults(0).has_value());
        EXPECT_TRUE(engines->set_fault(0, fault).has_value());
    };
    with({.kind = FaultKind::refuse});
    EXPECT_FALSE(HttpSocket(address).connected());
    EXPECT_TRUE(engines->truth(0).alive);
    with({.kind = FaultKind::reset});
    HttpSocket reset(address);
    EXPECT_TRUE(reset.get("/metrics"));
    EXPECT_EQ(reset.response().status, 0U);
    with({.kind = FaultKind::half});
    HttpSocket half(address);
    EXPECT_TRUE(half.get("/metrics"));
    EXPECT_EQ(half.response().status, 0U) << "it ended before it was whole";
    with({.kind = FaultKind::status, .amount = 503});
    HttpSocket status(address);
    EXPECT_EQ(get(status).status, 503U);
    with({.kind = FaultKind::hang});
    HttpSocket hung(address);
    EXPECT_TRUE(hung.get("/metrics"));
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return engines->counters().requests >= 4; }));
    EXPECT_TRUE(hung.silent());
    with({.kind = FaultKind::drip});
    HttpSocket drip(address);
    const std::uint64_t sent = engines->counters().bytes;
    EXPECT_TRUE(drip.get("/metrics"));
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return engines->counters().bytes >= sent + 64; }));
    EXPECT_LT(engines->counters().bytes, sent + 20'000);
}

TEST(SimulatedEngines, AStoppedOneAnswersWhenItGoesOn) {
    const auto engines = start(Engine::vllm);
    HttpSocket socket(engines->address(0));
    EXPECT_EQ(get(socket).status, 200U);
    ASSERT_TRUE(engines->set_fault(0, {.kind = FaultKind::stopped}).has_value());
    EXPECT_TRUE(socket.get("/metrics"));
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return engines->counters().requests >= 2; }));
    EXPECT_TRUE(socket.silent());
    ASSERT_TRUE(engines->clear_faults(0).has_value());
    EXPECT_EQ(socket.response().status, 200U);
}

TEST(SimulatedEngines, TellTheTruthBeforeAnybodyCanSeeIt) {
    std::mutex mutex;
    std::vector<EngineTruth> told;
    SimulatedEnginesOptions options;
    options.workers = 2;
    options.ranks = 2;
    options.changes_per_second = 20.0;
    options.on_truth = [&](const EngineTruth& truth) {
        const std::lock_guard lock(mutex);
        told.push_back(truth);
    };
    const auto engines = SimulatedEngines::start(std::move(options));
    ASSERT_TRUE(engines.has_value());
    EXPECT_TRUE(wait_until(kLongEnough, [&] {
        const std::lock_guard lock(mutex);
        return told.size() > 20;
    }));
    (*engines)->stop();
    std::string line;
    append_truth_line(line, told.front());
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["worker"], "http/" + (*engines)->address(0) + "/0");
    EXPECT_TRUE(json["load"]["running"].is_number_unsigned());
    EXPECT_EQ(told[1].rank, 1U);
}

}  // namespace
}  // namespace muster
