// Pages of either form: whatever comes, what is handed out is one of the wanted series, once.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/wire/prometheus_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using muster::SeriesPart;
    static constexpr muster::WantedSeries kWanted[] = {
        {"vllm:num_requests_running", SeriesPart::gauge},
        {"vllm:iteration_tokens_total_count", SeriesPart::count},
        {"vllm:prompt_tokens_total", SeriesPart::counter},
        {"a", SeriesPart::gauge},
        {"b_sum", SeriesPart::sum}};
    static const muster::WantedSeriesSet wanted(kWanted);
    // One of a name as short as "a" reads nearly every line; one of long names skips nearly all.
    static const muster::WantedSeriesSet long_names(
        std::span<const muster::WantedSeries>(kWanted).first(3));
    static muster::PrometheusReader reader;
    // A buffer of exactly this size, so that a sanitizer sees a byte read too many.
    const std::string page(reinterpret_cast<const char*>(data), size);
    std::size_t taken = 0;
    std::size_t taken_long = 0;
    for (const auto form : {muster::ExpositionForm::text, muster::ExpositionForm::openmetrics}) {
        const auto counts =
            reader.read(page, form, wanted, [&](const muster::WantedSample& sample) {
                ++taken;
                if (sample.series < 3) ++taken_long;
                if (sample.series >= std::size(kWanted)) std::abort();
                std::set<std::string_view> names;
                for (const auto& label : sample.labels) {
                    if (!names.insert(label.name).second) std::abort();
                }
            });
        if (counts.samples != taken || taken > muster::kWantedSamplesMax) std::abort();
        const auto again = reader.read(page, form, long_names, [](const muster::WantedSample&) {});
        if (counts.left_out == 0 && again.samples != taken_long) std::abort();
        taken = taken_long = 0;
    }
    return 0;
}
