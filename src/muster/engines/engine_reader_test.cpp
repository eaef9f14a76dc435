// What is asked of each engine, which document counts, and what refusals mean.
#include "muster/engines/engine_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/engine_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::EngineServer;
using testing_support::golden;
using testing_support::recorded;

TEST(EngineReader, LlamacppUnderLoad) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/load-metrics.body");
    server.answers["/slots"] = recorded("llamacpp-0.6.0-dev/load-slots.body");
    server.answers["/props"] = recorded("llamacpp-0.6.0-dev/load-props.body");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::llamacpp);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/slots", "/props"));
    ASSERT_EQ(scrape.reports.size(), 1U);
    const Load& load = scrape.reports[0].load;
    EXPECT_EQ(load.running, 1U);
    EXPECT_EQ(load.waiting, 1U);
    EXPECT_EQ(load.slots, 4U);
    EXPECT_EQ(load.kv_total_blocks, 8192U);
    EXPECT_EQ(load.kv_active_blocks % 221, 0U);  // Tokens of slots at work; idle ones keep theirs.
    EXPECT_LT(load.kv_active_blocks, 4U * 221U);
    EXPECT_EQ(scrape.reports[0].progress, 109U);
    EXPECT_THAT(scrape.models, ElementsAre("m"));
    server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/slots"));
}

TEST(EngineReader, LlamacppsStartTimeIsOnlyComparedWithItself) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/load-metrics.body");
    server.answers["/metrics"].process_start = "2194351174";  // In 2039.
    EngineReader reader;
    server.scrape(reader);
    const EngineScrape same = server.scrape_after(reader, 1s);
    EXPECT_FALSE(same.restarted);
    EXPECT_EQ(same.started, std::nullopt);
    server.answers["/metrics"].process_start = "2194351999";
    EXPECT_TRUE(server.scrape_after(reader, 1s).restarted);
}

TEST(EngineReader, LlamacppsSixDigitsAreNotTakenForARate) {
    EngineServer server;
    const auto page = [](const std::string& tokens) {
        return testing_support::EngineAnswer{
            "llamacpp:requests_processing 1\nllamacpp:requests_deferred 0\n"
            "llamacpp:tokens_predicted_total " +
            tokens + "\n"};
    };
    EngineReader reader;
    server.answers["/metrics"] = page("1.23457e+06");
    server.scrape(reader);
    server.answers["/metrics"] = page("1.23458e+06");  // Ten tokens, or one, or nineteen.
    EXPECT_EQ(server.scrape_after(reader, 2s).reports[0].rates.generated_tokens_per_s,
              std::nullopt);
    server.answers["/metrics"] = page("1.23557e+06");
    EXPECT_NEAR(server.scrape_after(reader, 2s).reports[0].rates.generated_tokens_per_s.value(),
                250.0, 1.0);
}

TEST(EngineReader, LlamacppWithoutItsMetricsPage) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/off-metrics.body", 501);
    server.answers["/slots"] = recorded("llamacpp-0.6.0-dev/load-slots.body");
    server.answers["/props"] = recorded("llamacpp-0.6.0-dev/off-props.body");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::llamacpp);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::not_offered);
    EXPECT_THAT(server.advice["/metrics"], HasSubstr("--metrics"));
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_TRUE(scrape.reports[0].load.known.has(LoadField::running));
    EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::waiting));
}

TEST(EngineReader, LlamacppThatLoadsItsModelLives) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/while-health-503-metrics.body", 503);
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::loading);
    EXPECT_THAT(server.advice["/metrics"], HasSubstr("the model is still being loaded"));
    EXPECT_EQ(scrape.engine, Engine::llamacpp);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_TRUE(scrape.reports[0].load.known.empty());
}

