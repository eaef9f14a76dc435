// SGLang's page and its scheduler's own answer: the families of 0.5.23 that a served model shows.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <vector>

#include "muster/sim/engines/engine_answer.hpp"
#include "muster/sim/engines/python_page.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster::detail {

namespace {

constexpr std::uint32_t kPageSize = 16;

constexpr std::array kQueue = {0.0,    0.001,  0.005,  0.01,   0.05,   0.1,    0.2,    0.5,
                               1.0,    2.0,    3.0,    4.0,    5.0,    10.0,   15.0,   20.0,
                               30.0,   40.0,   50.0,   60.0,   70.0,   80.0,   90.0,   100.0,
                               200.0,  300.0,  400.0,  500.0,  600.0,  700.0,  800.0,  900.0,
                               1000.0, 1200.0, 1400.0, 1600.0, 1800.0, 2000.0, 2500.0, 3000.0};
constexpr std::array kFirstToken = {0.1, 0.2,  0.4,  0.6,  0.8,  1.0,  2.0,   4.0,   6.0,
                                    8.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 200.0, 400.0};
constexpr std::array kPerToken = {0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.025,
                                  0.03,  0.035, 0.04,  0.06,  0.08, 0.1,   0.2,  0.4,
                                  0.6,   0.8,   1.0,   2.0,   4.0,  6.0,   8.0};
constexpr std::array kWhole = {0.1,   0.2,   0.4,   0.6,    0.8,    1.0,   2.0,  4.0,
                               6.0,   8.0,   10.0,  20.0,   40.0,   60.0,  80.0, 100.0,
                               200.0, 400.0, 600.0, 1200.0, 1800.0, 2400.0};
constexpr std::array kTokens = {100.0,   300.0,   500.0,   700.0,   1000.0,  1500.0,  2000.0,
                                3000.0,  4000.0,  5000.0,  6000.0,  7000.0,  8000.0,  9000.0,
                                10000.0, 12500.0, 15000.0, 17500.0, 20000.0, 22500.0, 25000.0,
                                27500.0, 30000.0, 35000.0, 40000.0, 60000.0, 80000.0, 1e5,
                                2e5,     3e5,     4e5,     6e5,     8e5,     1e6,     1.1e6};
/// A geometric row, as the engine makes it.
constexpr auto kStages = [] consteval {
    std::array<double, 30> bounds{};
    double bound = 0.001;
    for (double& one : bounds) {
        one = bound;
        bound *= 1.62;
    }
    return bounds;
}();

/// Gauges that a model without these features shows as 0.
constexpr std::array<std::string_view, 26> kZeroGauges = {"num_grammar_queue_reqs",
                                                          "swa_token_usage",
                                                          "mamba_usage",
                                                          "swa_available_tokens",
                                                          "swa_evictable_tokens",
                                                          "swa_used_tokens",
                                                          "mamba_available_tokens",
                                                          "mamba_evictable_tokens",
                                                          "mamba_used_tokens",
                                                          "spec_accept_length",
                                                          "spec_accept_rate",
                                                          "spec_cap_length",
                                                          "spec_block_accept_length",
                                                          "spec_num_steps",
                                                          "spec_num_draft_tokens",
                                                          "num_prefill_bootstrap_queue_reqs",
                                                          "num_prefill_inflight_queue_reqs",
                                                          "num_decode_prealloc_queue_reqs",
                                                          "num_decode_transfer_queue_reqs",
                                                          "num_decode_host_receive_queue_reqs",
                                                          "num_decode_deferred_kv_release_reqs",
                                                          "pending_prealloc_token_usage",
                                                          "prealloc_full_token_usage",
                                                          "prealloc_swa_token_usage",
                                                          "utilization",
                                                          "num_unique_running_routing_keys"};

struct SglangPage {
    PythonPage page;
    std::vector<EngineRankState> ranks;
    std::string model;

