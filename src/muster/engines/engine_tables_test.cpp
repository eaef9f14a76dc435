// Recorded and documented pages of every engine, one scrape each: what load they tell. The traps
// that docs/guide/engines.md names are here one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "muster/engines/detail/engine_table.hpp"
#include "muster/engines/engine_reader.hpp"
#include "support/engine_server.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using testing_support::EngineServer;
using testing_support::golden;
using testing_support::OnePage;
using testing_support::recorded;

TEST(EngineTables, VllmUnderLoad) {
    const OnePage page(golden("engines/vllm-0.32.0/load-metrics.body"));
    EXPECT_EQ(page.scrape.engine, Engine::vllm);
    ASSERT_EQ(page.scrape.reports.size(), 1U);
    EXPECT_EQ(page.scrape.reports[0].rank, std::nullopt);
    EXPECT_EQ(page.load().count(LoadField::running), 3U);
    EXPECT_EQ(page.load().count(LoadField::waiting), 9U);
    EXPECT_EQ(page.load().count(LoadField::kv_total_blocks), 120U);
    // 24 of the 119 that are not the null block.
    EXPECT_EQ(page.load().count(LoadField::kv_active_blocks), 24U);
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 24.0 / 119.0);
    // Neither on the page, nor told by one page alone.
    EXPECT_FALSE(page.load().known.has(LoadField::slots));
    EXPECT_FALSE(page.load().known.has(LoadField::prefix_hit_rate));
    EXPECT_EQ(page.scrape.reports[0].requests_total, 69U);
    EXPECT_EQ(page.scrape.started, 1795428874780000000);
    EXPECT_THAT(page.scrape.models, ElementsAre("tiny"));
    EXPECT_THAT(page.scrape.raw, ::testing::HasSubstr("vllm:num_requests_running{engine=\"0\""));
}

TEST(EngineTables, VllmInOpenMetricsWritesItsNamesWithoutColons) {
    EngineServer server;
    server.answers["/metrics"] = recorded("vllm-0.32.0/metrics-slash-openmetrics.body");
    server.answers["/metrics"].content_type =
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::vllm);
    ASSERT_EQ(scrape.reports.size(), 1U);
    EXPECT_EQ(scrape.reports[0].load.known,
              OnePage(golden("engines/vllm-0.32.0/load-metrics.body")).load().known);
    EXPECT_EQ(scrape.reports[0].requests_total, 60U);
    EXPECT_GT(scrape.reports[0].progress.value_or(0), 2294U);
}

TEST(EngineTables, VllmRanksShareOneNumberOfBlocks) {
    const OnePage page(golden("engines/vllm-0.32.0-dp2/load-metrics.body"));
    ASSERT_EQ(page.scrape.reports.size(), 2U);
    for (std::size_t rank = 0; rank < 2; ++rank) {
        EXPECT_EQ(page.scrape.reports[rank].rank, rank);
        EXPECT_EQ(page.load(rank).count(LoadField::kv_total_blocks), 60U);
        EXPECT_EQ(page.load(rank).count(LoadField::running), 0U);
    }
    // A page of several processes names no start.
    EXPECT_EQ(page.scrape.started, std::nullopt);
    // Without kv_cache_size_tokens: the label is the sum over ranks.
    std::string older = golden("engines/vllm-0.32.0-dp2/load-metrics.body");
    for (std::size_t at; (at = older.find("kv_cache_size_tokens")) != std::string::npos;) {
        older.replace(at, 20, "kv_cache_sizes_token");
    }
    const OnePage without(older);
    EXPECT_EQ(without.load(1).count(LoadField::kv_total_blocks), 60U);
}

TEST(EngineTables, VllmUsedBlocksOfARankAreExact) {
    std::string page = golden("engines/vllm-0.32.0-dp2/load-metrics.body");
    const std::string zero = "vllm:kv_cache_usage_perc{engine=\"1\",model_name=\"tiny\"} 0.0";
    page.replace(page.find(zero), zero.size(),
                 "vllm:kv_cache_usage_perc{engine=\"1\",model_name=\"tiny\"} 0.0847457627118644");
    EXPECT_EQ(OnePage(page).load(1).count(LoadField::kv_active_blocks), 5U);
}

