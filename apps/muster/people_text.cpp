// Formatting for terminals, by fmt.
#include "people_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace muster {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Bytes of the code point that starts `text`; 0 if it is not well-formed UTF-8.
std::size_t code_point_bytes(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) return 1;
    const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
    const std::string_view rest = text.substr(1, bytes - 1);
    return std::all_of(rest.begin(), rest.end(), is_continuation) ? bytes : 0;
}

bool is_control(std::string_view code_point) {
    const auto first = static_cast<unsigned char>(code_point.front());
    if (code_point.size() == 1) return first < 0x20 || first == 0x7f;
    // U+0080 to U+009f: a terminal may take them for the start of a command.
    return first == 0xc2 && static_cast<unsigned char>(code_point[1]) < 0xa0;
}

std::string without_last(std::string_view text, std::size_t columns) {
    std::string kept;
    for (const char c : text) {
        if (!is_continuation(c) && columns-- == 0) break;
        kept += c;
    }
    return kept;
}

std::string last_columns(std::string_view text, std::size_t columns) {
    std::size_t start = text.size();
    while (start > 0 && columns > 0) {
        --start;
        if (!is_continuation(text[start])) --columns;
    }
    return std::string(text.substr(start));
}

}  // namespace

std::string age_text(Duration age) {
    using namespace std::chrono;
    const double ms = std::max(0.0, to_ms(age));
    if (ms < 999.5) return fmt::format("{:.0f}ms", ms);
    if (ms < 59'950.0) return fmt::format("{:.1f}s", ms / 1000.0);
    const auto s = static_cast<std::int64_t>(std::llround(ms / 1000.0));
    if (s < 3'600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86'400) return fmt::format("{}h{:02}m", s / 3'600, s / 60 % 60);
    return fmt::format("{}d{:02}h", s / 86'400, s / 3'600 % 24);
}

std::string age_text(std::optional<double> age_ms) {
    if (!age_ms || !std::isfinite(*age_ms)) return "-";
    // Beyond it a count of nanoseconds overflows; no process is 100 years old.
    const double ms = std::clamp(*age_ms, 0.0, 3.2e12);
    return age_text(Duration(static_cast<std::int64_t>(ms * 1e6)));
}

std::string count_text(std::optional<std::uint64_t> count) {
    return count ? std::to_string(*count) : "-";
}

std::string ratio_text(std::optional<std::uint64_t> part, std::optional<std::uint64_t> whole) {
    if (!part && !whole) return "-";
    return count_text(part) + '/' + count_text(whole);
}

std::string percent_text(std::optional<double> fraction) {
    return fraction ? fmt::format("{:.1f}%", *fraction * 100.0) : "-";
}

std::string harmless(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bytes = code_point_bytes(text);
        const std::string_view code_point = text.substr(0, std::max<std::size_t>(bytes, 1));
        if (bytes == 0 || is_control(code_point))
            clean += '?';
        else
            clean += code_point;
        text.remove_prefix(code_point.size());
    }
    return clean;
}

std::size_t columns_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns <= 2) return without_last(text, columns);
    // The tail is the longer part: the numbers at the end of an id differ most.
    const std::size_t head = (columns - 2) * 2 / 5;
    return without_last(text, head) + ".." + last_columns(text, columns - 2 - head);
}

std::string clock_text(WallTime time) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    constexpr std::int64_t kDayMs = 86'400'000;
    const std::int64_t of_day = (ms % kDayMs + kDayMs) % kDayMs;
    return fmt::format("{:02}:{:02}:{:02}.{:03}", of_day / 3'600'000, of_day / 60'000 % 60,
                       of_day / 1'000 % 60, of_day % 1'000);
}

}  // namespace muster
