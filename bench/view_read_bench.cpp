// What a read costs while the view is published, beside the two obvious other ways.
//
// A read is timed in batches of 256, since one is shorter than a look at the clock, whose own cost
// is taken off. Counters: read_p50_ns of one read (a batch's 256th part); batch_p9999_us, which
// 256 reads together exceed once in ten thousand times, a publication or the loss of the processor
// among them; the publications that there were. Arguments: workers, publications a second. bench/
// run.py runs it and puts the figures into its table.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "muster/fleet/fleet_state.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/runtime/monotonic_time.hpp"

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
    /// The same with a row changed in each block.
    FleetViewPtr next_of_all_blocks() {
        if (one_of_each_block_.empty()) {
            const FleetViewPtr view = next();
            for (std::size_t row = 0; row < view->size(); row += kBlockRows) {
                one_of_each_block_.push_back(view->identity(row).instance_id.value());
            }
        }
        ++changes_;
        for (const std::uint64_t id : one_of_each_block_) answer(id, changes_);
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
    std::vector<std::uint64_t> one_of_each_block_;
    Time now_ = Time{} + 24h;
    FleetState state_{{}, now_};
    SourceId source_;
    ComponentId component_;
    RoundId round_;
};

constexpr std::int64_t kAsFastAsItGoes = -1;  // And a row of each block at a time.

/// Publishes a changed view `per_second` times a second while it lives, in step with a plan.
template <typename Publish>
class Publisher {
public:
    Publisher(ChangingFleet& fleet, std::int64_t per_second, Publish publish)
        : begin_(monotonic_ns()),
          thread_([this, &fleet, per_second, publish](const std::stop_token& stop) {
              if (per_second == kAsFastAsItGoes) {
                  while (!stop.stop_requested()) {
                      publish(fleet.next_of_all_blocks());
                      published_.fetch_add(1, std::memory_order_relaxed);
                  }
              } else if (per_second > 0) {
                  publish_in_step(fleet, 1'000'000'000 / per_second, publish, stop);
              }
          }) {}

    [[nodiscard]] double per_second() const {
        const auto seconds = static_cast<double>(monotonic_ns() - begin_) * 1e-9;
        return static_cast<double>(published_.load(std::memory_order_relaxed)) / seconds;
    }

private:
    void publish_in_step(ChangingFleet& fleet, std::int64_t gap_ns, Publish publish,
                         const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        for (std::int64_t next = begin_ + gap_ns; !stop.stop_requested(); next += gap_ns) {
            const std::int64_t wait = next - monotonic_ns();
            if (wait > 0) {
                std::unique_lock lock(mutex);
                never.wait_for(lock, stop, std::chrono::nanoseconds(wait), [] { return false; });
            }
            publish(fleet.next());
            published_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    std::int64_t begin_;
    std::atomic<std::uint64_t> published_{0};
    std::jthread thread_;
};

/// The least time that passes between two looks at the clock.
std::int64_t clock_cost() {
    std::int64_t least = 1'000'000;
    for (int i = 0; i < 1'000; ++i) {
        const std::int64_t before = monotonic_ns();
        least = std::min(least, monotonic_ns() - before);
    }
    return least;
}

/// Apart from what surrounds it, whose variables would take the registers: a loop that counts in
/// memory takes longer for a turn than a read does.
template <typename Read>
[[gnu::noinline]] std::uint64_t read_batch(Read read) {
    std::uint64_t sum = 0;
    for (int i = 0; i < kBatch; ++i) sum += read();
    return sum;
}

/// `read` gives a number, so that nobody can leave the read out.
template <typename Publisher, typename Read>
void time_reads(benchmark::State& bench, const Publisher& publisher, Read read) {
    const std::int64_t clock = clock_cost();
    std::vector<std::int64_t> batches;
    batches.reserve(1'000'000);
    for ([[maybe_unused]] auto _ : bench) {
        const std::int64_t before = monotonic_ns();
        benchmark::DoNotOptimize(read_batch(read));
        batches.push_back(std::max<std::int64_t>(0, monotonic_ns() - before - clock));
    }
    const auto at = [&](double part) {
        const auto nth = batches.begin() + static_cast<std::ptrdiff_t>(
                                               part * static_cast<double>(batches.size() - 1));
        std::nth_element(batches.begin(), nth, batches.end());
        return static_cast<double>(*nth);
    };
    bench.SetItemsProcessed(bench.iterations() * kBatch);
    bench.counters["read_p50_ns"] = at(0.5) / kBatch;
    bench.counters["batch_p9999_us"] = at(0.9999) * 1e-3;
    bench.counters["published_per_s"] = publisher.per_second();
}

void BM_ViewReader(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    ViewCell cell;
    cell.publish(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { cell.publish(std::move(view)); });
    ViewReader reader(cell);
    time_reads(bench, publisher, [&reader] { return reader.current().version(); });
}

/// With the age of one row, at a time that is given.
void BM_ViewReaderAge(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    ViewCell cell;
    cell.publish(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { cell.publish(std::move(view)); });
    ViewReader reader(cell);
    const Time now = fleet.now() + 1s;
    const std::size_t row = static_cast<std::size_t>(bench.range(0)) / 2;
    time_reads(bench, publisher, [&reader, row, now] {
        const auto age = reader.current().age_at(row, now);
        if (!age) [[unlikely]]
            return std::uint64_t{0};
        return static_cast<std::uint64_t>(age->count());
    });
}

void BM_MutexAndPointer(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    std::mutex mutex;
    FleetViewPtr shared = fleet.next();
    const Publisher publisher(fleet, bench.range(1), [&](FleetViewPtr view) {
        const std::scoped_lock lock(mutex);
        shared.swap(view);
    });
    time_reads(bench, publisher, [&] {
        const FleetViewPtr view = [&] {
            const std::scoped_lock lock(mutex);
            return shared;
        }();
        return view->version();
    });
}

void BM_AtomicSharedPtr(benchmark::State& bench) {
    ChangingFleet fleet(bench.range(0));
    std::atomic<FleetViewPtr> shared(fleet.next());
    const Publisher publisher(fleet, bench.range(1),
                              [&](FleetViewPtr view) { shared.store(std::move(view)); });
    time_reads(bench, publisher, [&] { return shared.load()->version(); });
}

void fleets(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"workers", "publications_per_s"});
    for (const int workers : {1, 1'000, 10'000}) {
        for (const int rate : {0, 1'000, 5'000}) bench->Args({workers, rate});
    }
    for (const int workers : {1'000, 10'000}) bench->Args({workers, kAsFastAsItGoes});
}

BENCHMARK(BM_ViewReader)->Apply(fleets);
BENCHMARK(BM_ViewReaderAge)->Apply(fleets);
BENCHMARK(BM_MutexAndPointer)->Apply(fleets);
BENCHMARK(BM_AtomicSharedPtr)->Apply(fleets);

}  // namespace
}  // namespace muster
