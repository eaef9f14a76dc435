#include "muster/wire/prometheus_text.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include "muster/wire/detail/text_cursor.hpp"
#include "muster/wire/detail/utf8.hpp"

namespace muster {

namespace {

using detail::TextCursor;

std::string_view name_of(MetricType type, PrometheusFormat format) noexcept {
    const bool open = format == PrometheusFormat::openmetrics;
    switch (type) {
        case MetricType::gauge: return "gauge";
        case MetricType::counter: return "counter";
        case MetricType::histogram: return "histogram";
        case MetricType::info: return open ? "info" : "gauge";
        case MetricType::unknown: break;
    }
    return open ? "unknown" : "untyped";
}

std::string_view suffix_of(MetricType type) noexcept {
    switch (type) {
        case MetricType::counter: return "_total";
        case MetricType::info: return "_info";
        default: return "";
    }
}

/// The escape of a byte in a label's value or a help text; empty where it needs none.
std::string_view escape_of(char c) noexcept {
    switch (c) {
        case '\\': return "\\\\";
        case '\n': return "\\n";
        case '"': return "\\\"";
        default: return {};
    }
}

/// `units` / 10^`places`, without zeros at the end.
void write_decimal(TextCursor& to, std::uint64_t units, int places) {
    std::uint64_t one = 1;
    for (int i = 0; i < places; ++i) one *= 10;
    to.integer(units / one);
    std::uint64_t rest = units % one;
    if (rest == 0) return;
    to.literal(".");
    while (rest != 0) {
        one /= 10;
        to.integer(rest / one);
        rest %= one;
    }
}

/// A bucket's bound as OpenMetrics wants it, and with it the other form, so that a series keeps
/// its name when a scraper changes the form: as %g has it, never without point or exponent.
std::string bound_text(Duration bound) {
    constexpr double kNanosPerSecond = 1e9;
    std::array<char, 32> room{};
    const auto end = std::to_chars(room.data(), room.data() + room.size(),
                                   static_cast<double>(bound.count()) / kNanosPerSecond,
                                   std::chars_format::general);
    std::string text(room.data(), end.ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

}  // namespace

std::string_view content_type_of(PrometheusFormat format) noexcept {
    return format == PrometheusFormat::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
    if (!labels.empty()) labels += ',';
    labels.append(name).append("=\"");
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < value.size();) {
        const bool ascii = static_cast<unsigned char>(value[i]) < 0x80;
        const std::size_t length = ascii ? 1 : detail::utf8_length(value.substr(i));
        const std::string_view instead = ascii         ? escape_of(value[i])
                                         : length == 0 ? detail::kReplacementCharacter
                                                       : std::string_view();
        if (instead.empty()) {
            i += length;
            continue;
        }
        labels.append(value.substr(plain_from, i - plain_from)).append(instead);
        plain_from = ++i;
    }
    labels.append(value.substr(plain_from)).append("\"");
}

PrometheusWriter& PrometheusWriter::family(const MetricFamily& family) {
    assert(family.unit.empty() || family.name.ends_with("_" + std::string(family.unit)));
    sample_ = std::string(family.name).append(suffix_of(family.type));
    const bool open = format_ == PrometheusFormat::openmetrics;
    // 0.0.4 knows no families: what is described is the sample.
    family_ = open ? std::string(family.name) : sample_;
    out_.append("# TYPE ").append(family_).append(" ").append(name_of(family.type, format_));
    if (open && !family.unit.empty()) {
        out_.append("\n# UNIT ").append(family_).append(" ").append(family.unit);
    }
    out_.append("\n# HELP ").append(family_).append(" ");
    for (const char c : family.help) {
        // Only OpenMetrics escapes quotes here.
        const std::string_view escape = c == '"' && !open ? std::string_view() : escape_of(c);
        if (escape.empty())
            out_ += c;
        else
            out_ += escape;
    }
    out_ += '\n';
    return *this;
}

template <typename Write>
void PrometheusWriter::sample(SampleLabels labels, Write write) {
    const std::size_t before = out_.size();
    const std::size_t room = sample_.size() + labels.shared.size() + labels.own.size() +
                             detail::kNumberRoom + std::string_view("{,} \n").size();
    out_.resize_and_overwrite(before + room, [&](char* text, std::size_t) -> std::size_t {
        TextCursor to(text + before);
        to.raw(sample_);
        if (!labels.shared.empty() || !labels.own.empty()) {
            to.literal("{");
            to.raw(labels.shared);
            if (!labels.shared.empty() && !labels.own.empty()) to.literal(",");
            to.raw(labels.own);
            to.literal("}");
        }
        to.literal(" ");
        write(to);
        to.literal("\n");
        assert(to.at() <= text + before + room);
        return static_cast<std::size_t>(to.at() - text);
    });
}

void PrometheusWriter::count(SampleLabels labels, std::uint64_t value) {
    sample(labels, [&](TextCursor& to) { to.integer(value); });
}

void PrometheusWriter::number(SampleLabels labels, double value) {
    if (!std::isfinite(value)) return;
    sample(labels, [&](TextCursor& to) {
        std::string text;
        JsonWriter(text).number(value);
        to.raw(text);
    });
}

void PrometheusWriter::fraction(SampleLabels labels, double value) {
    if (!std::isfinite(value)) return;
    sample(labels, [&](TextCursor& to) { to.fraction(value); });
}

void PrometheusWriter::age(SampleLabels labels, Duration age) {
    constexpr std::int64_t kNanosPerTenth = 100'000;
    const std::int64_t nanos = age.count() > 0 ? age.count() : 0;
    const auto tenths =
        static_cast<std::uint64_t>(nanos / kNanosPerTenth + (nanos % kNanosPerTenth != 0));
    sample(labels, [&](TextCursor& to) { write_decimal(to, tenths, 4); });
}

void PrometheusWriter::seconds(SampleLabels labels, Duration duration) {
    sample(labels, [&](TextCursor& to) {
        write_decimal(to, static_cast<std::uint64_t>(duration.count()), 9);
    });
}

void PrometheusWriter::histogram(const DelayHistogram& histogram) {
    const DelayHistogram::Reading reading = histogram.read();
    const std::string name = sample_;
    sample_ = name + "_bucket";
    std::uint64_t total = 0;
    std::string label;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
        total += reading.counts[i];
        label.clear();
        append_label(label, "le",
                     i < histogram.bounds().size() ? bound_text(histogram.bounds()[i]) : "+Inf");
        count({.own = label}, total);
    }
    sample_ = name + "_count";
    count({}, total);
    sample_ = name + "_sum";
    seconds({}, reading.sum);
    sample_ = name;
}

void PrometheusWriter::finish() {
    if (format_ == PrometheusFormat::openmetrics) out_ += "# EOF\n";
}

}  // namespace muster
