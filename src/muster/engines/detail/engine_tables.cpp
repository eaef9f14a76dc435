// The tables. docs/guide/engines.md says the same for people; a test holds every row against a
// page. Names without a comment are those of the engine's newest release.
#include <string>

#include "muster/engines/detail/engine_table.hpp"

namespace muster::detail {

namespace {

using enum Quantity;
using enum SeriesPart;

constexpr auto kSum = Combine::sum;
constexpr auto kFirst = Combine::first;
constexpr auto kOnce = Combine::once;

constexpr std::array kVllm = {
    TableRow{running, "vllm:num_requests_running"},
    TableRow{waiting, "vllm:num_requests_waiting", gauge, 1, kSum},
    // V0: those swapped out wait too.
    TableRow{waiting, "vllm:num_requests_swapped", gauge, 1, kSum},
    TableRow{kv_usage, "vllm:kv_cache_usage_perc"},
    TableRow{kv_usage, "vllm:gpu_cache_usage_perc", gauge, 2},  // Up to 0.11.
    TableRow{block_size, "vllm:cache_config_info", gauge, 1, kFirst, {}, "block_size"},
    TableRow{
        kv_total_tokens, "vllm:cache_config_info", gauge, 1, kFirst, {}, "kv_cache_size_tokens"},
    TableRow{kv_blocks_of_ranks, "vllm:cache_config_info", gauge, 1, kFirst, {}, "num_gpu_blocks"},
    TableRow{prefix_hits, "vllm:prefix_cache_hits_total", counter},
    TableRow{prefix_queries, "vllm:prefix_cache_queries_total", counter},
    TableRow{prefix_hits, "vllm:gpu_prefix_cache_hits_total", counter, 2},        // Up to 0.11.
    TableRow{prefix_queries, "vllm:gpu_prefix_cache_queries_total", counter, 2},  // The same.
    TableRow{prefix_hit_rate, "vllm:gpu_prefix_cache_hit_rate"},                  // V0.
    TableRow{prompt_tokens, "vllm:prompt_tokens_total", counter},
    TableRow{generated_tokens, "vllm:generation_tokens_total", counter},
    TableRow{requests_done, "vllm:request_success_total", counter, 1, kSum},
    TableRow{progress, "vllm:iteration_tokens_total_count", count, 1, kSum},
    TableRow{progress, "vllm:prompt_tokens_total", counter, 1, kSum},
    TableRow{progress, "vllm:generation_tokens_total", counter, 1, kSum},
    TableRow{started, "process_start_time_seconds"},
};

constexpr LabelTest kAllPriorities{"priority", ""};

constexpr std::array kSglang = {
    TableRow{running, "sglang:num_running_reqs", gauge, 1, kFirst, kAllPriorities},
    TableRow{waiting, "sglang:num_queue_reqs", gauge, 1, kFirst, kAllPriorities},
    TableRow{grammar_waiting, "sglang:num_grammar_queue_reqs", gauge, 1, kFirst, kAllPriorities},
    TableRow{kv_usage, "sglang:token_usage", gauge, 1, kFirst, kAllPriorities},
    TableRow{kv_active_tokens, "sglang:num_used_tokens", gauge, 1, kFirst, kAllPriorities},
    TableRow{kv_active_tokens, "sglang:kv_used_tokens", gauge, 2, kFirst, kAllPriorities},
    TableRow{kv_total_tokens, "sglang:max_total_num_tokens"},
    TableRow{kv_total_blocks, "sglang:num_pages"},
    TableRow{block_size, "sglang:page_size"},
    // Before those gauges.
    TableRow{kv_total_blocks, "sglang:cache_config_info", gauge, 2, kFirst, {}, "num_pages"},
    TableRow{block_size, "sglang:cache_config_info", gauge, 2, kFirst, {}, "page_size"},
    // Of each mode the first: where all ranks of tensors report, they repeat it.
    TableRow{
        prefix_hits, "sglang:realtime_tokens_total", counter, 1, kFirst, {"mode", "prefill_cache"}},
    TableRow{prefix_queries,
             "sglang:realtime_tokens_total",
             counter,
             1,
             kOnce,
             {"mode", "prefill_cache"}},
    TableRow{prefix_queries,
             "sglang:realtime_tokens_total",
             counter,
             1,
             kOnce,
             {"mode", "prefill_compute"}},
    TableRow{prompt_tokens,
             "sglang:realtime_tokens_total",
             counter,
             1,
             kOnce,
             {"mode", "prefill_cache"}},
    TableRow{prompt_tokens,
             "sglang:realtime_tokens_total",
             counter,
             1,
             kOnce,
             {"mode", "prefill_compute"}},
    TableRow{
        generated_tokens, "sglang:realtime_tokens_total", counter, 1, kFirst, {"mode", "decode"}},
    // By the frontend, without a rank; once per is_streaming.
    TableRow{prompt_tokens, "sglang:prompt_tokens_total", counter, 2, kSum},
    TableRow{generated_tokens, "sglang:generation_tokens_total", counter, 2, kSum},
    TableRow{requests_done, "sglang:num_requests_total", counter, 1, kSum},
    TableRow{progress, "sglang:realtime_tokens_total", counter, 1, kOnce, {"mode", "decode"}},
    TableRow{
        progress, "sglang:realtime_tokens_total", counter, 1, kOnce, {"mode", "prefill_compute"}},
    TableRow{
        progress, "sglang:realtime_tokens_total", counter, 1, kOnce, {"mode", "prefill_cache"}},
    TableRow{progress, "sglang:generation_tokens_total", counter, 2, kSum},
};

constexpr std::array kLlamacpp = {
    TableRow{running, "llamacpp:requests_processing"},
    TableRow{waiting, "llamacpp:requests_deferred"},
    TableRow{kv_usage, "llamacpp:kv_cache_usage_ratio", gauge, 2},     // Up to mid-2025.
    TableRow{kv_active_blocks, "llamacpp:kv_cache_tokens", gauge, 2},  // The same.
    TableRow{prefix_hits, "llamacpp:prompt_tokens_cached_total", counter},
    TableRow{prefix_queries, "llamacpp:prompt_tokens_cached_total", counter, 1, kSum},
    TableRow{prefix_queries, "llamacpp:prompt_tokens_total", counter, 1, kSum},
    TableRow{prompt_tokens, "llamacpp:prompt_tokens_total", counter},
    TableRow{generated_tokens, "llamacpp:tokens_predicted_total", counter},
    TableRow{progress, "llamacpp:n_decode_total", counter, 1, kSum},
};

constexpr std::array kTrtllm = {
    TableRow{running, "trtllm_num_requests_running"},
    TableRow{waiting, "trtllm_num_requests_waiting"},
    TableRow{slots, "trtllm_max_num_active_requests"},
    TableRow{kv_usage, "trtllm_kv_cache_utilization"},
    TableRow{kv_total_blocks, "trtllm_kv_cache_max_blocks"},
    TableRow{kv_active_blocks, "trtllm_kv_cache_used_blocks"},
    TableRow{block_size, "trtllm_kv_cache_tokens_per_block"},
    TableRow{prefix_hits, "trtllm_kv_cache_reused_blocks_total", counter},
    TableRow{prefix_queries, "trtllm_kv_cache_reused_blocks_total", counter, 1, kSum},
    TableRow{prefix_queries, "trtllm_kv_cache_missed_blocks_total", counter, 1, kSum},
    TableRow{prefix_hit_rate, "trtllm_kv_cache_hit_rate"},
    TableRow{prompt_tokens, "trtllm_prompt_tokens_total", counter},
    TableRow{generated_tokens, "trtllm_generation_tokens_total", counter},
    TableRow{requests_done, "trtllm_request_success_total", counter, 1, kSum},
    // What moves while requests run is `iter` of the iterations: these stand still if nobody reads
    // those.
};

/// Triton names its series by label: one row for each value of it. Several models add up.
constexpr TableRow triton_requests(Quantity quantity, std::string_view type) {
    return {quantity, "nv_trt_llm_request_metrics", gauge, 1, kSum, {"request_type", type}};
}
constexpr TableRow triton_blocks(Quantity quantity, std::string_view type) {
    return {quantity, "nv_trt_llm_kv_cache_block_metrics", gauge, 1,
            kSum,     {"kv_cache_block_type", type}};
}

constexpr std::array kTriton = {
    triton_requests(running, "scheduled"),
    triton_requests(waiting, "waiting"),
    triton_requests(slots, "max"),
    TableRow{waiting, "nv_inference_pending_request_count", gauge, 2, kSum},
    triton_blocks(kv_total_blocks, "max"),
    triton_blocks(kv_active_blocks, "used"),
};

constexpr std::array kTgi = {
    TableRow{running, "tgi_batch_current_size"},
    TableRow{waiting, "tgi_queue_size"},
    TableRow{prompt_tokens, "tgi_request_input_length_sum", sum},
    TableRow{generated_tokens, "tgi_request_generated_tokens_sum", sum},
    TableRow{requests_done, "tgi_request_count", counter, 1, kSum},
    TableRow{progress, "tgi_batch_inference_count", counter, 1, kSum},
};

constexpr std::array kLmdeploy = {
    TableRow{running, "lmdeploy:num_requests_running"},
    TableRow{waiting, "lmdeploy:num_requests_waiting"},
    TableRow{kv_usage, "lmdeploy:gpu_cache_usage_perc"},
    TableRow{prompt_tokens, "lmdeploy:prompt_tokens_total", counter},
    TableRow{generated_tokens, "lmdeploy:generation_tokens_total", counter},
    TableRow{progress, "lmdeploy:prompt_tokens_total", counter, 1, kSum},
    TableRow{progress, "lmdeploy:generation_tokens_total", counter, 1, kSum},
    TableRow{started, "process_start_time_seconds"},
};

static_assert(kVllm.size() <= RankValues::kRowsMax && kSglang.size() <= RankValues::kRowsMax);

/// By Engine. `first match wins` of engine_of_page is this order.
constexpr std::array<EngineTable, kEngineCount> kTables = {{
    {.engine = Engine::vllm,
     .prefixes = {"vllm:", "vllm_"},
     .rank_label = "engine",
     .model_label = "model_name",
     .rows = kVllm,
     .null_block = true},
    {.engine = Engine::sglang,
     .prefixes = {"sglang:", "sglang_"},
     .rank_label = "dp_rank",
     .model_label = "model_name",
     .rows = kSglang},
    {.engine = Engine::llamacpp,
     .prefixes = {"llamacpp:", {}},
     .rows = kLlamacpp,
     .six_digits = true},
    {.engine = Engine::trtllm,
     .prefixes = {"trtllm_", {}},
     .model_label = "model_name",
     .rows = kTrtllm},
    {.engine = Engine::triton,
     .prefixes = {"nv_trt_llm_", {}},
     .model_label = "model",
     .rows = kTriton},
    {.engine = Engine::tgi, .prefixes = {"tgi_", {}}, .rows = kTgi},
    {.engine = Engine::lmdeploy,
     .prefixes = {"lmdeploy:", "lmdeploy_"},
     .rank_label = "engine",
     .model_label = "model_name",
     .rows = kLmdeploy},
}};

}  // namespace

const EngineTable& table_of(Engine engine) {
    return kTables[static_cast<std::size_t>(engine)];
}

std::optional<Engine> engine_of_page(std::string_view page) noexcept {
    std::string sought;
    for (const EngineTable& table : kTables) {
        for (const std::string_view prefix : table.prefixes) {
            if (prefix.empty()) continue;
            if (page.starts_with(prefix)) return table.engine;
            sought.assign("\n").append(prefix);
            if (page.find(sought) != std::string_view::npos) return table.engine;
        }
    }
    return std::nullopt;
}

}  // namespace muster::detail