    /// Labels of the scheduler of a rank; `dp_rank` only where there are several.
    [[nodiscard]] std::string labels(std::size_t rank, std::string_view before = {}) const {
        std::string text(before);
        if (ranks.size() > 1) text += fmt::format("dp_rank=\"{}\",", rank);
        text += fmt::format(
            R"(engine_type="unified",model_name="{}",moe_ep_rank="0",pp_rank="0",tp_rank="{}")",
            model, rank);
        return text;
    }
    template <typename Value>
    void gauges(std::string_view name, Value value) {
        const std::string whole = "sglang:" + std::string(name);
        page.family(whole, "gauge");
        for (std::size_t i = 0; i < ranks.size(); ++i)
            page.sample(whole, labels(i), value(ranks[i]));
    }
    template <std::size_t N>
    void histogram_by_rank(std::string_view name, const std::array<double, N>& bounds) {
        page.family(name, "histogram");
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            std::string before = ranks.size() > 1 ? fmt::format("dp_rank=\"{}\",", i) : "";
            before += R"(engine_type="unified")";
            page.histogram(name,
                           {before, fmt::format(R"(model_name="{}",moe_ep_rank="0",pp_rank="0",)"
                                                R"(tp_rank="{}")",
                                                model, i)},
                           bounds, static_cast<double>(ranks[i].done));
        }
    }
    template <std::size_t N>
    void histogram(std::string_view name, const std::array<double, N>& bounds,
                   std::string_view streaming, double count) {
        page.family(name, "histogram");
        std::string before = R"(engine_type="unified")";
        if (!streaming.empty()) before += fmt::format(",is_streaming=\"{}\"", streaming);
        page.histogram(name, {before, fmt::format("model_name=\"{}\"", model)}, bounds, count);
    }
};

double tokens_of(const Load& load) {
    return static_cast<double>(load.kv_active_blocks * kPageSize);
}
double capacity_of(const Load& load) {
    return static_cast<double>(load.kv_total_blocks * kPageSize);
}

void write_gauges(SglangPage& sglang) {
    const auto number = [](auto value) { return static_cast<double>(value); };
    sglang.gauges("num_running_reqs", [&](const auto& r) { return number(r.shown.running); });
    sglang.gauges("num_queue_reqs", [&](const auto& r) { return number(r.shown.waiting); });
    sglang.gauges("gen_throughput", [&](const auto& r) { return 40.0 * number(r.shown.running); });
    sglang.gauges("cache_hit_rate", [](const auto& r) { return r.shown.prefix_hit_rate; });
    sglang.gauges("decode_sum_seq_lens", [](const auto& r) { return tokens_of(r.shown); });
    sglang.gauges("token_usage", [](const auto& r) { return r.shown.kv_usage; });
    sglang.gauges("full_token_usage", [](const auto& r) { return r.shown.kv_usage; });
    sglang.gauges("num_used_tokens", [](const auto& r) { return tokens_of(r.shown); });
    sglang.gauges("kv_used_tokens", [](const auto& r) { return tokens_of(r.shown); });
    sglang.gauges("kv_available_tokens",
                  [](const auto& r) { return capacity_of(r.shown) - tokens_of(r.shown); });
    for (const std::string_view name : kZeroGauges) {
        sglang.gauges(name, [](const auto&) { return 0.0; });
    }
    // Not a number while its timer is off.
    sglang.gauges("fwd_occupancy",
                  [](const auto&) { return std::numeric_limits<double>::quiet_NaN(); });
    sglang.gauges("max_total_num_tokens", [](const auto& r) { return capacity_of(r.load); });
    sglang.gauges("page_size", [](const auto&) { return double{kPageSize}; });
    sglang.gauges("num_pages", [&](const auto& r) { return number(r.load.kv_total_blocks); });
    sglang.gauges("context_len", [](const auto&) { return 32768.0; });
    // Gauges with bounds among their labels, not cumulative: no histogram.
    for (const std::string_view name :
         {"sglang:routing_key_running_req_count", "sglang:routing_key_all_req_count"}) {
        sglang.page.family(name, "gauge");
        for (std::size_t i = 0; i < sglang.ranks.size(); ++i) {
            for (const auto& [over, most] : {std::pair{"0", "1"},
                                             {"1", "2"},
                                             {"2", "3"},
                                             {"3", "5"},
                                             {"5", "7"},
                                             {"7", "10"},
                                             {"10", "20"},
                                             {"20", "50"},
                                             {"50", "100"}}) {
                sglang.page.sample(
                    name, sglang.labels(i, fmt::format(R"(gt="{}",le="{}",)", over, most)), 0.0);
            }
        }
    }
}

