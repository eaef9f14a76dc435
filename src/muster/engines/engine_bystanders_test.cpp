// What stands on engines' pages beside the load and is no load: muster takes no notice of it, at
// once and from one page to the next. docs/design/engine_traps.md has a line for each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "muster/engines/engine_reader.hpp"
#include "support/engine_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing_support::EngineServer;
using testing_support::TwoPages;

/// What a page with misleading series tells is what it tells without them: at once, and by two.
void expect_unmoved(const std::string& page, const std::string& misleading,
                    const std::string& grown) {
    const TwoPages plain(page, page);
    const TwoPages misled(page + misleading, page + grown);
    EXPECT_EQ(misled.report().load, plain.report().load);
    EXPECT_EQ(misled.report().progress, plain.report().progress);
    EXPECT_EQ(misled.report().motion, plain.report().motion);
    EXPECT_EQ(misled.report().rates.prompt_tokens_per_s, plain.report().rates.prompt_tokens_per_s);
    EXPECT_EQ(misled.report().rates.generated_tokens_per_s,
              plain.report().rates.generated_tokens_per_s);
    EXPECT_EQ(misled.scrape.reports.size(), plain.scrape.reports.size());
    EXPECT_FALSE(misled.scrape.restarted) << "some of them fall";
}

TEST(EngineTraps, WhatEachScrapeOfLlamacppResetsIsNotRead) {
    const std::string page =
        "llamacpp:requests_processing 2\nllamacpp:requests_deferred 1\n"
        "llamacpp:n_decode_total 600\nllamacpp:prompt_tokens_total 900\n"
        "llamacpp:prompt_tokens_cached_total 100\nllamacpp:tokens_predicted_total 800\n";
    const std::string averages =
        "# TYPE llamacpp:n_tokens_max counter\nllamacpp:n_tokens_max 8000\n"
        "llamacpp:prompt_tokens_seconds 950.2\nllamacpp:predicted_tokens_seconds 191.802\n"
        "llamacpp:n_busy_slots_per_decode 1.59406\n";
    expect_unmoved(page, averages,
                   "# TYPE llamacpp:n_tokens_max counter\nllamacpp:n_tokens_max 16\n"
                   "llamacpp:prompt_tokens_seconds 0\nllamacpp:predicted_tokens_seconds 0\n"
                   "llamacpp:n_busy_slots_per_decode 0\n");
}

TEST(EngineTraps, SglangsSeriesThatMisleadAreNotRead) {
    const std::string labels = "{dp_rank=\"0\",tp_rank=\"0\"";
    const std::string page = "sglang:num_running_reqs" + labels + "} 7.0\n" +
                             "sglang:num_queue_reqs" + labels + "} 2.0\n" +
                             "sglang:realtime_tokens_total" + labels + ",mode=\"decode\"} 90.0\n";
    expect_unmoved(page,
                   "sglang:cache_hit_rate" + labels + "} 0.9\n" +  // Of the last batch alone.
                       "sglang:utilization" + labels + "} -1.0\n" + "sglang:fwd_occupancy" +
                       labels + "} NaN\n" + "sglang:gen_throughput" + labels + "} 1830.5\n" +
                       // Those of processes that are gone stay.
                       "sglang:num_retracted_reqs" + labels + "} 4.0\n" +
                       // `total` is the others once more.
                       "sglang:cached_tokens_total{cache_source=\"device\"} 500.0\n"
                       "sglang:cached_tokens_total{cache_source=\"total\"} 500.0\n" +
                       // Between two bounds each, neither cumulative nor a histogram.
                       "# TYPE sglang:routing_key_running_req_count gauge\n"
                       "sglang:routing_key_running_req_count" +
                       labels + ",gt=\"1\",le=\"2\"} 5.0\n",
                   "sglang:cache_hit_rate" + labels + "} 0.0\n" +
                       "sglang:cached_tokens_total{cache_source=\"total\"} 100.0\n" +
                       "sglang:routing_key_running_req_count" + labels +
                       ",gt=\"1\",le=\"2\"} 0.0\n");
}

TEST(EngineTraps, WhatIsNoLoadOnVllmsPageIsNotRead) {
    const std::string labels = "{engine=\"0\",model_name=\"m\"";
    const auto counters = [&](int tokens) {
        return "vllm:prompt_tokens_total" + labels + "} " + std::to_string(tokens) +
               ".0\nvllm:generation_tokens_total" + labels + "} " + std::to_string(tokens) + ".0\n";
    };
    const std::string page = "vllm:num_requests_running" + labels + "} 2.0\n" +
                             "vllm:num_requests_waiting" + labels + "} 1.0\n" + counters(500);
    const auto beside = [&](const std::string& number) {
        std::string text;
        for (const char* const series :
             {// Their names begin as wanted ones do, or go on behind them.
              "num_requests_waiting_by_reason", "prompt_tokens_created",
              "prompt_tokens_cached_total", "prompt_tokens_by_source_total",
              "prompt_tokens_cached_by_source_total", "request_success_created",
              "iteration_tokens_total_created", "external_prefix_cache_queries_total",
              "external_prefix_cache_hits_total",
              // Of pictures, of speculation, of blocks' lives, of the weights: no load.
              "mm_cache_queries_total", "mm_cache_hits_total",
              "spec_decode_num_accepted_tokens_per_pos_total", "num_preemptions_total",
              "kv_block_lifetime_seconds_count", "kv_block_idle_before_evict_seconds_sum",
              "estimated_flops_per_gpu_total", "model_weights_memory_bytes", "engine_sleep_state",
              "admission_rejections_total"}) {
            text.append("vllm:").append(series).append(labels).append("} ").append(number) += '\n';
        }
        // Of the web layer, by process.
        return text + "http_requests_total{handler=\"/load\",method=\"GET\"} " + number +
               "\nhttp_request_size_bytes_sum{handler=\"none\"} " + number + "\n";
    };
    // They rise, and fall.
    expect_unmoved(page, beside("9000.0"), beside("9999.0"));
    expect_unmoved(page, beside("9000.0"), beside("0.0"));
}

TEST(EngineTraps, SglangsSchedulerTellsMoreThanItsLoad) {
    const auto loads = [](const std::string& more) {
        EngineServer server;
        server.answers["/v1/loads"] = {
            R"({"loads":[{"dp_rank":0,"num_running_reqs":21,"num_waiting_reqs":5)" + more +
            R"(}],"aggregate":{"num_running_reqs":99,"num_waiting_reqs":99}})"};
        EngineReader reader;
        return server.scrape(reader).reports.front().load;
    };
    // Of the last batch; -1 where it prefills; both running and queued ones; a state of weights.
    EXPECT_EQ(loads(R"(,"cache_hit_rate":0.37,"utilization":-1.0,"num_total_tokens":188320,)"
                    R"("num_waiting_uncached_tokens":9120,"gen_throughput":1830.5,)"
                    R"("memory":{"token_capacity":437072},"lora":{"slots_total":8},)"
                    R"("queues":{"waiting":5,"paused":7,"retracted":7})"),
              loads(""));
}

}  // namespace
}  // namespace muster
