// Reads Prometheus text, classic or OpenMetrics, for the few series that are wanted.
//
// First step of the data path for engines: a page in, its wanted samples out, in one pass. Lines
// that are not wanted cost little more than finding their end, and are not checked. A bad line is
// counted and skipped, never the page. The strict writer of our own pages is prometheus_text.hpp.
// Thread rule: a set of wanted series never changes and is anybody's; a reader belongs to one
// thread, keep it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace muster {

/// What a series must be for its value to mean what is wanted of it. The page's TYPE line decides,
/// not the name: `iteration_tokens_total_count` counts a histogram, and a gauge may end in
/// `_total`. Where the page has no TYPE line, the name is believed.
enum class SeriesPart : std::uint8_t {
    gauge,    ///< The sample of a gauge (or an info).
    counter,  ///< The sample of a counter; its family may lack the `_total` (OpenMetrics).
    count,    ///< `_count` of a histogram or summary.
    sum,      ///< `_sum` of one.
};

struct WantedSeries {
    std::string_view sample;  ///< The whole name that its samples carry.
    SeriesPart part = SeriesPart::gauge;
};

/// Which series to look for, prepared. Names that are wanted twice are found once, as the first.
class WantedSeriesSet {
public:
    /// `wanted` may die afterwards. REQUIRES: names match [a-zA-Z_:][a-zA-Z0-9_:]*.
    explicit WantedSeriesSet(std::span<const WantedSeries> wanted);
    ~WantedSeriesSet();
    WantedSeriesSet(WantedSeriesSet&&) noexcept;
    WantedSeriesSet& operator=(WantedSeriesSet&&) noexcept;
    [[nodiscard]] std::size_t size() const noexcept;

private:
    friend class PrometheusReader;
    struct Index;
    std::unique_ptr<const Index> index_;
};

enum class ExpositionForm : std::uint8_t { text, openmetrics };

/// The form that a Content-Type names; absent if it names none that is known. Classic text is
/// `text/plain` of any version: vLLM says 1.0.0.
[[nodiscard]] std::optional<ExpositionForm> exposition_form_of(std::string_view content_type);

struct SampleLabel {
    std::string_view name;
    std::string_view value;  ///< Unescaped.
};

/// One wanted sample. Views live for the call.
struct WantedSample {
    std::size_t series = 0;  ///< Its place in the wanted list.
    std::span<const SampleLabel> labels;
    double value = 0.0;  ///< Any, NaN and infinities too.
    std::optional<std::int64_t> timestamp_ms;
    std::string_view line;  ///< As it was sent, without the end of line.

    /// The value of a label, by its whole name; absent if it has none.
    [[nodiscard]] std::optional<std::string_view> label(std::string_view name) const noexcept;
};

/// What a page came to.
struct PageCounts {
    std::size_t samples = 0;     ///< Handed out.
    std::size_t bad_lines = 0;   ///< Wanted by name, not readable.
    std::size_t mistyped = 0;    ///< Wanted by name, of another type by the page's own word.
    std::size_t duplicates = 0;  ///< The same name and labels again; the first one counts.
    std::size_t left_out = 0;    ///< Beyond kWantedSamplesMax.
};

class PrometheusReader {
public:
    using Take = std::function<void(const WantedSample&)>;

    PrometheusReader();
    ~PrometheusReader();
    PrometheusReader(PrometheusReader&&) noexcept;
    PrometheusReader& operator=(PrometheusReader&&) noexcept;

    /// Calls `take` for each wanted sample, in the order of the page. REQUIRES: the page is whole;
    /// a last line without a line feed is one too. Allocates only while it meets
    /// more wanted samples than before, or escapes.
    PageCounts read(std::string_view page, ExpositionForm form, const WantedSeriesSet& wanted,
                    const Take& take);

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster
