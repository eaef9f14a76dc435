// What would mislead a reader of engines' pages: one trap each, as genuine engines set them.
// docs/design/engine_traps.md lists all of them, with those that other files test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "muster/engines/engine_reader.hpp"
#include "support/engine_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using testing_support::EngineAnswer;
using testing_support::EngineServer;
using testing_support::golden;
using testing_support::OnePage;
using testing_support::recorded;
using testing_support::TwoPages;

TEST(EngineTraps, AnAbortIsSeenInVllmsGaugeAndInNoCounter) {
    const std::string counters =
        "vllm:iteration_tokens_total_count{engine=\"0\"} 90.0\n"
        "vllm:request_success_total{engine=\"0\",finished_reason=\"abort\"} 0.0\n"
        "vllm:request_success_total{engine=\"0\",finished_reason=\"stop\"} 7.0\n";
    const TwoPages pages("vllm:num_requests_running{engine=\"0\"} 1.0\n" + counters,
                         "vllm:num_requests_running{engine=\"0\"} 0.0\n" + counters);
    EXPECT_EQ(pages.report().load.running, 0U);
    EXPECT_EQ(pages.report().requests_total, 7U);
    EXPECT_EQ(pages.report().rates.requests_per_s, 0.0) << "finished ones only";
    EXPECT_FALSE(pages.report().was_busy);
    EXPECT_FALSE(pages.scrape.restarted);
}

TEST(EngineTraps, VllmsRanksComeInAnyOrder) {
    const OnePage page(
        "vllm:num_requests_running{engine=\"1\",model_name=\"m\"} 4.0\n"
        "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n"
        "vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 1.0\n"
        "vllm:num_requests_waiting{engine=\"1\",model_name=\"m\"} 2.0\n");
    ASSERT_EQ(page.scrape.reports.size(), 2U);
    EXPECT_EQ(page.scrape.reports[0].rank, 0U);
    EXPECT_EQ(page.load(0).running, 3U);
    EXPECT_EQ(page.load(0).waiting, 1U);
    EXPECT_EQ(page.load(1).running, 4U);
    EXPECT_EQ(page.load(1).waiting, 2U);
}

TEST(EngineTraps, VllmOfSeveralProcessesHasNoGaugeBeforeItsFirstRequest) {
    EngineServer server;
    server.answers["/metrics"] = recorded("vllm-0.32.0-dp2/idle-metrics.body");
    EngineReader reader;
    const EngineScrape idle = server.scrape(reader);
    EXPECT_EQ(idle.engine, Engine::vllm);
    ASSERT_EQ(idle.reports.size(), 2U) << "its counters name the ranks";
    for (const EngineReport& report : idle.reports) {
        EXPECT_TRUE(report.load.known.empty()) << "unknown, not 0";
        EXPECT_EQ(report.progress, 0U);
    }
    server.answers["/metrics"] = recorded("vllm-0.32.0-dp2/load-metrics.body");
    const EngineScrape used = server.scrape_after(reader, 1s);
    EXPECT_FALSE(used.restarted);
    ASSERT_EQ(used.reports.size(), 2U);
    EXPECT_EQ(used.reports[0].load.count(LoadField::running), 0U);
    EXPECT_EQ(used.reports[1].load.kv_total_blocks, 60U);
}

TEST(EngineTraps, VllmsSeriesWithoutARankMakeNone) {
    std::string page = golden("engines/vllm-0.32.0-dp2/load-metrics.body");
    const std::string before = page;
    page +=
        "# TYPE vllm:lora_requests_info gauge\n"
        "vllm:lora_requests_info{max_lora=\"4\",running_lora_adapters=\"sql,\\\"fr\\\"\","
        "waiting_lora_adapters=\"\"} 1.760000000125e+09\n"
        "vllm:admission_rejections_total{model_name=\"tiny\",reason=\"max_num_queued_reqs\"} 5.0\n";
    const OnePage with(page);
    const OnePage without(before);
    ASSERT_EQ(with.scrape.reports.size(), 2U);
    for (std::size_t rank = 0; rank < 2; ++rank) {
        EXPECT_EQ(with.load(rank), without.load(rank));
    }
}

