// Engines over HTTP through the real binary: `get`, `serve` and `check` with --worker and
// --discover, and a fleet of Dynamo workers over NATS beside them in one view.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/rude_server.hpp"
#include "support/vllm_page.hpp"

namespace muster {
namespace {

using testing::free_port;
using ::testing::HasSubstr;
using testing::MusterCall;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::RudePeer;
using testing::RudeServer;
using testing::serve_vllm;
using testing::TempDir;

TEST(CliEngines, GetNeedsNoWordButTheWorkers) {
    const RudeServer a([](RudePeer& peer) { serve_vllm(peer, 3); });
    const RudeServer b([](RudePeer& peer) { serve_vllm(peer, 5); });
    MusterCall get("get --output json --worker " + a.url() + " --worker " + b.url());
    ASSERT_EQ(get.code(), 0) << get.err();
    const auto fleet = nlohmann::json::parse(get.out());
    ASSERT_EQ(fleet["workers"].size(), 2U);
    EXPECT_EQ(fleet["stats"]["running"]["sum"], 8);
    for (const auto& worker : fleet["workers"]) {
        EXPECT_EQ(worker["engine"], "vllm");
        EXPECT_EQ(worker["component"], "http");
        EXPECT_EQ(worker["models"], nlohmann::json::array({"acme/chat"}));
        EXPECT_EQ(worker["source"], "http-1");
        EXPECT_FALSE(worker.contains("trouble"));
    }
}

TEST(CliEngines, AWorkerThatIsNotThereIsCodeThreeAndTheOthersAreShown) {
    const RudeServer a([](RudePeer& peer) { serve_vllm(peer, 3); });
    const std::string gone = "127.0.0.1:" + std::to_string(free_port());
    MusterCall get("get --worker " + a.url() + " --worker " + gone);
    EXPECT_EQ(get.code(), 3);
    EXPECT_THAT(get.out(), HasSubstr(a.worker_id() + "  fresh"));
    EXPECT_THAT(get.out(), HasSubstr("trouble http/" + gone));
    EXPECT_EQ(get.err(), "muster: connection refused: http://" + gone +
                             ": is an engine running there, and on this port?\n");
}

TEST(CliEngines, DynamoWorkersAndEnginesShareOneViewWithTheirLabels) {
    const NatsServer nats;
    NatsWorkers workers({.url = nats.url(), .workers = 2});
    const RudeServer engine([](RudePeer& peer) { serve_vllm(peer, 3); });
    const TempDir dir;
    const std::string file =
        dir.write("workers.yml", "- targets: ['127.0.0.1:" + std::to_string(engine.port()) +
                                     "']\n  labels: {zone: west}\n");
    MusterCall get("get --output json --nats " + nats.url() +
                   " --component lab/backend --discover file:" + file);
    ASSERT_EQ(get.code(), 0) << get.err();
    const auto fleet = nlohmann::json::parse(get.out());
    ASSERT_EQ(fleet["sources"].size(), 2U);
    EXPECT_EQ(fleet["sources"][1]["id"], "file-1");
    EXPECT_EQ(fleet["sources"][1]["kind"], "file");

    MusterCall west("get --output json --label zone=west --nats " + nats.url() +
                    " --discover file:" + file);
    ASSERT_EQ(west.code(), 0) << west.err();
    const auto chosen = nlohmann::json::parse(west.out());
    ASSERT_EQ(chosen["workers"].size(), 1U);
    EXPECT_EQ(chosen["workers"][0]["id"], engine.worker_id());
    EXPECT_EQ(chosen["stats"]["workers"]["fresh"], 3);
}

TEST(CliEngines, CheckSaysWhatItIsAndTheCodeWhetherAllIsWell) {
    const RudeServer engine([](RudePeer& peer) { serve_vllm(peer, 0); });
    MusterCall check("check " + engine.url());
    EXPECT_EQ(check.code(), 0) << check.err();
    EXPECT_THAT(check.out(), HasSubstr(engine.url() + ": vLLM, acme/chat"));
    EXPECT_THAT(check.out(), HasSubstr("moves    not now: nothing runs"));
    const RudeServer page([](RudePeer& peer) {
        while (!peer.request().empty()) peer.send_page("<html></html>", "text/html");
    });
    MusterCall other("check " + page.url());
    EXPECT_EQ(other.code(), 1);
    EXPECT_THAT(other.out(), HasSubstr("no engine that muster knows"));
    MusterCall gone("check --json 127.0.0.1:" + std::to_string(free_port()));
    EXPECT_EQ(gone.code(), 3);
    EXPECT_EQ(nlohmann::json::parse(gone.out())[0]["trouble"]["kind"], "refused");
}

TEST(CliEngines, AMistakeIsWrongUsage) {
    MusterCall get("get --worker ftp://a");
    EXPECT_EQ(get.code(), 2);
    EXPECT_THAT(get.err(), HasSubstr("not an engine's URL: --worker ftp://a"));
    MusterCall both("get --worker a:1 --server http://127.0.0.1:1");
    EXPECT_EQ(both.code(), 2);
    EXPECT_EQ(both.err(), "muster: contradiction: --server and --worker: give one of the two\n");
}

}  // namespace
}  // namespace muster
