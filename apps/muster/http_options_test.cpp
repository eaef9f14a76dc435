// --worker, --discover and what goes with them, and what `muster check URL` says.
#include "http_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_check.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;

GivenFlags given(const std::string& flag, std::vector<std::string> texts) {
    GivenFlags flags;
    flags.set(flag, {.texts = std::move(texts), .origin = FlagOrigin::command_line});
    return flags;
}

std::string mistake(const std::string& flag, const std::string& text) {
    const auto read = read_http_options(given(flag, {text}));
    EXPECT_FALSE(read);
    return read ? "" : read.error().what;
}

TEST(HttpOptions, AWorkerNeedsNoSchemeAndMayBeThePagesOwnAddress) {
    const auto read = read_http_options(given(
        "--worker", {"a:8000", "http://b:8000/metrics", "https://c/engine/", "d:8000/metrics/"}));
    ASSERT_TRUE(read) << read.error().what;
    ASSERT_EQ(read->workers.size(), 4U);
    EXPECT_EQ(read->workers[3].worker_id(), "http/d:8000") << "vLLM has another handler there";
    EXPECT_EQ(read->workers[0].worker_id(), "http/a:8000");
    EXPECT_EQ(read->workers[1].worker_id(), "http/b:8000");
    EXPECT_EQ(read->workers[2].worker_id(), "http/c:443/engine");
    EXPECT_EQ(shown_workers(*read), "4 workers");
}

TEST(HttpOptions, AMistakeNamesFlagAndRemedy) {
    EXPECT_EQ(mistake("--worker", "ftp://a"),
              "not an engine's URL: --worker ftp://a: it does not start with http:// or https://: "
              "give http://HOST:PORT or https://HOST:PORT");
    EXPECT_THAT(mistake("--discover", "zookeeper:x"),
                HasSubstr("write file:PATH, dns:NAME:PORT, srv:NAME, etcd:URL or rest"));
    EXPECT_THAT(mistake("--discover", "dns:engines"), HasSubstr("write dns:NAME:PORT"));
    EXPECT_THAT(mistake("--discover", "srv:a:1"), HasSubstr("write srv:NAME"));
    EXPECT_THAT(mistake("--discover", "etcd:http://e:2379"), HasSubstr("/PREFIX"));
    EXPECT_THAT(mistake("--worker-tls-cert", "x.pem"), HasSubstr("--worker-tls-key"));
    const auto twice = read_http_options(given("--worker", {"a:1", "http://a:1"}));
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().what, HasSubstr("named twice"));
}

TEST(HttpOptions, PlacesAreReadInFull) {
    const auto dns = parse_discovery_place("dns:https://engines.lab:8000");
    ASSERT_TRUE(dns);
    EXPECT_EQ(dns->what, "engines.lab");
    EXPECT_EQ(dns->port, "8000");
    EXPECT_TRUE(dns->tls);
    const auto file = parse_discovery_place("file:/etc/workers.yml");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->what, "/etc/workers.yml");
    EXPECT_EQ(file->kind, DiscoveryKind::file);
}

ProbedEngine vllm(EngineMotion motion, std::uint64_t running) {
    ProbedEngine found;
    found.engine = Engine::vllm;
    found.models = {"acme/chat"};
    found.scrapes = 3;
    found.cost = std::chrono::microseconds(3600);
    found.bytes = 56'132;
    EngineReport report;
    report.load.set_count(LoadField::running, running);
    report.motion = motion;
    found.reports = {report};
    return found;
}

TEST(EngineCheck, TellsWhatItIsAndWhatALookCosts) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine found = vllm(EngineMotion::moving, 3);
    found.moved = true;
    found.lacks = {{"slots", "tell it with --max-num-seqs"}};
    const std::string words = probe_words(target, found);
    EXPECT_THAT(words, HasSubstr("http://a:8000: vLLM, acme/chat\n"));
    EXPECT_THAT(words, HasSubstr("running 3/-, waiting -"));
    EXPECT_THAT(words, HasSubstr("costs    3.6 ms of its time and 56 kB a look: asked every 250ms "
                                 "(1.4 %)"));
    EXPECT_THAT(words, HasSubstr("moves    yes"));
    EXPECT_THAT(words, HasSubstr("missing  slots: tell it with --max-num-seqs"));
    EXPECT_EQ(verdict_on(found), ExitCode::done);
}

TEST(EngineCheck, SeveralEnginesBehindOneAddressAreATrouble) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine found = vllm(EngineMotion::moving, 3);
    found.engine_before = Engine::sglang;
    EXPECT_THAT(probe_words(target, found),
                HasSubstr("  trouble  another engine: http://a:8000: vLLM answered, and SGLang "
                          "before it"));
    EXPECT_EQ(verdict_on(found), ExitCode::trouble);
    std::string json;
    append_probe_json(json, target, found);
    EXPECT_THAT(json, HasSubstr(R"("trouble":{"kind":"other_engine","what":"another engine: )"));
    EXPECT_THAT(json, HasSubstr(R"("engine":"vllm")"));
}

TEST(EngineCheck, TheCodeSaysWhatIsWrong) {
    EXPECT_EQ(verdict_on(vllm(EngineMotion::idle, 0)), ExitCode::done) << "idle is no trouble";
    EXPECT_EQ(verdict_on(vllm(EngineMotion::still, 3)), ExitCode::trouble) << "it may hang";
    EXPECT_EQ(verdict_on(ProbedEngine{}), ExitCode::trouble) << "no engine that we know";
    ProbedEngine refused;
    refused.failure = ScrapeFailure{.fault = ScrapeFault::refused, .detail = {}};
    EXPECT_EQ(verdict_on(refused), ExitCode::unreachable);
}

TEST(EngineCheck, TheJsonHasTheSame) {
    std::string json;
    append_probe_json(json, *parse_scrape_target("a:8000"), vllm(EngineMotion::still, 3));
    EXPECT_THAT(json, HasSubstr(R"("url":"http://a:8000","id":"http/a:8000","trouble":null)"));
    EXPECT_THAT(json, HasSubstr(R"("engine":"vllm","models":["acme/chat"])"));
    EXPECT_THAT(json, HasSubstr(R"("running":3,"slots":null)"));
    EXPECT_THAT(json, HasSubstr(R"("motion":"still")"));
}

}  // namespace
}  // namespace muster