TEST(EngineTraps, VllmWithSeveralKvGroupsIsCountedByItsTokens) {
    const std::string page =
        "vllm:num_requests_running{engine=\"0\"} 1.0\n"
        "vllm:kv_cache_usage_perc{engine=\"0\"} 0.5\n"
        "vllm:cache_config_info{block_size=\"16\",engine=\"0\",num_gpu_blocks=\"1000\"";
    EXPECT_EQ(OnePage(page + "} 1.0\n").load().kv_total_blocks, 1000U);
    EXPECT_EQ(OnePage(page + ",kv_cache_size_tokens=\"8000\"} 1.0\n").load().kv_total_blocks, 500U)
        << "num_gpu_blocks times block_size is wrong there";
    EXPECT_EQ(OnePage(page + ",kv_cache_size_tokens=\"None\"} 1.0\n").load().kv_total_blocks,
              1000U);
}

TEST(EngineTraps, VllmsPageGrowsWithUseAndSaysTheSame) {
    const OnePage fresh(golden("engines/vllm-0.32.0/idle-fresh-metrics.body"));
    const OnePage used(golden("engines/vllm-0.32.0/load-metrics.body"));
    const OnePage after(golden("engines/vllm-0.32.0/after-metrics.body"));
    const OnePage slash(golden("engines/vllm-0.32.0/metrics-slash.body"));
    EXPECT_EQ(fresh.load().count(LoadField::running), 0U) << "a zero that is told is known";
    EXPECT_EQ(after.load().count(LoadField::running), 0U);
    for (const OnePage* page : {&fresh, &after, &slash}) {
        EXPECT_EQ(page->scrape.engine, Engine::vllm);
        EXPECT_EQ(page->load().known, used.load().known);
        EXPECT_EQ(page->load().kv_total_blocks, 120U);
    }
}

TEST(EngineTraps, WhatIsNotOfferedSaysFastApisNotFound) {
    EngineServer server;
    server.answers["/metrics"] = recorded("vllm-0.32.0/load-metrics.body");
    server.answers["/load"] = recorded("vllm-0.32.0/nosuch.body", 404);
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(server.fates["/load"], DocumentFate::not_offered);
    EXPECT_EQ(scrape.reports.front().load.waiting, 9U);
}

TEST(EngineTraps, LlamacppsSlotsAtRestHoldNothing) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/idle-fresh-metrics.body");
    server.answers["/slots"] = recorded("llamacpp-0.6.0-dev/slots-fresh.body");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.slots, 4U) << "a fresh slot says no more than that it is one";
    EXPECT_EQ(scrape.reports[0].load.count(LoadField::running), 0U);
    EXPECT_EQ(scrape.reports[0].load.count(LoadField::kv_active_blocks), 0U);
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/after-metrics.body");
    server.answers["/slots"] = recorded("documented/llamacpp-slots.json");
    const Load after = server.scrape_after(reader, 1s).reports.front().load;
    EXPECT_EQ(after.count(LoadField::kv_active_blocks), 16U) << "not the 7003 that one kept";
}

TEST(EngineTraps, LlamacppsNamesOfOlderReleases) {
    const OnePage page(
        "llamacpp:requests_processing 1\nllamacpp:requests_deferred 0\n"
        "llamacpp:kv_cache_usage_ratio 0.25\nllamacpp:kv_cache_tokens 1024\n");
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 0.25);
    EXPECT_EQ(page.load().kv_active_blocks, 1024U);
}

