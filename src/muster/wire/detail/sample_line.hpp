// One line of Prometheus text behind its name: labels, value, timestamp, exemplar.
//
// Lenient where the two known parsers differ (docs/guide/engines.md lists what is taken), exact
// about numbers. Private to wire; pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/wire/detail/name_index.hpp"
#include "muster/wire/prometheus_reader.hpp"

namespace muster::detail {

/// Labels of one series that are read; a line with more is a bad one. vLLM's longest has 37.
inline constexpr std::size_t kLabelsPerSampleMax = 128;

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}
/// A number as Go parses it, but for hexadecimal and underscores; absent if `text` is none. What
/// is too small to be told from 0 is 0, what is too large is none.
[[nodiscard]] std::optional<double> read_sample_value(std::string_view text);

/// Reads lines, and keeps the room for their labels.
class SampleLine {
public:
    /// `rest` is what follows the name, without the end of line. `name` is set where the name is
    /// the first quoted item in the braces (text 1.0.0); it stays as it is otherwise. False if the
    /// line is bad. What it read lives until the next call.
    [[nodiscard]] bool read(std::string_view rest, ExpositionForm form, std::string_view& name);

    [[nodiscard]] std::span<const SampleLabel> labels() const noexcept {
        return {labels_.data(), label_count_};
    }
    /// The text between the braces.
    [[nodiscard]] std::string_view label_text() const noexcept { return label_text_; }
    [[nodiscard]] double value() const noexcept { return value_; }
    [[nodiscard]] std::optional<std::int64_t> timestamp_ms() const noexcept { return timestamp_; }

private:
    [[nodiscard]] bool read_labels(std::string_view& rest, std::string_view& name);
    [[nodiscard]] bool read_quoted(std::string_view& rest, std::string_view& value);
    [[nodiscard]] bool add_label(std::string_view name, std::string_view value);
    [[nodiscard]] bool read_timestamp(std::string_view text, ExpositionForm form);

    std::array<SampleLabel, kLabelsPerSampleMax> labels_{};
    std::size_t label_count_ = 0;
    std::uint64_t signs_ = 0;  // Of the names so far, one bit each.
    std::string_view label_text_;
    std::string unescaped_;  // Reserved before views into it are made.
    double value_ = 0.0;
    std::optional<std::int64_t> timestamp_;
};

}  // namespace muster::detail
