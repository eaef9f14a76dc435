// vLLM's page: every family that 0.32 has, in its order, with its bounds. A test holds names,
// labels and bounds against a recorded page.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>
#include <vector>

#include "muster/sim/engines/engine_answer.hpp"
#include "muster/sim/engines/python_page.hpp"

namespace muster::detail {

namespace {

constexpr std::array kTokens = {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0};
constexpr std::array kIteration = {1.0,   8.0,    16.0,   32.0,   64.0,   128.0,  256.0,
                                   512.0, 1024.0, 2048.0, 4096.0, 8192.0, 16384.0};
constexpr std::array kPerRequest = {1.0, 2.0, 5.0, 10.0, 20.0};
constexpr std::array kPreemptions = {1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0};
constexpr std::array kFirstToken = {0.001, 0.005, 0.01, 0.02,  0.04,  0.06,  0.08, 0.1,
                                    0.25,  0.5,   0.75, 1.0,   2.5,   5.0,   7.5,  10.0,
                                    20.0,  40.0,  80.0, 160.0, 640.0, 2560.0};
constexpr std::array kPerToken = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2,  0.3,  0.4, 0.5,
                                  0.75, 1.0,   2.5,  5.0,   7.5, 10.0, 20.0, 40.0, 80.0};
constexpr std::array kLatency = {0.3,  0.5,   0.8,   1.0,   1.5,   2.0,    2.5,
                                 5.0,  10.0,  15.0,  20.0,  30.0,  40.0,   50.0,
                                 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0};

constexpr std::array kHighResolution = {0.01, 0.025, 0.05, 0.075, 0.1,  0.25, 0.5,
                                        0.75, 1.0,   1.5,  2.0,   2.5,  3.0,  3.5,
                                        4.0,  4.5,   5.0,  7.5,   10.0, 30.0, 60.0};

/// What a histogram counts.
enum class Counted : std::uint8_t { requests, first_tokens, tokens, steps };

struct Histogram {
    std::string_view name;
    std::span<const double> bounds;
    Counted counted = Counted::requests;
};

constexpr std::array kHistograms = {
    Histogram{"request_prompt_tokens", kTokens},
    Histogram{"request_generation_tokens", kTokens},
    Histogram{"iteration_tokens_total", kIteration, Counted::steps},
    Histogram{"request_max_num_generation_tokens", kTokens},
    Histogram{"request_params_n", kPerRequest},
    Histogram{"request_params_max_tokens", kTokens},
    Histogram{"time_to_first_token_seconds", kFirstToken, Counted::first_tokens},
    Histogram{"inter_token_latency_seconds", kPerToken, Counted::tokens},
    Histogram{"request_time_per_output_token_seconds", kPerToken},
    Histogram{"e2e_request_latency_seconds", kLatency},
    Histogram{"request_queue_time_seconds", kLatency},
    Histogram{"request_inference_time_seconds", kLatency},
    Histogram{"request_prefill_time_seconds", kLatency},
    Histogram{"request_decode_time_seconds", kLatency},
    Histogram{"request_num_preemptions", kPreemptions},
    Histogram{"request_prefill_kv_computed_tokens", kTokens}};

struct VllmPage {
    PythonPage page;
    std::vector<EngineRankState> ranks;
    std::string model;

    [[nodiscard]] std::string labels(std::size_t rank, std::string_view more = {}) const {
        return fmt::format("engine=\"{}\",model_name=\"{}\"{}", rank, model, more);
    }
    template <typename Value>
    void gauges(std::string_view name, Value value) {
        page.family(name, "gauge");
        for (std::size_t i = 0; i < ranks.size(); ++i)
            page.sample(name, labels(i), value(ranks[i]));
    }
    template <typename Value>
    void counters(std::string_view name, Value value) {
        std::vector<PythonPage::Sample> samples;
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            samples.emplace_back(labels(i), value(ranks[i]));
        }
        page.counters(name, samples);
    }
    /// One sample per rank and word of a further label; the first word has the value.
    template <typename Value>
    void counters_by(std::string_view name, std::string_view label,
                     std::span<const std::string_view> words, std::string_view where, Value value) {
        std::vector<PythonPage::Sample> samples;
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            for (const std::string_view word : words) {
                std::string text = fmt::format("engine=\"{}\"", i);
                // Labels are sorted: some words stand before the model's name, some behind it.
                if (label < "model_name") {
                    text += fmt::format(",{}=\"{}\",model_name=\"{}\"", label, word, model);
                } else {
                    text += fmt::format(",model_name=\"{}\",{}=\"{}\"", model, label, word);
                }
                samples.emplace_back(std::move(text), word == where ? value(ranks[i]) : 0.0);
            }
        }
        page.counters(name, samples);
    }
};

