// What llama.cpp's server says: a page of fifteen series cut to six digits, its slots, its props.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "muster/sim/engines/engine_answer.hpp"

namespace muster::detail {

namespace {

constexpr std::uint64_t kTokensPerBlock = 16;

void series(std::string& out, std::string_view name, std::string_view type, double value) {
    fmt::format_to(
        std::back_inserter(out),
        "# HELP llamacpp:{0} Simulated: {0}\n# TYPE llamacpp:{0} {1}\nllamacpp:{0} {2:g}\n", name,
        type, value);
}

}  // namespace

/// Gauges are computed when they are asked, token counters jump when a request ends a phase.
std::string llamacpp_page(EngineProcess& process, Time now) {
    const EngineRankState rank = process.states(now).front();
    const auto done = static_cast<double>(rank.done);
    std::string out;
    series(out, "prompt_tokens_total", "counter", rank.prompt_tokens - rank.cached_tokens);
    series(out, "prompt_tokens_cached_total", "counter", rank.cached_tokens);
    series(out, "prompt_seconds_total", "counter", rank.prompt_tokens / 1000.0);
    series(out, "tokens_predicted_total", "counter", std::min(rank.generated_tokens, done * 250.0));
    series(out, "tokens_predicted_seconds_total", "counter", rank.steps / 40.0);
    series(out, "n_decode_total", "counter", rank.steps);
    series(out, "n_tokens_max", "counter", 8000.0);
    series(out, "spec_decode_num_draft_tokens_total", "counter", 0.0);
    series(out, "spec_decode_num_accepted_tokens_total", "counter", 0.0);
    series(out, "spec_decode_num_drafts_total", "counter", 0.0);
    series(out, "prompt_tokens_seconds", "gauge", rank.load.running > 0 ? 1000.0 : 0.0);
    series(out, "predicted_tokens_seconds", "gauge", rank.load.running > 0 ? 40.0 : 0.0);
    series(out, "requests_processing", "gauge", static_cast<double>(rank.load.running));
    series(out, "requests_deferred", "gauge", static_cast<double>(rank.load.waiting));
    series(out, "n_busy_slots_per_decode", "gauge", static_cast<double>(rank.load.running));
    return out;
}

/// The tokens in use shared among the slots at work; one at rest keeps its last sequence.
std::string llamacpp_slots(EngineProcess& process, Time now) {
    const Load load = process.states(now).front().load;
    const std::uint64_t context =
        load.slots == 0 ? 0 : load.kv_total_blocks * kTokensPerBlock / load.slots;
    const std::uint64_t tokens =
        load.running == 0 ? 0 : load.kv_active_blocks * kTokensPerBlock / load.running;
    std::string out = "[";
    for (std::uint64_t i = 0; i < load.slots; ++i) {
        const bool busy = i < load.running;
        fmt::format_to(std::back_inserter(out),
                       R"({}{{"id":{},"n_ctx":{},"speculative":false,"is_processing":{})",
                       i == 0 ? "" : ",", i, context, busy);
        // One that was never used says no more than this.
        if (busy || i % 2 == 0) {
            fmt::format_to(
                std::back_inserter(out),
                R"(,"id_task":{},"n_prompt_tokens":{},"n_prompt_tokens_processed":0,)"
                R"("n_prompt_tokens_cache":0,"params":{{"temperature":0.8,"top_k":40,)"
                R"("top_p":0.95,"min_p":0.05,"max_tokens":-1,"stream":true,"samplers":)"
                R"(["penalties","top_k","top_p","min_p","temperature"]}},"next_token":)"
                R"([{{"has_next_token":{},"has_new_line":false,"n_remain":-1,"n_decoded":11}}])",
                i, busy ? tokens : 700, busy);
        }
        out += '}';
    }
    return out + "]";
}

std::string llamacpp_props(EngineProcess& process) {
    const Load& load = process.load(0);
    return fmt::format(
        R"({{"default_generation_settings":{{"params":{{}},"n_ctx":{}}},"total_slots":{},)"
        R"("model_alias":"{}","model_path":"simulated.gguf","modalities":{{"vision":false}},)"
        R"("endpoint_slots":true,"endpoint_props":false,"endpoint_metrics":true,)"
        R"("chat_template":"","build_info":"simulated","is_sleeping":false}})",
        load.slots == 0 ? 0 : load.kv_total_blocks * kTokensPerBlock / load.slots, load.slots,
        process.model());
}

}  // namespace muster::detail