TEST(EngineTraps, ThoseThatWaitForAGrammarWait) {
    const OnePage page(
        "sglang:num_grammar_queue_reqs{priority=\"\",tp_rank=\"0\"} 3.0\n"
        "sglang:num_grammar_queue_reqs{priority=\"\",tp_rank=\"1\"} 3.0\n"
        "sglang:num_queue_reqs{priority=\"\",tp_rank=\"0\"} 2.0\n"
        "sglang:num_queue_reqs{priority=\"\",tp_rank=\"1\"} 2.0\n"
        "sglang:num_running_reqs{priority=\"\",tp_rank=\"0\"} 1.0\n");
    EXPECT_EQ(page.load().waiting, 5U) << "once, whatever the order and the ranks of tensors";
    // `/v1/loads` knows better, also where it does not tell of grammars.
    EngineServer server;
    server.answers["/metrics"] = recorded("sglang-0.5.23-rendered/metrics.body");
    server.answers["/v1/loads"] = {
        R"({"loads":[{"dp_rank":0,"num_running_reqs":1,"num_waiting_reqs":4}]})"};
    EngineReader reader;
    EXPECT_EQ(server.scrape(reader).reports.front().load.waiting, 4U);
    EXPECT_EQ(server.scrape_after(reader, 1s).reports.front().load.waiting, 4U);
}

TEST(EngineTraps, SglangsFrontendCountsStreamsApart) {
    const auto page = [](int streamed, int whole, int requests) {
        const auto line = [](const std::string& name, const char* streaming, int value) {
            return "sglang:" + name + "{is_streaming=\"" + streaming + "\",model_name=\"m\"} " +
                   std::to_string(value) + ".0\n";
        };
        return "sglang:num_running_reqs{model_name=\"m\",tp_rank=\"0\"} 1.0\n" +
               line("prompt_tokens_total", "true", streamed) +
               line("prompt_tokens_total", "false", whole) +
               line("num_requests_total", "true", requests) +
               line("num_requests_total", "false", requests);
    };
    const TwoPages pages(page(1000, 500, 3), page(1200, 600, 5));
    EXPECT_NEAR(pages.report().rates.prompt_tokens_per_s.value(), 300.0, 2.0);
    EXPECT_EQ(pages.report().requests_total, 10U);
}

TEST(EngineTraps, SglangOfOneRankNamesNone) {
    const OnePage page("sglang:num_running_reqs{model_name=\"m\",tp_rank=\"0\"} 1.0\n");
    ASSERT_EQ(page.scrape.reports.size(), 1U);
    EXPECT_EQ(page.scrape.reports[0].rank, std::nullopt) << "a missing dp_rank is rank 0";
}

TEST(EngineTraps, SglangsNamesOfSeveralReleases) {
    const std::string running = "sglang:num_running_reqs{tp_rank=\"0\"} 1.0\n";
    const OnePage newer(running +
                        "sglang:kv_used_tokens{tp_rank=\"0\"} 640.0\n"
                        "sglang:page_size{tp_rank=\"0\"} 64.0\n"
                        "sglang:max_total_num_tokens{tp_rank=\"0\"} 6400.0\n");
    EXPECT_EQ(newer.load().kv_active_blocks, 10U);
    EXPECT_EQ(newer.load().kv_total_blocks, 100U);
    EXPECT_DOUBLE_EQ(newer.load().kv_usage, 0.1);
    const OnePage both(running +
                       "sglang:num_used_tokens{tp_rank=\"0\"} 64.0\n"
                       "sglang:kv_used_tokens{tp_rank=\"0\"} 640.0\n"
                       "sglang:cache_config_info{num_pages=\"9\",page_size=\"1\"} 1.0\n"
                       "sglang:page_size{tp_rank=\"0\"} 64.0\n");
    EXPECT_EQ(both.load().kv_active_blocks, 1U);
}

TEST(EngineTraps, SglangsLoadsOfEarlierBuildsAreRead) {
    EngineServer server;
    server.answers["/v1/loads"] = {
        R"({"timestamp":"2026-01-23T06:00:00Z","version":"0.5.8","dp_rank_count":1,)"
        R"("loads":[{"dp_rank":0,"num_running_reqs":21,"num_waiting_reqs":5,"new_member":[1]}],)"
        R"("aggregate":{"num_running_reqs":21,"num_waiting_reqs":5}})"};
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.running, 21U);
    EXPECT_EQ(scrape.reports[0].load.waiting, 5U);
}

TEST(EngineTraps, TensorRtLlmsRecordsOfEarlierReleasesTellWhatTheyHave) {
    EngineServer server;
    server.answers["/metrics"] = {
        R"([{"iter":9,"timestamp":"11-23-2026 06:00:00.125000","numActiveRequests":7}])"};
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.count(LoadField::running), 7U);
    EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::waiting));
    EXPECT_FALSE(scrape.reports[0].load.known.has(LoadField::kv_total_blocks));
}

TEST(EngineTraps, TensorRtLlmsGaugesThatStandStillAreNoSignOfAHang) {
    EngineServer server;
    server.answers["/metrics"] = {.body = "[]", .content_type = "application/json"};
    server.answers["/prometheus/metrics"] = recorded("documented/trtllm.txt");
    EngineReader reader;
    EXPECT_EQ(server.scrape(reader).reports.front().progress, std::nullopt);
    const EngineReport later = server.scrape_after(reader, 6s).reports.front();
    EXPECT_EQ(later.progress, std::nullopt) << "they are updated by whoever drains the records";
    EXPECT_EQ(later.motion, EngineMotion::unknown);
}

TEST(EngineTraps, TritonsBlocksAreChosenByTheirKindAndModelsAddUp) {
    const auto line = [](const std::string& name, const std::string& label,
                         const std::string& value, const std::string& model, int number) {
        return name + "{" + label + "=\"" + value + "\",model=\"" + model + "\",version=\"1\"} " +
               std::to_string(number) + "\n";
    };
    std::string page;
    for (const char* const model : {"a", "b"}) {
        page += line("nv_trt_llm_request_metrics", "request_type", "scheduled", model, 3);
        page +=
            line("nv_trt_llm_kv_cache_block_metrics", "kv_cache_block_type", "reused", model, 77);
        page += line("nv_trt_llm_kv_cache_block_metrics", "kv_cache_block_type", "used", model, 10);
        page += line("nv_trt_llm_kv_cache_block_metrics", "kv_cache_block_type", "max", model, 50);
    }
    page += "nv_inference_pending_request_count{model=\"a\",version=\"1\"} 2\n";
    const OnePage read(page);
    EXPECT_EQ(read.load().running, 6U);
    EXPECT_EQ(read.load().kv_active_blocks, 20U);
    EXPECT_EQ(read.load().kv_total_blocks, 100U);
    EXPECT_EQ(read.load().waiting, 2U) << "Triton's own queue, where the backend tells none";
    EXPECT_THAT(read.scrape.models, ElementsAre("a", "b"));
}

TEST(EngineTraps, TheFirstEngineOfTheListIsTheOneThatIsMeant) {
    // A sidecar's page may carry another engine's series beside its own.
    const OnePage page("tgi_queue_size 3\nvllm:num_requests_running{engine=\"0\"} 2.0\n");
    EXPECT_EQ(page.scrape.engine, Engine::vllm);
    EXPECT_EQ(page.load().running, 2U);
}

