// Formatting for terminals, by fmt.
#include "people_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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
    if (!std::all_of(rest.begin(), rest.end(), is_continuation)) return 0;
    // Too long a form, half of a pair, beyond the last: a terminal may take it for anything.
    const auto second = static_cast<unsigned char>(rest.front());
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return bytes;
}

// REQUIRES: well-formed.
char32_t value_of(std::string_view code_point) {
    const auto first = static_cast<unsigned char>(code_point.front());
    if (code_point.size() == 1) return first;
    auto value = static_cast<char32_t>(first & (0xffU >> (code_point.size() + 1)));
    for (const char c : code_point.substr(1)) {
        value = value << 6U | (static_cast<unsigned char>(c) & 0x3fU);
    }
    return value;
}

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
    return std::ranges::any_of(ranges, [c](Range r) { return c >= r.first && c <= r.last; });
}

// U+0080 to U+009f: a terminal may take them for the start of a command. The others end a line or
// turn the direction of all that follows.
constexpr std::array<Range, 6> kControls = {{{0, 0x1f},
                                             {0x7f, 0x9f},
                                             {0x200e, 0x200f},
                                             {0x2028, 0x202e},
                                             {0x2066, 0x2069},
                                             {0xfeff, 0xfeff}}};
// Drawn over the character before them.
constexpr std::array<Range, 8> kWithoutWidth = {{{0x300, 0x36f},
                                                 {0x483, 0x489},
                                                 {0x591, 0x5bd},
                                                 {0x64b, 0x65f},
                                                 {0x200b, 0x200d},
                                                 {0x20d0, 0x20f0},
                                                 {0xfe00, 0xfe0f},
                                                 {0xe0100, 0xe01ef}}};
// East Asian scripts and pictures: two columns each.
constexpr std::array<Range, 12> kDoubleWidth = {{{0x1100, 0x115f},
                                                 {0x2e80, 0x303e},
                                                 {0x3041, 0x33ff},
                                                 {0x3400, 0x4dbf},
                                                 {0x4e00, 0xa4cf},
                                                 {0xac00, 0xd7a3},
                                                 {0xf900, 0xfaff},
                                                 {0xfe30, 0xfe6f},
                                                 {0xff00, 0xff60},
                                                 {0xffe0, 0xffe6},
                                                 {0x1f300, 0x1faff},
                                                 {0x20000, 0x3fffd}}};

bool is_control(std::string_view code_point) {
    return is_in(kControls, value_of(code_point));
}

std::size_t width_of(std::string_view code_point) {
    if (code_point.size() == 1) return 1;
    const char32_t value = value_of(code_point);
    if (is_in(kWithoutWidth, value)) return 0;
    return is_in(kDoubleWidth, value) ? 2 : 1;
}

// The code point that starts `text`; a broken byte stands for itself.
std::string_view first_of(std::string_view text) {
    return text.substr(0, std::max<std::size_t>(code_point_bytes(text), 1));
}

std::string last_columns(std::string_view text, std::size_t columns) {
    std::size_t start = text.size();
    while (start > 0) {
        std::size_t before = start - 1;
        while (before > 0 && is_continuation(text[before])) --before;
        const std::size_t width = width_of(first_of(text.substr(before)));
        if (width > columns) break;
        columns -= width;
        start = before;
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

std::string rate_text(std::optional<double> rate) {
    if (!rate) return "-";
    return *rate < 100.0 ? fmt::format("{:.3g}", *rate) : fmt::format("{:.0f}", *rate);
}

std::string percent_text(std::optional<double> fraction) {
    return fraction ? fmt::format("{:.1f}%", *fraction * 100.0) : "-";
}

std::string harmless(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bytes = code_point_bytes(text);
        const std::string_view code_point = first_of(text);
        if (bytes == 0 || is_control(code_point))
            clean += '?';
        else
            clean += code_point;
        text.remove_prefix(code_point.size());
    }
    return clean;
}

std::size_t columns_of(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) {
        const std::string_view code_point = first_of(text);
        columns += width_of(code_point);
        text.remove_prefix(code_point.size());
    }
    return columns;
}

std::string first_columns(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    while (end < text.size()) {
        const std::string_view code_point = first_of(text.substr(end));
        const std::size_t width = width_of(code_point);
        if (width > columns) break;
        columns -= width;
        end += code_point.size();
    }
    return std::string(text.substr(0, end));
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns <= 2) return first_columns(text, columns);
    // The tail is the longer part: the numbers at the end of an id differ most.
    const std::size_t head = (columns - 2) * 2 / 5;
    return first_columns(text, head) + ".." + last_columns(text, columns - 2 - head);
}

std::string shortened_at_end(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns <= 2) return first_columns(text, columns);
    return first_columns(text, columns - 2) + "..";
}

std::string clock_text(WallTime time) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    constexpr std::int64_t kDayMs = 86'400'000;
    const std::int64_t of_day = (ms % kDayMs + kDayMs) % kDayMs;
    return fmt::format("{:02}:{:02}:{:02}.{:03}", of_day / 3'600'000, of_day / 60'000 % 60,
                       of_day / 1'000 % 60, of_day % 1'000);
}

}  // namespace muster