double count_of(const EngineRankState& rank, Counted counted) {
    switch (counted) {
        case Counted::requests: return static_cast<double>(rank.done);
        case Counted::first_tokens: return static_cast<double>(rank.done + rank.shown.running);
        case Counted::tokens: return rank.generated_tokens;
        case Counted::steps: return rank.steps;
    }
    return 0.0;
}

void write_process(PythonPage& page, double started, double age) {
    for (const std::string_view name :
         {"python_gc_objects_collected", "python_gc_objects_uncollectable",
          "python_gc_collections"}) {
        const std::string total = std::string(name) + "_total";
        page.family(total, "counter");
        for (int i = 0; i < 3; ++i) {
            page.sample(total, fmt::format("generation=\"{}\"", i), 100.0 * (3 - i));
        }
    }
    page.gauge("python_info",
               R"(implementation="CPython",major="3",minor="11",patchlevel="7",version="3.11.7")",
               1.0);
    page.gauge("process_virtual_memory_bytes", {}, 4.616474624e+09);
    page.gauge("process_resident_memory_bytes", {}, 9.64059136e+08);
    page.gauge("process_start_time_seconds", {}, started);
    page.family("process_cpu_seconds_total", "counter");
    page.sample("process_cpu_seconds_total", {}, static_cast<double>(static_cast<int>(age)));
    page.gauge("process_open_fds", {}, 34.0);
    page.gauge("process_max_fds", {}, 20000.0);
}

void write_gauges(VllmPage& vllm) {
    vllm.gauges("vllm:num_requests_running",
                [](const auto& rank) { return static_cast<double>(rank.shown.running); });
    vllm.gauges("vllm:num_requests_waiting",
                [](const auto& rank) { return static_cast<double>(rank.shown.waiting); });
    vllm.page.family("vllm:num_requests_waiting_by_reason", "gauge");
    for (std::size_t i = 0; i < vllm.ranks.size(); ++i) {
        vllm.page.sample("vllm:num_requests_waiting_by_reason",
                         vllm.labels(i, ",reason=\"capacity\""),
                         static_cast<double>(vllm.ranks[i].shown.waiting));
        vllm.page.sample("vllm:num_requests_waiting_by_reason",
                         vllm.labels(i, ",reason=\"deferred\""), 0.0);
    }
    vllm.page.family("vllm:engine_sleep_state", "gauge");
    for (std::size_t i = 0; i < vllm.ranks.size(); ++i) {
        for (const std::string_view state : {"awake", "weights_offloaded", "discard_all"}) {
            vllm.page.sample("vllm:engine_sleep_state",
                             vllm.labels(i, fmt::format(",sleep_state=\"{}\"", state)),
                             state == "awake" ? 1.0 : 0.0);
        }
    }
    // Of all blocks but the one that is set aside.
    vllm.gauges("vllm:kv_cache_usage_perc", [](const auto& rank) {
        if (rank.shown.kv_total_blocks < 2 || rank.shown.kv_usage != rank.shown.kv_usage) {
            return rank.shown.kv_usage;
        }
        return static_cast<double>(rank.shown.kv_active_blocks) /
               static_cast<double>(rank.shown.kv_total_blocks - 1);
    });
}

void write_counters(VllmPage& vllm) {
    const auto nothing = [](const auto&) { return 0.0; };
    const auto prompt = [](const auto& rank) { return rank.prompt_tokens; };
    const auto cached = [](const auto& rank) { return rank.cached_tokens; };
    vllm.counters("vllm:prefix_cache_queries", prompt);
    vllm.counters("vllm:prefix_cache_hits", cached);
    for (const std::string_view name :
         {"vllm:external_prefix_cache_queries", "vllm:external_prefix_cache_hits",
          "vllm:mm_cache_queries", "vllm:mm_cache_hits", "vllm:num_preemptions"}) {
        vllm.counters(name, nothing);
    }
    vllm.counters("vllm:prompt_tokens", prompt);
    constexpr std::array<std::string_view, 3> kSources = {"local_compute", "local_cache_hit",
                                                          "external_kv_transfer"};
    vllm.counters_by("vllm:prompt_tokens_by_source", "source", kSources, "local_compute",
                     [](const auto& rank) { return rank.prompt_tokens - rank.cached_tokens; });
    vllm.counters("vllm:prompt_tokens_cached", cached);
    constexpr std::array<std::string_view, 5> kPlaces = {"device", "host", "p2p", "disk",
                                                         "external_unspecified"};
    vllm.counters_by("vllm:prompt_tokens_cached_by_source", "source", kPlaces, "device", cached);
    vllm.counters("vllm:generation_tokens", [](const auto& rank) { return rank.generated_tokens; });
    constexpr std::array<std::string_view, 5> kEnds = {"stop", "length", "abort", "error",
                                                       "repetition"};
    vllm.counters_by("vllm:request_success", "finished_reason", kEnds, "stop",
                     [](const auto& rank) { return static_cast<double>(rank.done); });
    std::vector<PythonPage::Sample> refused;
    for (const std::string_view reason : {"max_num_queued_reqs", "max_num_queued_tokens"}) {
        refused.emplace_back(fmt::format("model_name=\"{}\",reason=\"{}\"", vllm.model, reason),
                             0.0);
    }
    vllm.page.counters("vllm:admission_rejections", refused);
}