TEST(EngineTables, VllmOfOlderGenerations) {
    // V0: no engine label, usage and hit rate as gauges, -1 where prefix caching is off.
    const OnePage v0(
        "# TYPE vllm:num_requests_running gauge\n"
        "vllm:num_requests_running{model_name=\"m\"} 4.0\n"
        "vllm:num_requests_waiting{model_name=\"m\"} 2.0\n"
        "vllm:num_requests_swapped{model_name=\"m\"} 1.0\n"
        "vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.25\n"
        "vllm:gpu_prefix_cache_hit_rate{model_name=\"m\"} -1.0\n"
        "vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"101\"} 1.0\n");
    ASSERT_EQ(v0.scrape.reports.size(), 1U);
    EXPECT_EQ(v0.load().running, 4U);
    EXPECT_EQ(v0.load().waiting, 3U);
    EXPECT_EQ(v0.load().kv_active_blocks, 25U);
    EXPECT_DOUBLE_EQ(v0.load().kv_usage, 0.25);
    EXPECT_FALSE(v0.load().known.has(LoadField::prefix_hit_rate));
    // 0.10: both names; the newer counts.
    const OnePage both(
        "vllm:num_requests_running{engine=\"0\"} 1.0\n"
        "vllm:gpu_cache_usage_perc{engine=\"0\"} 0.5\n"
        "vllm:kv_cache_usage_perc{engine=\"0\"} 0.25\n");
    EXPECT_DOUBLE_EQ(both.load().kv_usage, 0.25);
    // Missing is unknown: no waiting, no blocks.
    EXPECT_FALSE(both.load().known.has(LoadField::waiting));
    EXPECT_FALSE(both.load().known.has(LoadField::kv_total_blocks));
    EXPECT_FALSE(both.load().known.has(LoadField::kv_active_blocks));
}

TEST(EngineTables, VllmLabelTextsThatAreNoNumbersAreUnknown) {
    const OnePage page(
        "vllm:num_requests_running{engine=\"0\"} 1.0\n"
        "vllm:kv_cache_usage_perc{engine=\"0\"} NaN\n"
        "vllm:cache_config_info{block_size=\"None\",engine=\"0\",num_gpu_blocks=\"None\","
        "user_specified_block_size=\"False\",mamba_block_size=\"64\"} 1.0\n");
    EXPECT_EQ(page.load().known, [] {
        LoadFields known;
        known.add(LoadField::running);
        return known;
    }());
}

TEST(EngineTables, VllmOfOneExternalRankKeepsItsNumber) {
    const OnePage page("vllm:num_requests_running{engine=\"3\"} 1.0\n");
    EXPECT_EQ(page.scrape.reports[0].rank, 3U);
    const OnePage wrong(
        "vllm:num_requests_running{engine=\"x\"} 1.0\n"
        "vllm:num_requests_running{engine=\"0\"} 2.0\n");
    ASSERT_EQ(wrong.scrape.reports.size(), 1U);
    EXPECT_EQ(wrong.load().running, 2U);
}

TEST(EngineTables, SglangRanks) {
    const OnePage page(golden("engines/sglang-0.5.23-rendered/metrics.body"));
    EXPECT_EQ(page.scrape.engine, Engine::sglang);
    ASSERT_EQ(page.scrape.reports.size(), 2U);
    EXPECT_EQ(page.scrape.reports[1].rank, 1U);
    EXPECT_EQ(page.load(0).running, 21U);
    EXPECT_EQ(page.load(1).running, 20U);
    EXPECT_EQ(page.load(0).waiting, 6U);  // One of them for its grammar.
    EXPECT_EQ(page.load(0).kv_total_blocks, 6829U);
    EXPECT_EQ(page.load(0).kv_active_blocks, 2800U);  // 179,200 tokens in pages of 64.
    EXPECT_DOUBLE_EQ(page.load(0).kv_usage, 0.41);
    EXPECT_THAT(page.scrape.models, ElementsAre("acme/chat-8b"));
    // cache_hit_rate is of the last prefill batch only: not taken.
    EXPECT_FALSE(page.load(0).known.has(LoadField::prefix_hit_rate));
}

TEST(EngineTables, SglangSeriesThatMustNotBeAdded) {
    const OnePage page(
        "sglang:num_running_reqs{priority=\"\",tp_rank=\"0\"} 7.0\n"
        "sglang:num_running_reqs{priority=\"5\",tp_rank=\"0\"} 3.0\n"
        "sglang:num_running_reqs{priority=\"\",tp_rank=\"1\"} 7.0\n"
        "sglang:num_queue_reqs{tp_rank=\"0\"} 2.0\n"
        "sglang:num_queue_reqs{tp_rank=\"1\"} 2.0\n"
        "sglang:fwd_occupancy{tp_rank=\"0\"} NaN\n"
        "sglang:utilization{tp_rank=\"0\"} -1.0\n"
        "sglang:cache_config_info{page_size=\"64\",num_pages=\"100\"} 1.0\n"
        "sglang:num_used_tokens{tp_rank=\"0\"} 130.0\n");
    ASSERT_EQ(page.scrape.reports.size(), 1U);
    EXPECT_EQ(page.load().running, 7U);
    EXPECT_EQ(page.load().waiting, 2U);
    EXPECT_EQ(page.load().kv_total_blocks, 100U);
    EXPECT_EQ(page.load().kv_active_blocks, 3U);
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 0.03);
}

