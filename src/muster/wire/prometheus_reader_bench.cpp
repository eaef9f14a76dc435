// What one recorded page of vLLM costs: the reader beside the least that any reader must do (find
// the end of each line) and beside one that looks at every sample.
#include "muster/wire/prometheus_reader.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "muster/wire/detail/sample_line.hpp"
#include "support/places.hpp"

namespace muster {
namespace {

std::string recorded_page() {
    std::ifstream file(places::source_dir() + "/tests/golden/engines/vllm-0.32.0/load-metrics.body",
                       std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

/// What a load is made of: the series of the engine table that this page has.
const WantedSeriesSet& wanted_series() {
    static constexpr WantedSeries kWanted[] = {
        {"vllm:num_requests_running", SeriesPart::gauge},
        {"vllm:num_requests_waiting", SeriesPart::gauge},
        {"vllm:kv_cache_usage_perc", SeriesPart::gauge},
        {"vllm:cache_config_info", SeriesPart::gauge},
        {"vllm:prefix_cache_hits_total", SeriesPart::counter},
        {"vllm:prefix_cache_queries_total", SeriesPart::counter},
        {"vllm:prompt_tokens_total", SeriesPart::counter},
        {"vllm:generation_tokens_total", SeriesPart::counter},
        {"vllm:request_success_total", SeriesPart::counter},
        {"vllm:iteration_tokens_total_count", SeriesPart::count},
        {"process_start_time_seconds", SeriesPart::gauge}};
    static const WantedSeriesSet kSet(kWanted);
    return kSet;
}

void set_page(benchmark::State& state, const std::string& page) {
    if (page.empty()) state.SkipWithError("the recorded page is not there");
    state.SetBytesProcessed(static_cast<std::int64_t>(page.size()) * state.iterations());
}

void page_read(benchmark::State& state) {
    const std::string page = recorded_page();
    PrometheusReader reader;
    double sum = 0.0;
    for ([[maybe_unused]] auto _ : state) {
        const PageCounts counts =
            reader.read(page, ExpositionForm::text, wanted_series(),
                        [&](const WantedSample& sample) { sum += sample.value; });
        benchmark::DoNotOptimize(counts);
    }
    benchmark::DoNotOptimize(sum);
    set_page(state, page);
}
BENCHMARK(page_read);

void page_memchr_per_line(benchmark::State& state) {
    const std::string page = recorded_page();
    for ([[maybe_unused]] auto _ : state) {
        const char* at = page.data();
        const char* const end = at + page.size();
        std::size_t lines = 0;
        while (const void* feed = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
            at = static_cast<const char*>(feed) + 1;
            ++lines;
        }
        benchmark::DoNotOptimize(lines);
    }
    set_page(state, page);
}
BENCHMARK(page_memchr_per_line);

/// Every sample's name, labels and value, as a general reader would.
void page_every_sample(benchmark::State& state) {
    const std::string page = recorded_page();
    detail::SampleLine line;
    for ([[maybe_unused]] auto _ : state) {
        std::string_view rest(page);
        double sum = 0.0;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            const std::string_view text = rest.substr(0, end);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            if (text.empty() || text.front() == '#') continue;
            std::size_t name_end = 0;
            while (name_end < text.size() && detail::is_name_char(text[name_end])) ++name_end;
            std::string_view name = text.substr(0, name_end);
            if (line.read(text.substr(name_end), ExpositionForm::text, name)) sum += line.value();
        }
        benchmark::DoNotOptimize(sum);
    }
    set_page(state, page);
}
BENCHMARK(page_every_sample);

}  // namespace
}  // namespace muster