/// The label that counts blocks is the sum over all ranks.
void write_cache_config(VllmPage& vllm) {
    vllm.page.family("vllm:cache_config_info", "gauge");
    std::uint64_t all_blocks = 0;
    for (const auto& rank : vllm.ranks) all_blocks += rank.load.kv_total_blocks;
    for (std::size_t i = 0; i < vllm.ranks.size(); ++i) {
        const std::uint64_t tokens = vllm.ranks[i].load.kv_total_blocks * 16;
        vllm.page.sample(
            "vllm:cache_config_info",
            fmt::format(
                R"(_block_size_resolved="True",block_size="16",cache_dtype="auto",)"
                R"(cache_hit_alignment_tokens="None",effective_attention_block_size="16",)"
                R"(enable_mamba_shared_prefix_checkpoint="False",enable_prefix_caching="True",)"
                R"(engine="{}",gpu_memory_utilization="0.92",hash_block_size="None",)"
                R"(is_attention_free="False",kv_cache_dtype_skip_layers="[]",)"
                R"(kv_cache_layout="None",kv_cache_max_concurrency="7.5",)"
                R"(kv_cache_memory_bytes="None",kv_cache_size_tokens="{}",)"
                R"(kv_offloading_backend="native",kv_offloading_size="None",)"
                R"(kv_sharing_fast_prefill="False",mamba_block_size="None",)"
                R"(mamba_cache_dtype="auto",mamba_cache_mode="none",)"
                R"(mamba_page_size_padded="None",mamba_ssm_cache_dtype="float32",)"
                R"(num_cpu_blocks="None",num_gpu_blocks="{}",num_gpu_blocks_override="None",)"
                R"(prefix_cache_retention_interval="0",prefix_caching_hash_algo="sha256",)"
                R"(prefix_match_unit="None",replayssm_buffer_len="16",)"
                R"(skip_page_size_padded="None",sliding_window="None",)"
                R"(swa_bounded_replay="True",use_kda_recoverssm="False",)"
                R"(use_replayssm="False",user_specified_block_size="True")",
                i, tokens, all_blocks),
            1.0);
    }
}

/// The web layer's families, before any route was used: most have no samples yet.
void write_web(PythonPage& page) {
    page.family("http_requests_total", "counter");
    page.family("http_request_size_bytes", "summary");
    page.family("http_response_size_bytes", "summary");
    constexpr std::string_view kName = "http_request_duration_highr_seconds";
    page.family(kName, "histogram");
    page.histogram(kName, {}, kHighResolution, 0.0);
    page.created(kName, {});
    page.family("http_request_duration_seconds", "histogram");
}

}  // namespace

std::string vllm_page(EngineProcess& process, Time now) {
    std::string out;
    const double started =
        std::chrono::duration<double>(process.started().time_since_epoch()).count();
    // Two ranks mean two API servers, and these a page of several processes: no start, no
    // `_created`, no word of the process.
    const bool several = process.rank_count() > 1;
    VllmPage vllm{PythonPage(out, several ? 0.0 : started), process.states(now), process.model()};
    if (!several) {
        write_process(vllm.page, started, std::chrono::duration<double>(process.age(now)).count());
    }
    for (const std::string_view name :
         {"vllm:estimated_flops_per_gpu", "vllm:estimated_read_bytes_per_gpu",
          "vllm:estimated_write_bytes_per_gpu"}) {
        vllm.counters(name, [](const auto&) { return 0.0; });
    }
    write_gauges(vllm);
    write_counters(vllm);
    for (const Histogram& histogram : kHistograms) {
        const std::string name = "vllm:" + std::string(histogram.name);
        vllm.page.family(name, "histogram");
        for (std::size_t i = 0; i < vllm.ranks.size(); ++i) {
            const std::string engine = fmt::format("engine=\"{}\"", i);
            const std::string model = fmt::format("model_name=\"{}\"", vllm.model);
            vllm.page.histogram(name, {engine, model}, histogram.bounds,
                                count_of(vllm.ranks[i], histogram.counted));
        }
        if (!several) vllm.page.created(name, vllm.labels(0));
    }
    write_cache_config(vllm);
    write_web(vllm.page);
    return out;
}

}  // namespace muster::detail