TEST(EngineReader, ARouterIsNeverAskedInAWayThatLoadsAModel) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/router-metrics-nomodel.body", 400);
    server.answers["/v1/models"] = recorded("llamacpp-0.6.0-dev/router-v1-models-before.body");
    server.answers["/metrics?model=alpha&autoload=false"] =
        recorded("llamacpp-0.6.0-dev/router-metrics-alpha.body");
    server.answers["/slots?model=alpha&autoload=false"] =
        recorded("llamacpp-0.6.0-dev/router-slots-alpha.body");
    EngineReader reader;
    const EngineScrape first = server.scrape(reader);
    EXPECT_EQ(first.engine, Engine::llamacpp);
    EXPECT_THAT(first.models, ElementsAre("alpha"));
    EXPECT_EQ(first.reports[0].load.slots, 2U);
    EXPECT_TRUE(first.reports[0].load.known.has(LoadField::waiting));
    const EngineScrape second = server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/v1/models", "/metrics?model=alpha&autoload=false",
                                          "/slots?model=alpha&autoload=false"));
    EXPECT_EQ(second.reports[0].load.running, 0U);
    // It may be thrown out in between: that is no failure.
    server.answers["/metrics?model=alpha&autoload=false"] =
        recorded("llamacpp-0.6.0-dev/router-metrics-unloaded-autoload-false.body", 400);
    server.scrape_after(reader, 1s);
    EXPECT_EQ(server.fates["/metrics?model=alpha&autoload=false"], DocumentFate::empty);
    // None loaded: it lives, and there is no load.
    server.answers["/v1/models"] = recorded("llamacpp-0.6.0-dev/router-v1-models-unloaded.body");
    const EngineScrape none = server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/v1/models"));
    ASSERT_EQ(none.reports.size(), 1U);
    EXPECT_TRUE(none.reports[0].load.known.empty());
}

TEST(EngineReader, ARoutersModelsAddUp) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/router-metrics-nomodel.body", 400);
    server.answers["/v1/models"] = {R"({"data":[{"id":"a b","status":{"value":"loaded"}},)"
                                    R"({"id":"c","status":{"value":"loaded"}}]})"};
    const auto page = [](int running) {
        return testing_support::EngineAnswer{
            "llamacpp:requests_processing " + std::to_string(running) +
            "\nllamacpp:requests_deferred 1\nllamacpp:n_decode_total 100\n"};
    };
    server.answers["/metrics?model=a%20b&autoload=false"] = page(2);
    server.answers["/metrics?model=c&autoload=false"] = page(3);
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.running, 5U);
    EXPECT_EQ(scrape.reports[0].load.waiting, 2U);
    // One model less: a sum that fell is no restart.
    server.answers["/v1/models"] = {R"({"data":[{"id":"c","status":{"value":"loaded"}}]})"};
    const EngineScrape fewer = server.scrape_after(reader, 1s);
    EXPECT_FALSE(fewer.restarted);
    EXPECT_EQ(fewer.reports[0].load.running, 3U);
}

TEST(EngineReader, SglangsSchedulerKnowsBetterThanItsPage) {
    EngineServer server;
    server.answers["/metrics"] = recorded("sglang-0.5.23-rendered/metrics.body");
    server.answers["/v1/loads"] = recorded("documented/sglang-loads.json");
    EngineReader reader;
    server.answers["/v1/loads"].body.replace(
        server.answers["/v1/loads"].body.find("\"num_running_reqs\":21"), 21,
        "\"num_running_reqs\":99");
    const EngineScrape first = server.scrape(reader);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/v1/loads"));
    EXPECT_EQ(first.reports[0].load.running, 99U);
    EXPECT_EQ(first.reports[0].load.slots, 128U);
    EXPECT_EQ(first.reports[1].load.running, 20U);
    const EngineScrape second = server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/v1/loads"));
    ASSERT_EQ(second.reports.size(), 1U);
    EXPECT_EQ(second.reports[0].rank, 0U);
    EXPECT_EQ(second.reports[0].load.kv_active_blocks, 2800U);  // By the page size learnt before.
    server.scrape_after(reader, 5s);
    EXPECT_THAT(server.asked, ElementsAre("/v1/loads", "/metrics"));
}

