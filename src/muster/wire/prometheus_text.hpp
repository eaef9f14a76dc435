// Writes the two text forms that Prometheus reads: its own 0.0.4, and OpenMetrics 1.0.
//
// Place in the data path: beside JsonWriter, one step before a socket. The caller writes family
// after family, each with all its samples; the writer knows what the forms differ in (names of
// counters, units, the end mark). What is not known has no sample: there is no way to write NaN.
// Thread rule: one writer, one string, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/delay_histogram.hpp"
#include "muster/base/time.hpp"

namespace muster {

enum class PrometheusFormat : std::uint8_t { text, openmetrics };

/// The value of Content-Type.
[[nodiscard]] std::string_view content_type_of(PrometheusFormat format) noexcept;

enum class MetricType : std::uint8_t { gauge, counter, histogram, info, unknown };

/// REQUIRES: `name` matches [a-z][a-z0-9_]*, is written once per text, and ends with "_" and the
/// unit where there is one. Samples of a counter are called `name`_total, of an info `name`_info.
struct MetricFamily {
    std::string_view name;
    MetricType type = MetricType::gauge;
    std::string_view help;
    std::string_view unit = {};
};

/// Labels of one sample, as append_label wrote them; two pieces, so that rows may share the first.
struct SampleLabels {
    std::string_view shared = {};
    std::string_view own = {};
};

/// Appends `name="value"`, behind a comma if `labels` is not empty. Escapes the value; bytes that
/// are no UTF-8 become U+FFFD. REQUIRES: `name` matches [a-zA-Z_][a-zA-Z0-9_]*.
void append_label(std::string& labels, std::string_view name, std::string_view value);

class PrometheusWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    PrometheusWriter(std::string& out, PrometheusFormat format) noexcept
        : out_(out), format_(format) {}

    /// Ends the family before and begins this one. One without samples is legal: it is known here,
    /// and there is nothing to say.
    PrometheusWriter& family(const MetricFamily& family);

    // Samples of the family begun last.

    void count(SampleLabels labels, std::uint64_t value);
    /// 1 or 0.
    void yes_no(SampleLabels labels, bool value) { count(labels, value ? 1 : 0); }
    /// The shortest text that reads back the same; what is not finite has no sample.
    void number(SampleLabels labels, double value);
    /// As JsonWriter::fraction writes it; what is not finite has no sample.
    void fraction(SampleLabels labels, double value);
    /// Seconds, to the tenth of a millisecond, rounded up: nothing is shown younger than it is.
    void age(SampleLabels labels, Duration age);
    /// Seconds, to the nanosecond. REQUIRES: `duration` is not negative.
    void seconds(SampleLabels labels, Duration duration);
    /// Cumulative buckets, count and sum, in seconds. REQUIRES: the family is a histogram.
    void histogram(const DelayHistogram& histogram);

    /// Ends the text. Nothing may follow.
    void finish();

private:
    template <typename Write>
    void sample(SampleLabels labels, Write write);

    std::string& out_;
    PrometheusFormat format_;
    std::string family_;  // As TYPE and HELP name it.
    std::string sample_;  // What its samples are called.
};

}  // namespace muster
