// What reading one answer costs: the live reading beside simdjson's DOM, which validates and builds
// everything, and beside the strict reading of exact mode.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/service_reply.hpp"
#include "muster/wire/stats_writer.hpp"
#include "muster/wire/strict_stats.hpp"

namespace muster {
namespace {

const MetricsRecord kRecord{std::nullopt, 37, 256, 4, 10234, 27814, 0.36794418F, 0.4125F, {}};

/// The reply of a 0.5.1 worker, 1.2 kB, as recorded.
std::string reply_bytes() {
    const WrittenEndpoint endpoints[] = {{.endpoint = "clear_kv_blocks"},
                                         {.endpoint = "generate"},
                                         {.endpoint = kLoadEndpoint, .record = &kRecord}};
    std::string out;
    write_stats_reply(out, {.release = {0, 5, 1},
                            .service = "lab_backend_x",
                            .service_id = "vorotsp4pBO4c7Kcx9l8R0",
                            .started = WallTime(std::chrono::nanoseconds(1795427138722199694)),
                            .instance_id = 0x1eeea207cad8b605,
                            .endpoints = endpoints});
    return out;
}

std::string record_bytes() {
    std::string out;
    write_metrics(out, kRecord, {0, 5, 1});
    return out;
}

void set_bytes(benchmark::State& state, const std::string& bytes) {
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes.size()) * state.iterations());
    state.counters["bytes"] = static_cast<double>(bytes.size());
}

void live_reply(benchmark::State& state) {
    const std::string bytes = reply_bytes();
    ServiceReplyParser parser;
    for ([[maybe_unused]] auto _ : state)
        benchmark::DoNotOptimize(parser.parse_stats(bytes)->record->load);
    set_bytes(state, bytes);
}
BENCHMARK(live_reply);

/// The DOM, asked for what the live reading gives: identity, requests, the seven fields.
void dom_reply(benchmark::State& state) {
    const std::string bytes = reply_bytes();
    simdjson::dom::parser parser;
    for ([[maybe_unused]] auto _ : state) {
        simdjson::dom::element reply;
        if (parser.parse(bytes).get(reply) != simdjson::SUCCESS) state.SkipWithError("no JSON");
        for (const char* key : {"name", "id", "version", "started"}) {
            std::string_view text;
            benchmark::DoNotOptimize(reply[key].get(text));
        }
        simdjson::dom::array endpoints;
        if (reply["endpoints"].get(endpoints) != simdjson::SUCCESS) continue;
        for (const simdjson::dom::element endpoint : endpoints) {
            std::string_view subject;
            std::uint64_t requests = 0;
            benchmark::DoNotOptimize(endpoint["subject"].get(subject));
            benchmark::DoNotOptimize(endpoint["num_requests"].get(requests));
            simdjson::dom::object worker;
            simdjson::dom::object kv;
            if (endpoint["data"]["worker_stats"].get(worker) != simdjson::SUCCESS ||
                endpoint["data"]["kv_stats"].get(kv) != simdjson::SUCCESS) {
                continue;
            }
            for (const char* key :
                 {"request_active_slots", "request_total_slots", "num_requests_waiting"}) {
                benchmark::DoNotOptimize(worker[key].get(requests));
            }
            for (const char* key : {"kv_active_blocks", "kv_total_blocks"}) {
                benchmark::DoNotOptimize(kv[key].get(requests));
            }
            for (const char* key : {"gpu_cache_usage_perc", "gpu_prefix_cache_hit_rate"}) {
                double fraction = 0.0;
                benchmark::DoNotOptimize(kv[key].get(fraction));
            }
        }
    }
    set_bytes(state, bytes);
}
BENCHMARK(dom_reply);

void strict_reply(benchmark::State& state) {
    const std::string bytes = reply_bytes();
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(decode_service_strictly(bytes));
    set_bytes(state, bytes);
}
BENCHMARK(strict_reply);

void live_record(benchmark::State& state) {
    const std::string bytes = record_bytes();
    LoadEventParser parser;
    for ([[maybe_unused]] auto _ : state)
        benchmark::DoNotOptimize(parser.parse_record(bytes)->record.load);
    set_bytes(state, bytes);
}
BENCHMARK(live_record);

void dom_record(benchmark::State& state) {
    const std::string bytes = record_bytes();
    simdjson::dom::parser parser;
    for ([[maybe_unused]] auto _ : state) {
        simdjson::dom::element record;
        if (parser.parse(bytes).get(record) != simdjson::SUCCESS) state.SkipWithError("no JSON");
        std::uint64_t count = 0;
        benchmark::DoNotOptimize(record["kv_stats"]["kv_active_blocks"].get(count));
    }
    set_bytes(state, bytes);
}
BENCHMARK(dom_record);

void write_reply(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(reply_bytes());
}
BENCHMARK(write_reply);

}  // namespace
}  // namespace muster