TEST(EngineTraps, NothingIsAskedThatCostsAnEngineMuch) {
    // `/metrics/` is another handler of vLLM's, `/server_info` takes it seconds, `/health_generate`
    // makes SGLang generate, `/kv_cache_events` drains: what is not here was not judged.
    const auto known = UnorderedElementsAre("/metrics", "/prometheus/metrics", "/v1/loads",
                                            "/get_load", "/load", "/slots", "/props", "/v1/models");
    EXPECT_THAT(kEngineDocumentPaths, known);
    const std::set<std::string> plain(kEngineDocumentPaths.begin(), kEngineDocumentPaths.end());
    for (const char* const page :
         {"", "vllm:num_requests_running 1\n", "sglang:num_running_reqs 1\n",
          "llamacpp:requests_processing 1\n", "trtllm_num_requests_running 1\n",
          "nv_trt_llm_request_metrics{request_type=\"max\"} 1\n", "tgi_queue_size 1\n",
          "lmdeploy:num_requests_running 1\n"}) {
        EngineServer server;
        server.answers["/metrics"] = {page};
        EngineReader reader;
        for (int i = 0; i < 20; ++i) {
            server.scrape_after(reader, 7s);
            for (const std::string& target : server.asked) {
                EXPECT_TRUE(plain.contains(target)) << page << target;
            }
        }
    }
}

TEST(EngineTraps, ARankThatIsMissingForATimeKeepsItsBlocks) {
    const auto rank = [](const std::string& number) {
        const std::string label = "engine=\"" + number + "\"";
        return "vllm:num_requests_running{" + label + "} 1.0\nvllm:cache_config_info{" + label +
               ",num_gpu_blocks=\"120\"} 1.0\n";
    };
    const TwoPages pages(rank("0") + rank("1"), rank("0"));
    ASSERT_EQ(pages.scrape.reports.size(), 1U);
    EXPECT_EQ(pages.report().load.kv_total_blocks, 60U) << "of 120 of all ranks";
}

TEST(EngineTraps, APageIsJudgedByWhatItSaysWhereItsTypeSaysNothing) {
    for (const char* const type : {"", "application/octet-stream", "text/html", "nonsense"}) {
        EngineServer server;
        server.answers["/metrics"] = {.body = "vllm:num_requests_running{engine=\"0\"} 3.0\n",
                                      .content_type = type};
        EngineReader reader;
        const EngineScrape scrape = server.scrape(reader);
        ASSERT_EQ(scrape.reports.size(), 1U) << type;
        EXPECT_EQ(scrape.reports[0].load.running, 3U) << type;
    }
}

TEST(EngineTraps, LlamacppsTokenCountersJumpWhereItsDecodesMove) {
    const auto page = [](int decodes, int tokens) {
        return "llamacpp:requests_processing 4\nllamacpp:n_decode_total " +
               std::to_string(decodes) + "\nllamacpp:tokens_predicted_total " +
               std::to_string(tokens) + "\n";
    };
    EXPECT_EQ(TwoPages(page(100, 900), page(130, 900)).report().motion, EngineMotion::moving);
    // 200 tokens a second, told every two seconds: asked four times as often, a rate of two
    // answers would be 0 or 1,600.
    EngineServer server;
    EngineReader reader;
    for (int quarter = 0; quarter < 80; ++quarter) {
        server.answers["/metrics"] = {page(100 + 10 * quarter, 400 * (quarter / 8))};
        const EngineScrape scrape = server.scrape_after(reader, 249ms);
        if (quarter < 40) continue;
        const auto rate = scrape.reports.front().rates.generated_tokens_per_s;
        ASSERT_TRUE(rate);
        EXPECT_NEAR(*rate, 200.0, 60.0) << quarter;
    }
}

TEST(EngineTraps, ARoutersCommandLinesAreShownToNobody) {
    EngineServer server;
    server.answers["/metrics"] = recorded("llamacpp-0.6.0-dev/router-metrics-nomodel.body", 400);
    server.answers["/v1/models"] = recorded("llamacpp-0.6.0-dev/router-v1-models-before.body");
    ASSERT_THAT(server.answers["/v1/models"].body, HasSubstr("\"--ctx-size\""))
        << "each model's, and an --api-key is among such";
    server.answers["/metrics?model=alpha&autoload=false"] =
        recorded("llamacpp-0.6.0-dev/router-metrics-alpha.body");
    EngineReader reader;
    for (int i = 0; i < 2; ++i) {
        const std::string raw(server.scrape_after(reader, 1s).raw);
        EXPECT_THAT(raw, HasSubstr("llamacpp:requests_processing"));
        EXPECT_THAT(raw, Not(HasSubstr("ctx-size")));
    }
}

