// Simulated engines as programs (`muster sim vllm|sglang|llamacpp|trtllm`), looked at by `muster
// get` and `muster check`; and each fault of an engine over HTTP, which ends in a named trouble and
// a sentence that says what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/io/http/gzip.hpp"
#include "support/engine_programs.hpp"
#include "support/muster_call.hpp"
#include "support/rude_server.hpp"
#include "support/vllm_page.hpp"

namespace muster::testing {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

struct EngineCase {
    const char* sim;
    const char* engine;  ///< In JSON.
    const char* title;   ///< For people.
};

class CliSimEngine : public ::testing::TestWithParam<EngineCase> {};

TEST_P(CliSimEngine, IsSeenByGetAndKnownToCheckAndEndsByASignal) {
    const EngineCase& what = GetParam();
    SimCall sim(what.sim, "--load fixed:'{\"running\":3,\"waiting\":2}'");
    MusterCall get("get --output json --worker " + sim.address());
    ASSERT_EQ(get.code(), 0) << get.err();
    const json fleet = json::parse(get.out());
    ASSERT_EQ(fleet["workers"].size(), 1U);
    const json& worker = fleet["workers"][0];
    EXPECT_EQ(worker["id"], "http/" + sim.address());
    EXPECT_EQ(worker["engine"], what.engine);
    EXPECT_EQ(worker["state"], "fresh");
    EXPECT_EQ(worker["load"]["running"], 3);
    EXPECT_EQ(worker["load"]["waiting"], 2);
    EXPECT_FALSE(worker.contains("trouble"));
    EXPECT_EQ(worker["captured_age_ms"].is_number(), what.engine == std::string("sglang"))
        << "only SGLang tells when its load was so";

    MusterCall check("check http://" + sim.address());
    EXPECT_EQ(check.code(), 0) << check.out() << check.err();
    EXPECT_THAT(check.out(), HasSubstr("http://" + sim.address() + ": " + what.title));
    EXPECT_THAT(check.out(), HasSubstr("running 3/"));
    EXPECT_THAT(check.out(), ContainsRegex("  costs    ([0-9.]+ ms|less than 0.01 ms) of its"));
    EXPECT_THAT(check.out(), Not(ContainsRegex("  costs    0\\.0+ ms")));
    EXPECT_THAT(check.out(), HasSubstr("  moves    yes\n")) << "its counters, at a steady load";
    sim.run().send(SIGINT);
    EXPECT_EQ(sim.run().code(), 130);
    EXPECT_THAT(sim.run().err(), HasSubstr("own CPU"));
}

INSTANTIATE_TEST_SUITE_P(All, CliSimEngine,
                         ::testing::Values(EngineCase{"vllm", "vllm", "vLLM"},
                                           EngineCase{"sglang", "sglang", "SGLang"},
                                           EngineCase{"llamacpp", "llamacpp", "llama.cpp"},
                                           EngineCase{"trtllm", "trtllm", "TensorRT-LLM"}),
                         [](const auto& test) { return std::string(test.param.sim); });

/// What `get` says of a worker: its trouble, in the JSON and on stderr.
void expect_trouble(const std::string& worker, const std::string& kind, const std::string& words) {
    MusterCall get("get --output json --worker " + worker);
    EXPECT_EQ(get.code(), 3) << get.out();
    const json fleet = json::parse(get.out(), nullptr, false);
    ASSERT_TRUE(fleet.is_object() && fleet["workers"].size() == 1) << get.err();
    const json& trouble = fleet["workers"][0]["trouble"];
    EXPECT_EQ(trouble["kind"], kind);
    EXPECT_THAT(trouble["what"].get<std::string>(), HasSubstr(words));
    EXPECT_EQ(get.err(), "muster: " + trouble["what"].get<std::string>() + "\n");
}

struct FaultCase {
    const char* name;
    const char* fault;
    const char* kind;
    const char* words;
};

class CliEngineFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(CliEngineFault, EndsInANamedTroubleAndASentence) {
    const FaultCase& what = GetParam();
    const SimCall sim("vllm", std::string("--fault ") + what.fault + "@0");
    expect_trouble(sim.address(), what.kind, what.words);
}

INSTANTIATE_TEST_SUITE_P(
    All, CliEngineFault,
    ::testing::Values(
        FaultCase{"refused", "refuse", "refused", "is an engine running there, and on this port?"},
        FaultCase{"reset", "reset", "reset", "look into the engine's log"},
        FaultCase{"half_page", "half", "half_page", "look into the engine's log"},
        FaultCase{"slow_drip", "drip", "slow_drip", "does the engine hang, or is that another"},
        FaultCase{"hangs", "hang", "timeout", "does the engine hang? Ask its /health"},
        FaultCase{"wrong_content_type", "garbage", "not_readable", "check the URL"},
        FaultCase{"not_found", "status=404", "not_offered", "check the port"},
        FaultCase{"unauthorized", "status=401", "unauthorized", "--worker-token-file"},
        FaultCase{"redirect", "status=302", "redirected", "name the server itself"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CliEngineFaults, AnEndlessPage) {
    const RudeServer engine([](RudePeer& peer) {
        (void)peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
        const std::string line(65536, '#');
        while (peer.send(line)) {
        }
    });
    expect_trouble(engine.url(), "too_large", "is that an engine? Correct the URL");
}

TEST(CliEngineFaults, AGzipBomb) {
    const std::string bomb = *gzip(std::string(std::size_t{64} << 20, '#'));
    const RudeServer engine([&](RudePeer& peer) {
        while (!peer.request().empty()) {
            if (!peer.send_page(bomb, "text/plain", "Content-Encoding: gzip\r\n")) return;
        }
    });
    expect_trouble(engine.url(), "gzip_bomb", "unpacks to more than 8 MiB");
}

TEST(CliEngineFaults, NoTls) {
    const SimCall sim("vllm");
    expect_trouble("https://" + sim.address(), "tls", "write http:// if it speaks no TLS");
}

TEST(CliEngineFaults, ANameWithoutAnAddress) {
    expect_trouble("http://no-such-host.invalid:8000", "dns", "correct the name");
}

TEST(CliEngineFaults, AnotherServiceOnThePort) {
    const RudeServer other([](RudePeer& peer) { peer.send("SSH-2.0-OpenSSH_9.2\r\n"); });
    expect_trouble(other.url(), "not_http", "correct the port");
}

/// Answers `/metrics` as vLLM does, or as llama.cpp where `other` says so; all else with 404.
RudeServer::Manners one_or_the_other(std::function<bool()> other) {
    return [other = std::move(other)](RudePeer& peer) {
        for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
            bool sent = false;
            if (!head.starts_with("GET /metrics ")) {
                sent = peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            } else if (other()) {
                sent = peer.send_page(
                    "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 2\n");
            } else {
                sent = peer.send_page(vllm_page(3), kPage);
            }
            if (!sent) return;
        }
    };
}

TEST(CliEngineFaults, AnotherEngineOnThePortGoesOnUnderItsNameAndIsTold) {
    std::atomic<bool> other{false};
    const RudeServer engine(one_or_the_other([&] { return other.load(); }));
    const ServeCall serve("--worker " + engine.url());
    const auto now = [&] { return serve.worker(engine.worker_id()); };
    ASSERT_TRUE(comes_true([&] { return now()["load"]["running"] == 3; }));
    EXPECT_EQ(now()["engine"], "vllm");
    EXPECT_FALSE(now().contains("trouble"));
    other = true;
    ASSERT_TRUE(comes_true([&] { return now().contains("trouble"); }));
    const json worker = now();
    EXPECT_EQ(worker["trouble"]["kind"], "other_engine");
    const std::string sentence =
        "another engine: " + engine.url() +
        ": llama.cpp answers where vLLM did: nothing to do if that is meant, else correct the "
        "URL, or see who took the port";
    EXPECT_EQ(worker["trouble"]["what"], sentence);
    EXPECT_TRUE(worker["trouble"]["since"].is_string());
    EXPECT_NE(worker["state"], "stale");
    EXPECT_EQ(worker["engine"], "llamacpp");
    EXPECT_EQ(worker["load"]["running"], 2);
    EXPECT_EQ(worker["generation"], 2);

    EXPECT_THAT(serve.text("/metrics"),
                ContainsRegex("muster_worker_trouble\\{[^}]*engine=\"llamacpp\"[^}]*"
                              "trouble=\"other_engine\"\\} 1"));
    EXPECT_TRUE(comes_true([&] {
        return serve.text("/v1/journal").find(sentence) != std::string::npos;
    })) << serve.text("/v1/journal");
    MusterCall get("get --server " + serve.url());
    EXPECT_EQ(get.code(), 0) << "it tells a load: " << get.err();
    EXPECT_THAT(get.out(), HasSubstr(": other_engine: " + sentence));
    MusterCall top("top --server " + serve.url());
    EXPECT_EQ(top.code(), 0) << top.err();
    EXPECT_THAT(top.out(), HasSubstr("! 1 other_engine for "));
    EXPECT_THAT(top.out(), HasSubstr(" *" + engine.worker_id()));
}

TEST(CliEngineFaults, CheckTellsThatSeveralEnginesStandBehindOneAddress) {
    std::atomic<int> asked{0};
    const RudeServer balancer(one_or_the_other([&] { return ++asked % 2 == 0; }));
    MusterCall check("check --json " + balancer.url());
    EXPECT_EQ(check.code(), 1) << check.err();
    const json said = json::parse(check.out(), nullptr, false);
    ASSERT_TRUE(said.is_array() && said.size() == 1) << check.out();
    EXPECT_EQ(said[0]["trouble"]["kind"], "other_engine");
    EXPECT_THAT(said[0]["trouble"]["what"].get<std::string>(),
                HasSubstr("not by that of a balancer"));
    EXPECT_TRUE(said[0]["engine"].is_string()) << "the rest is told as well";
}

}  // namespace
}  // namespace muster::testing
