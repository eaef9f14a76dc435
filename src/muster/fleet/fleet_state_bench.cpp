// What one report costs in the state, and what a new view costs. Arguments: workers, rows changed.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "muster/fleet/fleet_state.hpp"
#include "muster/fleet/statistics.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class Fleet {
public:
    explicit Fleet(std::int64_t workers) : workers_(static_cast<std::uint64_t>(workers)) {
        source_ = state_.add_source({.id = "s", .kind = "k", .target = "t"}, now_);
        component_ = state_.add_component(source_, {.name = "n/c"}, now_);
        state_.connected(source_, now_);
        round_ = state_.begin_round(component_, now_).round;
        for (std::uint64_t id = 1; id <= workers_; ++id) answer(id, 1);
        (void)state_.freeze(now_);
    }
    void answer(std::uint64_t id, std::uint64_t waiting, std::string_view raw = {}) {
        load_.set_count(LoadField::waiting, waiting);
        load_.set_count(LoadField::kv_active_blocks, waiting);
        Answer report;
        report.component = component_;
        report.round = round_;
        report.received = now_;
        report.instance.id = id;
        report.load = &load_;
        report.raw = raw;
        (void)state_.apply(report);
    }
    FleetViewPtr freeze() { return state_.freeze(now_); }
    [[nodiscard]] Time now() const { return now_; }
    [[nodiscard]] std::uint64_t workers() const { return workers_; }

private:
    std::uint64_t workers_;
    Load load_;
    Time now_ = Time{} + 24h;
    FleetState state_{{}, now_};
    SourceId source_;
    ComponentId component_;
    RoundId round_;
};

void BM_ApplyNews(benchmark::State& bench) {
    Fleet fleet(bench.range(0));
    std::uint64_t n = 0;
    for ([[maybe_unused]] auto _ : bench) {
        ++n;
        fleet.answer(n % fleet.workers() + 1, n + 1);
    }
}

void BM_ApplyConfirmation(benchmark::State& bench) {
    Fleet fleet(bench.range(0));
    std::uint64_t n = 0;
    for ([[maybe_unused]] auto _ : bench) fleet.answer(n++ % fleet.workers() + 1, 1);
}

/// The same with the record itself kept beside; 300 bytes are a genuine one.
void BM_ApplyConfirmationKeepingRaw(benchmark::State& bench) {
    Fleet fleet(bench.range(0));
    const std::string raw(300, 'x');
    std::uint64_t n = 0;
    for ([[maybe_unused]] auto _ : bench) fleet.answer(n++ % fleet.workers() + 1, 1, raw);
}

void BM_Freeze(benchmark::State& bench) {
    Fleet fleet(bench.range(0));
    const auto changed = static_cast<std::uint64_t>(bench.range(1));
    std::uint64_t n = 1;
    for ([[maybe_unused]] auto _ : bench) {
        bench.PauseTiming();
        ++n;
        // Spread over the blocks, as reports of a real fleet are.
        for (std::uint64_t i = 0; i < changed; ++i) {
            fleet.answer(i * fleet.workers() / changed % fleet.workers() + 1, n);
        }
        bench.ResumeTiming();
        benchmark::DoNotOptimize(fleet.freeze());
    }
}

void BM_Statistics(benchmark::State& bench) {
    Fleet fleet(bench.range(0));
    const FleetViewPtr view = fleet.freeze();
    for ([[maybe_unused]] auto _ : bench)
        benchmark::DoNotOptimize(statistics_at(*view, fleet.now()));
    bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}

BENCHMARK(BM_ApplyNews)->Arg(1'000)->Arg(10'000);
BENCHMARK(BM_ApplyConfirmation)->Arg(1'000)->Arg(10'000);
BENCHMARK(BM_ApplyConfirmationKeepingRaw)->Arg(1'000)->Arg(10'000);
BENCHMARK(BM_Freeze)
    ->ArgNames({"workers", "changed"})
    ->Args({1'000, 1})
    ->Args({1'000, 10})
    ->Args({1'000, 1'000})
    ->Args({10'000, 1})
    ->Args({10'000, 100})
    ->Args({10'000, 10'000});
BENCHMARK(BM_Statistics)->Arg(1'000)->Arg(10'000);

}  // namespace
}  // namespace muster
