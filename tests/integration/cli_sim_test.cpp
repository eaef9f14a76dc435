// `muster sim dynamo` as a program: what it prints, writes and ends with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/process_footprint.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ChildProcess;
using ::testing::HasSubstr;
using testing::kLongEnough;
using testing::NatsServer;
using testing::TempDir;
using testing::text_of;
using testing::wait_until;

TEST(CliSim, EnginesOverHttpTellWhereTheyAre) {
    const TempDir dir;
    ChildProcess sim({places::muster_binary(), "sim", "vllm", "--workers", "2", "--rate", "20",
                      "--for", "500ms", "--print-truth", dir.file("truth.jsonl")},
                     dir.file("sim.log"));
    EXPECT_EQ(sim.wait(kLongEnough), 0);
    const std::string log = text_of(dir.file("sim.log"));
    EXPECT_THAT(log, HasSubstr("simulating 2 vLLM servers, from http://127.0.0.1:"));
    EXPECT_THAT(log, HasSubstr("0 requests"));
    std::istringstream lines(text_of(dir.file("truth.jsonl")));
    std::set<std::string> workers;
    for (std::string line; std::getline(lines, line);) {
        workers.insert(json::parse(line)["worker"].get<std::string>());
    }
    EXPECT_EQ(workers.size(), 2U);
}

TEST(CliSim, WritesTheTruthAndEndsWithAnAccount) {
    const NatsServer server;
    const TempDir dir;
    ChildProcess sim({places::muster_binary(), "sim", "dynamo", "--nats", server.url(), "--workers",
                      "5", "--rate", "50", "--for", "1s", "--print-truth", dir.file("truth.jsonl")},
                     dir.file("sim.log"));
    EXPECT_EQ(sim.wait(kLongEnough), 0);
    std::istringstream lines(text_of(dir.file("truth.jsonl")));
    std::string line;
    std::set<std::string> workers;
    std::int64_t last = 0;
    int count = 0;
    while (std::getline(lines, line)) {
        const json said = json::parse(line);
        workers.insert(said["worker"]);
        EXPECT_GE(said["t_ns"].get<std::int64_t>(), last);
        last = said["t_ns"];
        ++count;
    }
    EXPECT_EQ(workers.size(), 5U);
    EXPECT_GT(count, 50);  // 250 are due; a busy machine may lose some.
    const std::string log = text_of(dir.file("sim.log"));
    EXPECT_THAT(log, HasSubstr("muster: simulating 5 workers of service dynamo_backend"));
    EXPECT_THAT(log, HasSubstr("own CPU"));
}

// One process, one connection; and the number of its account, which is its own use of the machine.
TEST(CliSim, TenThousandWorkersFromOneProcess) {
#ifdef MUSTER_SANITIZER_HEAP
    GTEST_SKIP() << "ten times slower under a sanitizer: run it in another build";
#endif
    constexpr std::size_t kMany = 10'000;
    constexpr Duration kLong = 60s;  // Each of them lives through its first minute at the start.
    const NatsServer server;
    const TempDir dir;
    ChildProcess sim(
        {places::muster_binary(), "sim", "dynamo", "--nats", server.url(), "--component",
         "lab/backend", "--workers", std::to_string(kMany), "--rate", "0.01"},
        dir.file("sim.log"));
    ASSERT_TRUE(wait_until(kLong, [&] {
        return text_of(dir.file("sim.log")).find("simulating 10000 workers") != std::string::npos;
    }));
    testing::NatsMuster muster(testing::options_for(server.url()));
    EXPECT_TRUE(wait_until(kLong, [&] {
        const auto view = muster.view();
        std::size_t told = 0;
        for (std::size_t row = 0; row < view->size(); ++row) told += view->has_load(row) ? 1 : 0;
        return told == kMany;
    })) << muster.view()->size();
    sim.send(SIGINT);
    EXPECT_EQ(sim.wait(kLong), 130);
    const std::string log = text_of(dir.file("sim.log"));
    EXPECT_THAT(log, ::testing::ContainsRegex("own CPU [0-9]"));
    std::printf("    %s", log.substr(log.rfind("muster: ")).c_str());
}

TEST(CliSim, ASignalEndsIt) {
    const NatsServer server;
    const TempDir dir;
    ChildProcess sim({places::muster_binary(), "sim", "dynamo", "--nats", server.url()},
                     dir.file("sim.log"));
    ASSERT_TRUE(wait_until(kLongEnough, [&] {
        return text_of(dir.file("sim.log")).find("simulating") != std::string::npos;
    }));
    sim.send(SIGINT);
    EXPECT_EQ(sim.wait(5s), 130);
    EXPECT_THAT(text_of(dir.file("sim.log")), HasSubstr("own CPU"));
}

TEST(CliSim, WithoutABrokerItSaysSo) {
    const auto server = NatsServer::not_started({});
    const TempDir dir;
    ChildProcess sim({places::muster_binary(), "sim", "dynamo", "--nats", server->url()},
                     dir.file("sim.log"));
    EXPECT_EQ(sim.wait(kLongEnough), 3);
    EXPECT_THAT(text_of(dir.file("sim.log")), HasSubstr("muster: cannot reach NATS"));
}

TEST(CliSim, AWrongFaultIsUsage) {
    const TempDir dir;
    ChildProcess sim({places::muster_binary(), "sim", "dynamo", "--fault", "mut@3"},
                     dir.file("sim.log"));
    EXPECT_EQ(sim.wait(kLongEnough), 2);
    EXPECT_THAT(text_of(dir.file("sim.log")), HasSubstr("the faults are slow=MS, mute"));
}

}  // namespace
}  // namespace muster