void write_counters(SglangPage& sglang) {
    std::vector<PythonPage::Sample> samples;
    double prompts = 0.0;
    double cached = 0.0;
    double generated = 0.0;
    double done = 0.0;
    for (std::size_t i = 0; i < sglang.ranks.size(); ++i) {
        const EngineRankState& rank = sglang.ranks[i];
        prompts += rank.prompt_tokens;
        cached += rank.cached_tokens;
        generated += rank.generated_tokens;
        done += static_cast<double>(rank.done);
        samples.emplace_back(sglang.labels(i, R"(mode="prefill_compute",)"),
                             rank.prompt_tokens - rank.cached_tokens);
        samples.emplace_back(sglang.labels(i, R"(mode="prefill_cache",)"), rank.cached_tokens);
        samples.emplace_back(sglang.labels(i, R"(mode="decode",)"), rank.generated_tokens);
    }
    sglang.page.counters("sglang:realtime_tokens", samples);
    // The frontend knows no ranks, and tells once for each way of answering.
    const auto frontend = [&](std::string_view name, double value) {
        samples.clear();
        for (const std::string_view streaming : {"false", "true"}) {
            samples.emplace_back(fmt::format(R"(engine_type="unified",is_streaming="{}",)"
                                             R"(model_name="{}")",
                                             streaming, sglang.model),
                                 streaming == "true" ? value : 0.0);
        }
        sglang.page.counters(name, samples);
    };
    frontend("sglang:prompt_tokens", prompts);
    frontend("sglang:generation_tokens", generated);
    sglang.page.counter("sglang:cached_tokens",
                        fmt::format(R"(cache_source="total",engine_type="unified",)"
                                    R"(model_name="{}")",
                                    sglang.model),
                        cached);
    frontend("sglang:num_requests", done);
}

}  // namespace

std::string sglang_page(EngineProcess& process, Time now) {
    std::string out;
    SglangPage sglang{PythonPage(out, 0.0), process.states(now), process.model()};
    write_gauges(sglang);
    write_counters(sglang);
    double done = 0.0;
    for (const EngineRankState& rank : sglang.ranks) done += static_cast<double>(rank.done);
    sglang.histogram_by_rank("sglang:queue_time_seconds", kQueue);
    sglang.histogram_by_rank("sglang:per_stage_req_latency_seconds", kStages);
    sglang.histogram("sglang:time_to_first_token_seconds", kFirstToken, "true", done);
    sglang.histogram("sglang:inter_token_latency_seconds", kPerToken, {}, done);
    sglang.histogram("sglang:e2e_request_latency_seconds", kWhole, "false", done);
    sglang.histogram("sglang:prompt_tokens_histogram", kTokens, {}, done);
    sglang.histogram("sglang:uncached_prompt_tokens_histogram", kTokens, {}, done);
    sglang.histogram("sglang:generation_tokens_histogram", kTokens, {}, done);
    return out;
}

/// Asked of the scheduler itself: the state as it is, not as the gauges last said.
std::string sglang_loads(EngineProcess& process, Time now) {
    const std::vector<EngineRankState> ranks = process.states(now);
    const auto wall = process.started() + process.age(now);
    const double seconds = std::chrono::duration<double>(wall.time_since_epoch()).count();
    std::string out = R"({"timestamp":")";
    append_rfc3339(out, wall, 6);
    out += R"(","version":"0.5.23","accelerator":"simulated","num_accelerators":1,"loads":[)";
    auto end = std::back_inserter(out);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const Load& load = ranks[i].load;
        const bool known = load.kv_usage == load.kv_usage;
        fmt::format_to(
            end,
            R"({}{{"dp_rank":{},"timestamp":{:.6f},"num_running_reqs":{},"num_waiting_reqs":{},)"
            R"("num_used_tokens":{},"max_total_num_tokens":{},"token_usage":{},)"
            R"("gen_throughput":{:.1f},"utilization":0.0,"max_running_requests":{},)"
            R"("queues":{{"waiting":{},"grammar":0,"paused":0,"retracted":0}}}})",
            i == 0 ? "" : ",", i, seconds, load.running, load.waiting, tokens_of(load),
            capacity_of(load), known ? fmt::format("{:.6f}", load.kv_usage) : "null",
            40.0 * static_cast<double>(load.running), load.slots, load.waiting);
    }
    out += "]}";
    return out;
}

}  // namespace muster::detail