TEST(EngineTraps, SglangsRanksOfTensorsRepeatItsCounters) {
    const auto page = [](int cached, int computed, int decoded) {
        std::string text;
        for (const char* const rank : {"0", "1"}) {
            const std::string labels = std::string("{tp_rank=\"") + rank + "\"";
            text += "sglang:num_running_reqs" + labels + "} 3.0\n";
            for (const auto& [mode, tokens] : {std::pair{"prefill_cache", cached},
                                               {"prefill_compute", computed},
                                               {"decode", decoded}}) {
                text += "sglang:realtime_tokens_total" + labels + ",mode=\"" + mode + "\"} " +
                        std::to_string(tokens) + ".0\n";
            }
        }
        return text;
    };
    const TwoPages pages(page(1000, 2000, 500), page(1300, 2100, 700));
    EXPECT_EQ(pages.report().load.running, 3U);
    EXPECT_DOUBLE_EQ(pages.report().load.prefix_hit_rate, 0.75) << "300 of 400";
    EXPECT_NEAR(pages.report().rates.prompt_tokens_per_s.value(), 400.0, 1.0);
    EXPECT_NEAR(pages.report().rates.generated_tokens_per_s.value(), 200.0, 1.0);
}

TEST(EngineTraps, SglangsCountersComeWithItsPageOnly) {
    EngineServer server;
    server.answers["/metrics"] = {
        "sglang:realtime_tokens_total{dp_rank=\"0\",mode=\"decode\"} 90.0\n"};
    server.answers["/v1/loads"] = {
        R"({"loads":[{"dp_rank":0,"num_running_reqs":21,"num_waiting_reqs":5}]})"};
    EngineReader reader;
    EXPECT_EQ(server.scrape(reader).reports.front().progress, 90U);
    const EngineReport between = server.scrape_after(reader, 1s).reports.front();
    EXPECT_EQ(between.load.running, 21U);
    EXPECT_EQ(between.progress, std::nullopt) << "90 would say that nothing was done meanwhile";
    EXPECT_EQ(server.scrape_after(reader, 5s).reports.front().progress, 90U);
}

TEST(EngineTraps, TensorRtLlmThatStartsAsksToBeAskedLater) {
    EngineServer server;
    server.answers["/metrics"] = {.body = R"({"detail":"starting"})", .status = 503};
    server.answers["/metrics"].retry_later = true;
    EngineReader reader;
    EXPECT_EQ(server.scrape(reader).engine, std::nullopt) << "llama.cpp says it in other words";
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::loading);
    EXPECT_THAT(server.advice["/metrics"],
                HasSubstr("not ready yet (503, to be asked again later): nothing to do but wait"));
    const EngineAnswer starting = server.answers["/metrics"];
    server.answers["/metrics"] = recorded("documented/trtllm-iterations.json");
    EXPECT_EQ(server.scrape_after(reader, 1s).engine, Engine::trtllm);
    server.answers["/metrics"] = starting;
    const EngineScrape again = server.scrape_after(reader, 1s);
    EXPECT_EQ(again.engine, Engine::trtllm);
    ASSERT_EQ(again.reports.size(), 1U) << "it lives";
    EXPECT_TRUE(again.reports[0].load.known.empty());
    // Without that it may be anybody's failure.
    server.answers["/metrics"].retry_later = false;
    server.scrape_after(reader, 1s);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::failed);
}

TEST(EngineTraps, ANameThatIsNoUtf8StaysOneName) {
    const OnePage page("vllm:num_requests_running{engine=\"0\",model_name=\"a\xFF\"} 1.0\n");
    EXPECT_EQ(page.load().running, 1U);
    EXPECT_THAT(page.scrape.models, ElementsAre("a\xFF")) << "whoever writes it makes it UTF-8";
}

}  // namespace
}  // namespace muster
