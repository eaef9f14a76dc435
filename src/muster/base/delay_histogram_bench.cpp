// What one record costs the collector, under its lock: delays that spread over all buckets.
#include "muster/base/delay_histogram.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr DelayHistogram::Bounds kBounds = {100us, 250us, 500us, 1ms,   2500us, 5ms,    10ms, 25ms,
                                            50ms,  100ms, 250ms, 500ms, 1s,     2500ms, 5s};

void record_delays(benchmark::State& state) {
    DelayHistogram histogram(kBounds);
    std::vector<Duration> delays;
    std::uint64_t seed = 1;
    for (int i = 0; i < 4096; ++i) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        delays.push_back(std::chrono::microseconds(100ULL << (seed >> 60)));
    }
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : state) histogram.record(delays[next++ % delays.size()]);
    benchmark::DoNotOptimize(histogram.read());
}
BENCHMARK(record_delays);

}  // namespace
}  // namespace muster