TEST(EngineReader, SglangsPageStandsInForItsScheduler) {
    EngineServer server;
    server.answers["/metrics"] = recorded("sglang-0.5.23-rendered/metrics.body");
    server.answers["/v1/loads"] = recorded("documented/sglang-loads.json");
    EngineReader reader;
    server.scrape(reader);
    server.answers["/v1/loads"] = {"busy", 500};
    const EngineScrape scrape = server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/v1/loads", "/metrics"));
    EXPECT_EQ(server.fates["/v1/loads"], DocumentFate::failed);
    EXPECT_EQ(scrape.reports.size(), 2U);
    server.answers.erase("/v1/loads");  // An older one after an update: 404.
    server.scrape_after(reader, 1s);
    server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/metrics"));
}

TEST(EngineReader, SglangWithoutItsPageIsFoundByItsScheduler) {
    EngineServer server;
    server.answers["/v1/loads"] = recorded("documented/sglang-loads.json");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::sglang);
    EXPECT_THAT(server.advice["/metrics"], HasSubstr("--enable-metrics"));
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.running, 21U);
    EXPECT_EQ(scrape.reports[0].load.waiting, 5U);
    EXPECT_DOUBLE_EQ(scrape.reports[0].load.kv_usage, 0.41);
    EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::kv_total_blocks));
}

TEST(EngineReader, SglangTellsHowOldItsLoadIs) {
    const auto lag_of = [](const std::string& answered, const std::string& captured) {
        EngineServer server;
        server.answers["/v1/loads"] = {R"({"timestamp":")" + answered +
                                       R"(","loads":[{"dp_rank":0,"timestamp":)" + captured +
                                       R"(,"num_running_reqs":1,"num_waiting_reqs":0}]})"};
        EngineReader reader;
        const EngineScrape scrape = server.scrape(reader);
        EXPECT_EQ(scrape.reports.size(), 1U);
        return scrape.reports.empty() ? std::nullopt : scrape.reports[0].captured_lag;
    };
    const auto lag = lag_of("2026-11-23T06:00:00.750000+00:00", "1795413600.25");
    ASSERT_TRUE(lag);
    EXPECT_NEAR(to_ms(*lag), 500.0, 0.01);
    EXPECT_EQ(lag_of("2026-11-23T06:00:00Z", "1795413600.25"), Duration::zero())
        << "the answer's time is cut to the second";
    EXPECT_EQ(lag_of("2026-11-23T06:00:00Z", "1760000000.12"), std::nullopt) << "not one clock";
    EXPECT_EQ(lag_of("2026-11-23T06:00:00Z", "1795413700"), std::nullopt);
    EXPECT_EQ(lag_of("now", "1795413600"), std::nullopt);
    EXPECT_EQ(lag_of("2026-11-23T06:00:00Z", "null"), std::nullopt);
}

TEST(EngineReader, TheFirstThatIsRecognisedIsNoRestart) {
    EngineServer server;
    server.answers["/metrics"] = {
        R"({"error":{"code":501,"message":"x","type":"not_supported_error"}})", 501};
    EngineReader reader;
    EXPECT_FALSE(server.scrape(reader).restarted);
    EXPECT_EQ(reader.engine(), Engine::llamacpp);
}

TEST(EngineReader, OlderSglangCountsWaitingOnesAmongAll) {
    EngineServer server;
    server.answers["/get_load"] = {
        R"([{"dp_rank":0,"num_reqs":21,"num_waiting_reqs":5,"num_tokens":179200,"ts_tic":1.5}])"};
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::sglang);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.running, 16U);
    EXPECT_EQ(scrape.reports[0].load.waiting, 5U);
}

