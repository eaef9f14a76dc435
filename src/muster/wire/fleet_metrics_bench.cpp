// What a scrape costs before it reaches a socket: the metrics of 1,000 and of 10,000 workers.
#include "muster/wire/fleet_metrics.hpp"

#include <benchmark/benchmark.h>

#include <string>

#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

/// A fleet with usual names that has just answered its first question.
FleetViewPtr fleet_of(std::int64_t workers, Time now) {
    FleetState state({}, now);
    const SourceId source = state.add_source({.id = "nats-1", .kind = "nats", .target = ""}, now);
    const ComponentId component = state.add_component(source, {.name = "dynamo/backend"}, now);
    state.connected(source, now);
    const RoundId round = state.begin_round(component, now).round;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(workers); ++i) {
        Load load;
        load.set_count(LoadField::running, i % 256);
        load.set_count(LoadField::slots, 256);
        load.set_count(LoadField::waiting, i % 7);
        load.set_count(LoadField::kv_active_blocks, 60 + i);
        load.set_count(LoadField::kv_total_blocks, 27'814);
        load.set_fraction(LoadField::kv_usage, static_cast<double>(static_cast<float>(i) / 1e6F));
        load.set_fraction(LoadField::prefix_hit_rate, static_cast<double>(0.4125F));
        Answer answer;
        answer.component = component;
        answer.round = round;
        answer.received = now;
        answer.instance.id = 7'587'888'657'184'900'000 + i;
        answer.load = &load;
        answer.address = "nats:dynamo_backend.load_metrics-694d988806b92e39";
        answer.engine = "dynamo";
        (void)state.apply(answer);
    }
    return state.freeze(now);
}

void write_metrics(benchmark::State& state) {
    constexpr Time kNow = Time{} + std::chrono::hours(24);
    const auto view = fleet_of(state.range(0), kNow);
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        std::string out;
        out.reserve(fleet_metrics_bytes(*view));
        PrometheusWriter writer(out, PrometheusFormat::openmetrics);
        write_fleet_metrics(writer, *view, kNow + std::chrono::milliseconds(41));
        benchmark::DoNotOptimize(out.data());
        bytes = out.size();
    }
    state.counters["bytes"] = static_cast<double>(bytes);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_metrics)->Arg(1)->Arg(1'000)->Arg(10'000);

}  // namespace
}  // namespace muster
