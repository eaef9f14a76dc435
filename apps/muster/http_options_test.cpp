// --worker, --discover and what goes with them, and what `muster check URL` says.
#include "http_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_check.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
    EXPECT_THAT(mistake("--discover", "dns:[::1]"), HasSubstr("write dns:NAME:PORT"));
    EXPECT_THAT(mistake("--discover", "srv:a:1"), HasSubstr("write srv:NAME"));
    EXPECT_THAT(mistake("--discover", "srv:a b\n"), HasSubstr("write srv:NAME"));
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
    found.scrapes = 7;
    found.looked = std::chrono::milliseconds(1200);
    found.cost = std::chrono::microseconds(3600);
    found.middle_cost = std::chrono::microseconds(4125);
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
    EXPECT_THAT(words, HasSubstr("costs    3.60 ms of its time and 56 kB a look (the least seen; "
                                 "the middle one 4.12 ms): asked every 250ms (1.4 %)"));
    EXPECT_THAT(words, HasSubstr("moves    yes"));
    EXPECT_THAT(words, HasSubstr("missing  slots: tell it with --max-num-seqs"));
    EXPECT_EQ(verdict_on(found), ExitCode::done);
}

TEST(EngineCheck, NoLookIsFree) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine found = vllm(EngineMotion::moving, 3);
    found.cost = std::chrono::microseconds(140);
    found.middle_cost = std::chrono::milliseconds(73);
    EXPECT_THAT(probe_words(target, found),
                HasSubstr("0.14 ms of its time and 56 kB a look (the least seen; the middle one "
                          "73 ms): asked every 2.0s (less than 0.1 %)"));
    std::string json;
    append_probe_json(json, target, found);
    EXPECT_THAT(json,
                HasSubstr(R"("cost_ms":0.140,"middle_cost_ms":73.000,"bytes":56132,"looks":7)"));
    found.cost = found.middle_cost = Duration::zero();
    EXPECT_THAT(probe_words(target, found), HasSubstr("costs    less than 0.01 ms of its time"));
    json.clear();
    append_probe_json(json, target, found);
    EXPECT_THAT(json, HasSubstr(R"("cost_ms":null,"middle_cost_ms":null,)"));
}

TEST(EngineCheck, AnEngineThatTellsNoLoadIsToldWhy) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine found = vllm(EngineMotion::unknown, 0);
    found.reports[0].load = {};
    EXPECT_THAT(probe_words(target, found),
                HasSubstr("  trouble  no load: http://a:8000: it answers, and tells no load: a "
                          "vLLM of several API servers begins with its first request"));
    EXPECT_EQ(verdict_on(found), ExitCode::trouble);
    std::string json;
    append_probe_json(json, target, found);
    EXPECT_THAT(json, HasSubstr(R"("trouble":{"kind":"no_load",)"));
    found.documents = {{.target = "/metrics", .why = {}, .advice = "no /metrics (404)"}};
    EXPECT_THAT(probe_words(target, found), Not(HasSubstr("  trouble  "))) << "that line says it";
}

TEST(EngineCheck, WhatNothingTellsIsNoHang) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine found = vllm(EngineMotion::unknown, 3);
    EXPECT_THAT(probe_words(target, found),
                HasSubstr("moves    not seen: nothing changed in 1.2s, and it tells no counter"));
    EXPECT_EQ(verdict_on(found), ExitCode::done);
    found.reports[0].motion = EngineMotion::still;
    EXPECT_THAT(probe_words(target, found), HasSubstr("its counters stand still for 1.2s"));
    EXPECT_EQ(verdict_on(found), ExitCode::trouble);
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
}

TEST(EngineCheck, EachMotionHasItsNameAndItsWords) {
    const ScrapeTarget target = *parse_scrape_target("a:8000");
    ProbedEngine moved = vllm(EngineMotion::moving, 3);
    moved.moved = true;
    struct Case {
        ProbedEngine found;
        std::string name;
        std::string words;
    };
    const std::vector<Case> cases = {
        {moved, "moving", "yes\n"},
        {vllm(EngineMotion::idle, 0), "idle", "not now: nothing runs\n"},
        {vllm(EngineMotion::still, 3), "still", "NO: requests run or wait, and its counters stand"},
        {vllm(EngineMotion::unknown, 3), "unknown", "not seen: nothing changed in 1.2s"},
    };
    for (const Case& one : cases) {
        EXPECT_THAT(probe_words(target, one.found), HasSubstr("\n  moves    " + one.words));
        std::string json;
        append_probe_json(json, target, one.found);
        EXPECT_THAT(json, HasSubstr(R"("motion":")" + one.name + '"'));
    }
}

}  // namespace
}  // namespace muster