TEST(EngineTables, SglangWithItsColonsRewritten) {
    const OnePage page("sglang_num_running_reqs{dp_rank=\"2\"} 7.0\n");
    EXPECT_EQ(page.scrape.engine, Engine::sglang);
    EXPECT_EQ(page.scrape.reports[0].rank, 2U);
    EXPECT_EQ(page.load().running, 7U);
}

TEST(EngineTables, TensorRtLlmPrometheus) {
    EngineServer server;
    server.answers["/metrics"] = {.body = "[]", .content_type = "application/json"};
    server.answers["/prometheus/metrics"] = recorded("documented/trtllm.txt");
    EngineReader reader;
    const EngineScrape scrape = server.scrape(reader);
    EXPECT_EQ(scrape.engine, Engine::trtllm);
    ASSERT_EQ(scrape.reports.size(), 1U);
    const Load& load = scrape.reports[0].load;
    EXPECT_EQ(load.running, 7U);
    EXPECT_EQ(load.waiting, 2U);
    EXPECT_EQ(load.slots, 64U);
    EXPECT_EQ(load.kv_total_blocks, 8192U);
    EXPECT_EQ(load.kv_active_blocks, 3039U);
    EXPECT_DOUBLE_EQ(load.prefix_hit_rate, 0.52);
    EXPECT_EQ(scrape.reports[0].requests_total, 318U);
}

TEST(EngineTables, TritonIsChosenByLabel) {
    const OnePage page(golden("engines/documented/triton.txt"));
    EXPECT_EQ(page.scrape.engine, Engine::triton);
    EXPECT_EQ(page.load().running, 9U);  // Not 11: those that are active also wait.
    EXPECT_EQ(page.load().waiting, 2U);
    EXPECT_EQ(page.load().slots, 64U);
    EXPECT_EQ(page.load().kv_total_blocks, 6400U);
    EXPECT_EQ(page.load().kv_active_blocks, 1200U);
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 0.1875);
}

TEST(EngineTables, TgiHasNoKvAndNoTotal) {
    const OnePage page(golden("engines/documented/tgi.txt"));
    EXPECT_EQ(page.scrape.engine, Engine::tgi);
    EXPECT_EQ(page.load().running, 12U);
    EXPECT_EQ(page.load().waiting, 3U);
    EXPECT_FALSE(page.load().known.has(LoadField::kv_usage));
    EXPECT_EQ(page.scrape.reports[0].requests_total, 4182U);
    EXPECT_EQ(page.scrape.reports[0].progress, 3902U + 81377U);
}

TEST(EngineTables, Lmdeploy) {
    const OnePage page(
        "# TYPE lmdeploy:num_requests_running gauge\n"
        "lmdeploy:num_requests_running{engine=\"0\",model_name=\"m\"} 2.0\n"
        "lmdeploy:num_requests_waiting{engine=\"0\",model_name=\"m\"} 1.0\n"
        "lmdeploy:gpu_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.125\n");
    EXPECT_EQ(page.scrape.engine, Engine::lmdeploy);
    EXPECT_EQ(page.load().running, 2U);
    EXPECT_EQ(page.load().waiting, 1U);
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 0.125);
}

TEST(EngineTables, EveryEngineIsKnownByItsSeries) {
    for (std::size_t i = 0; i < kEngineCount; ++i) {
        const auto engine = static_cast<Engine>(i);
        const detail::EngineTable& table = detail::table_of(engine);
        EXPECT_EQ(table.engine, engine);
        for (const detail::TableRow& row : table.rows) {
            if (!row.series.starts_with(table.prefixes[0])) continue;
            const std::string page = "# nothing\n" + std::string(row.series) + " 1\n";
            EXPECT_EQ(detail::engine_of_page(page), engine) << row.series;
        }
    }
    EXPECT_EQ(detail::engine_of_page("# HELP vllm:x\npython_info 1\n"), std::nullopt);
    EXPECT_EQ(detail::engine_of_page(""), std::nullopt);
}

TEST(EngineTables, WhatCannotBeIsLeftToTheFleetToRefuse) {
    const OnePage page(
        "vllm:num_requests_running{engine=\"0\"} 1e300\n"
        "vllm:num_requests_waiting{engine=\"0\"} -3\n"
        "vllm:kv_cache_usage_perc{engine=\"0\"} 7.5\n");
    EXPECT_GT(page.load().running, std::uint64_t{1} << 53);
    EXPECT_FALSE(page.load().known.has(LoadField::waiting));
    EXPECT_DOUBLE_EQ(page.load().kv_usage, 7.5);
}

}  // namespace
}  // namespace muster
