// What a read costs while the view is published, beside the two obvious other ways. A read is timed
// in batches of 256: one is shorter than the clock. Arguments: workers, publications a second.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "muster/fleet/fleet_state.hpp"
#include "muster/fleet/view_cell.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr int kBatch = 256;

/// A fleet whose view can be made again and again with one row changed.
class ChangingFleet {
public:
    explicit ChangingFleet(std::int64_t workers) : workers_(static_cast<std::uint64_t>(workers)) {
        source_ = state_.add_source({.id = "s", .kind = "k", .target = "t"}, now_);
        component_ = state_.add_component(source_, {.name = "n/c"}, now_);
        state_.connected(source_, now_);
        round_ = state_.begin_round(component_, now_).round;
        for (std::uint64_t id = 1; id <= workers_; ++id) answer(id, id);
    }
    FleetViewPtr next() {
        ++changes_;
        answer(changes_ % workers_ + 1, changes_);
        return state_.freeze(now_);
    }
    [[nodiscard]] Time now() const { return now_; }

private:
    void answer(std::uint64_t id, std::uint64_t waiting) {
        Load load;
        load.set_count(LoadField::waiting, waiting + 1);
        Answer report;
        report.component = component_;
        report.round = round_;
        report.received = now_;
        report.instance.id = id;
        report.load = &load;
        (void)state_.apply(report);
    }

    std::uint64_t workers_;
    std::uint64_t changes_ = 0;
    Time now_ = Time{} + 24h;
    FleetState state_{{}, now_};
    SourceId source_;
    ComponentId component_;
    RoundId round_;
};

/// Publishes a changed view `per_second` times a second while it lives.
template <typename Publish>
class Publisher {
public:
    Publisher(ChangingFleet& fleet, std::int64_t per_second, Publish publish)
        : thread_([&fleet, per_second, publish](const std::stop_token& stop) {
              if (per_second == 0) return;
              const auto gap = std::chrono::nanoseconds(1s) / per_second;
              std::mutex mutex;
              std::condition_variable_any never;
              while (!stop.stop_requested()) {
                  publish(fleet.next());
                  std::unique_lock lock(mutex);
                  never.wait_for(lock, stop, gap, [] { return false; });
              }
          }) {}

private:
    std::jthread thread_;
};

template <typename Read>
void time_reads(benchmark::State& bench, Read read) {
    for (auto _ : bench) {
        for (int i = 0; i < kBatch; ++i) benchmark::DoNotOptimize(read());
    }
    bench.SetItemsProcessed(bench.iterations() * kBatch);
}

void BM_ViewReader(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    ViewCell cell;
    cell.publish(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { cell.publish(std::move(view)); });
    ViewReader reader(cell);
    time_reads(bench, [&] { return reader.current().version(); });
}

void BM_ViewReaderAge(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    ViewCell cell;
    cell.publish(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { cell.publish(std::move(view)); });
    ViewReader reader(cell);
    const Time now = fleet.now();
    const std::size_t row = static_cast<std::size_t>(bench.range(0)) / 2;
    time_reads(bench, [&] { return reader.current().known_at(row).value_or(now); });
}

void BM_MutexAndPointer(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    std::mutex mutex;
    FleetViewPtr shared = fleet.next();
    const Publisher publisher(fleet, bench.range(1), [&](FleetViewPtr view) {
        const std::scoped_lock lock(mutex);
        shared = std::move(view);
    });
    time_reads(bench, [&] {
        const std::scoped_lock lock(mutex);
        return FleetViewPtr(shared)->version();
    });
}

void BM_AtomicSharedPtr(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    std::atomic<FleetViewPtr> shared(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { shared.store(std::move(view)); });
    time_reads(bench, [&] { return shared.load()->version(); });
}

void fleets(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"workers", "publications_per_s"});
    for (const int workers : {1, 1'000, 10'000}) {
        for (const int rate : {0, 1'000, 5'000}) bench->Args({workers, rate});
    }
}

BENCHMARK(BM_ViewReader)->Apply(fleets);
BENCHMARK(BM_ViewReaderAge)->Apply(fleets);
BENCHMARK(BM_MutexAndPointer)->Apply(fleets);
BENCHMARK(BM_AtomicSharedPtr)->Apply(fleets);

}  // namespace
}  // namespace muster