TEST(EngineReader, TensorRtLlmTellsIterationsOnce) {
    EngineServer server;
    server.answers["/metrics"] = recorded("documented/trtllm-iterations.json");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::trtllm);
    ASSERT_EQ(scrape.reports.size(), 1U);
    const Load& load = scrape.reports[0].load;
    EXPECT_EQ(load.running, 7U);
    EXPECT_EQ(load.waiting, 2U);
    EXPECT_EQ(load.slots, 64U);
    EXPECT_EQ(load.kv_total_blocks, 8192U);
    EXPECT_EQ(load.kv_active_blocks, 3040U);
    EXPECT_DOUBLE_EQ(load.prefix_hit_rate, 0.5217);
    EXPECT_EQ(scrape.reports[0].progress, 812U);
    // Nothing since, though seven were at work: alive, and no load.
    server.answers["/metrics"] = {"[]"};
    const EngineScrape drained = server.scrape_after(reader, 1s);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::empty);
    ASSERT_EQ(drained.reports.size(), 1U);
    EXPECT_TRUE(drained.reports[0].load.known.empty());
}

TEST(EngineReader, TensorRtLlmThatHadNothingLeftIsIdleWhenItTellsNothing) {
    EngineServer server;
    server.answers["/metrics"] = {
        R"([{"iter":5,"numActiveRequests":3,"numQueuedRequests":0,"numCompletedRequests":0},)"
        R"({"iter":6,"numActiveRequests":1,"numQueuedRequests":0,"numCompletedRequests":1}])"};
    EngineReader reader;
    EXPECT_EQ(server.scrape(reader).reports[0].load.running, 1U);
    server.answers["/metrics"] = {"[]"};
    const EngineScrape drained = server.scrape_after(reader, 1s);
    EXPECT_EQ(drained.reports[0].load.count(LoadField::running), 0U);
    EXPECT_EQ(drained.reports[0].load.count(LoadField::waiting), 0U);
}

TEST(EngineReader, TensorRtLlmsRatesStandWhileItsListIsDrained) {
    EngineServer server;
    const auto page = [&](int tokens) {
        server.answers["/prometheus/metrics"] = {"trtllm_generation_tokens_total " +
                                                 std::to_string(tokens) + "\n"};
    };
    const std::string iteration =
        R"([{"iter":5,"numActiveRequests":1,"numQueuedRequests":0,"numCompletedRequests":1}])";
    server.answers["/metrics"] = {iteration};
    page(100);
    EngineReader reader;
    server.scrape(reader);
    page(600);
    const EngineScrape second = server.scrape_after(reader, 5s);
    ASSERT_EQ(second.reports.size(), 1U);
    const auto rate = second.reports[0].rates.generated_tokens_per_s;
    ASSERT_TRUE(rate);
    EXPECT_NEAR(*rate, 100.0, 1.0);
    server.answers["/metrics"] = {"[]"};
    const EngineScrape drained = server.scrape_after(reader, 1s);
    ASSERT_EQ(drained.reports.size(), 1U);
    EXPECT_EQ(drained.reports[0].rates.generated_tokens_per_s, rate);
}

TEST(EngineReader, TensorRtLlmRanks) {
    EngineServer server;
    server.answers["/metrics"] = {R"([{"iter":5,"numActiveRequests":3,"attentionDpRank":0},)"
                                  R"({"iter":5,"numActiveRequests":4,"attentionDpRank":1},)"
                                  R"({"iter":6,"numActiveRequests":2,"attentionDpRank":0}])"};
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    ASSERT_EQ(scrape.reports.size(), 2U);
    EXPECT_EQ(scrape.reports[0].load.running, 2U);
    EXPECT_EQ(scrape.reports[1].load.running, 4U);
    EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::waiting));
}

