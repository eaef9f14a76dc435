#include "muster/sim/engines/python_page.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace muster::detail {

void append_python_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
        return;
    }
    std::array<char, 64> text{};
    const bool exponent = value >= 1e6 || (value != 0.0 && std::abs(value) < 1e-4);
    const auto format = exponent ? std::chars_format::scientific : std::chars_format::fixed;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format).ptr;
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    out += written;
    if (!exponent && written.find('.') == std::string_view::npos) out += ".0";
}

void PythonPage::family(std::string_view name, std::string_view type) {
    fmt::format_to(std::back_inserter(out_), "# HELP {0} Simulated: {0}.\n# TYPE {0} {1}\n", name,
                   type);
}

void PythonPage::sample(std::string_view name, std::string_view labels, double value) {
    out_ += name;
    if (!labels.empty()) {
        out_ += '{';
        out_ += labels;
        out_ += '}';
    }
    out_ += ' ';
    append_python_number(out_, value);
    out_ += '\n';
}

void PythonPage::gauge(std::string_view name, std::string_view labels, double value) {
    family(name, "gauge");
    sample(name, labels, value);
}

void PythonPage::counter(std::string_view name, std::string_view labels, double value) {
    const std::array samples = {Sample{std::string(labels), value}};
    counters(name, samples);
}

void PythonPage::counters(std::string_view name, std::span<const Sample> samples) {
    const std::string total = std::string(name) + "_total";
    family(total, "counter");
    for (const auto& [labels, value] : samples) sample(total, labels, value);
    if (created_ == 0.0) return;
    const std::string made = std::string(name) + "_created";
    family(made, "gauge");
    for (const auto& [labels, value] : samples) sample(made, labels, created_);
}

void PythonPage::histogram(std::string_view name, const Labels& labels,
                           std::span<const double> bounds, double count) {
    const std::string bucket = std::string(name) + "_bucket";
    const std::string after = labels.after.empty() ? "" : "," + std::string(labels.after);
    const std::string before =
        labels.before.empty() ? "le=\"" : std::string(labels.before) + ",le=\"";
    std::string text;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        text.assign(before);
        append_python_number(text, bounds[i]);
        text += '"' + after;
        // Half of what is left in each bucket: cumulative, and never more than there are.
        sample(bucket, text, std::floor(count * (1.0 - std::ldexp(1.0, -static_cast<int>(i) - 1))));
    }
    sample(bucket, fmt::format("{}+Inf\"{}", before, after), count);
    const std::string all = std::string(labels.before) + after;
    sample(std::string(name) + "_count", all, count);
    sample(std::string(name) + "_sum", all, count * bounds[bounds.size() / 2]);
}

void PythonPage::created(std::string_view name, std::string_view labels) {
    if (created_ == 0.0) return;
    gauge(std::string(name) + "_created", labels, created_);
}

}  // namespace muster::detail