TEST(EngineReader, EachRefusalHasItsNameAndItsAdvice) {
    struct Case {
        testing_support::EngineAnswer answer;
        DocumentFate fate;
        const char* advice;
    };
    const std::vector<Case> cases = {
        {{"<html><body>hello</body></html>", 200, "text/html"},
         DocumentFate::not_readable,
         "check the URL"},
        {{"# HELP up x\n# TYPE up gauge\nup 1\n"},
         DocumentFate::not_readable,
         "--disable-log-stats"},
        {{"", 302}, DocumentFate::redirected, "name the server itself"},
        {{"", 401}, DocumentFate::unauthorized, "token"},
        {{"", 403}, DocumentFate::unauthorized, "token"},
        {{"", 404}, DocumentFate::not_offered, "--enable-metrics"},
        {{"", 500}, DocumentFate::failed, "log"},
        {{"", 503}, DocumentFate::failed, "log"},
        {{"{\"a\":1}", 200, "application/json"}, DocumentFate::not_readable, "check the URL"},
        {{"[{\"a\":1}]", 200, "application/json"}, DocumentFate::not_readable, "check the URL"},
        {{"", 200}, DocumentFate::not_readable, "check the URL"},
    };
    for (const Case& one : cases) {
        EngineServer server;
        server.answers["/metrics"] = one.answer;
        EngineReader reader;
        const EngineScrape scrape = server.scrape(reader);
        EXPECT_EQ(server.fates["/metrics"], one.fate) << one.answer.body << one.answer.status;
        EXPECT_THAT(server.advice["/metrics"], HasSubstr(one.advice));
        EXPECT_EQ(scrape.engine, std::nullopt);
        EXPECT_THAT(scrape.reports, IsEmpty());
    }
}

TEST(EngineReader, AnUnknownServerIsProbedSeldom) {
    EngineServer server;
    EngineReader reader;
    server.scrape(reader);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/v1/loads", "/get_load", "/props"));
    server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/metrics"));
    server.scrape_after(reader, 10s);
    EXPECT_EQ(server.asked.size(), 4U);
}

TEST(EngineReader, AKnownEngineThatAnswersNothingUsefulKeepsItsName) {
    EngineServer server;
    server.answers["/metrics"] = recorded("vllm-0.32.0/load-metrics.body");
    EngineReader reader;
    server.scrape(reader);
    server.answers["/metrics"] = {"Internal Server Error", 500};
    const EngineScrape failed = server.scrape_after(reader, 1s);
    EXPECT_EQ(failed.engine, Engine::vllm);
    EXPECT_EQ(reader.engine(), Engine::vllm);
    EXPECT_THAT(failed.models, ElementsAre("tiny"));
}

TEST(EngineReader, WhatItOffersIsWhatItWasSeenToAnswer) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/load-metrics.body");
    server.answers["/slots"] = recorded("llamacpp-0.6.0-dev/off-slots.body", 501);
    server.answers["/props"] = recorded("llamacpp-0.6.0-dev/load-props.body");
    EngineReader reader;
    server.scrape(reader);
    EXPECT_THAT(reader.offers(), ElementsAre(EngineDocument::metrics, EngineDocument::props));
    ASSERT_EQ(reader.lacks().size(), 1U);
    EXPECT_EQ(reader.lacks()[0].what, "KV use");
}

TEST(EngineReader, JunkNeitherThrowsNorTells) {
    const std::string loads = golden("engines/documented/sglang-loads.json");
    for (std::size_t size = 0; size < loads.size(); size += 7) {
        EngineServer server;
        server.answers["/v1/loads"] = {loads.substr(0, size)};
        EngineReader reader;
        EXPECT_THAT(server.scrape(reader).reports, IsEmpty()) << size;
    }
    const std::string slots = golden("engines/llamacpp-0.6.0-dev/load-slots.body");
    for (std::size_t size = 0; size < slots.size(); size += 97) {
        EngineServer server;
        server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/load-metrics.body");
        server.answers["/slots"] = {slots.substr(0, size)};
        EngineReader reader;
        const EngineScrape scrape = server.scrape(reader);
        ASSERT_EQ(scrape.reports.size(), 1U);
        EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::kv_total_blocks)) << size;
    }
}

}  // namespace
}  // namespace muster
