// Reading and writing durations with units, in integers: 0.3s is exactly 300,000,000 ns.
#include "muster/base/duration_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace muster {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};

// Largest first: print_duration takes them in this order.
constexpr std::array<Unit, 7> kUnits = {{{"d", 86'400'000'000'000},
                                         {"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

// Beyond it a sum of a few durations and a time could overflow; nobody waits that long.
constexpr std::int64_t kNanosMax = 10 * 365 * kUnits[0].nanos;

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes a whole number from the front of `text`; nothing if there is none or it is too large.
std::optional<std::int64_t> take_whole(std::string_view& text) noexcept {
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::int64_t value = 0;
    while (!text.empty() && is_digit(text.front())) {
        value = value * 10 + (text.front() - '0');
        if (value > kNanosMax) return std::nullopt;
        text.remove_prefix(1);
    }
    return value;
}

// Takes ".5" and gives billionths; 0 if there is no point. Finer digits are beyond a nanosecond.
std::optional<std::int64_t> take_billionths(std::string_view& text) noexcept {
    if (text.empty() || text.front() != '.') return 0;
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::int64_t value = 0;
    std::int64_t place = 100'000'000;
    while (!text.empty() && is_digit(text.front())) {
        value += place * (text.front() - '0');
        place /= 10;
        text.remove_prefix(1);
    }
    return value;
}

// Takes a unit smaller than kUnits[above]; gives its index.
std::optional<std::size_t> take_unit(std::string_view& text, std::size_t above) noexcept {
    std::size_t length = 0;
    while (length < text.size() && text[length] >= 'a' && text[length] <= 'z') ++length;
    for (std::size_t i = above; i < kUnits.size(); ++i) {
        if (kUnits[i].name != text.substr(0, length)) continue;
        text.remove_prefix(length);
        return i;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
    if (text == "0") return Duration::zero();
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        const auto whole = take_whole(text);
        if (!whole) return std::nullopt;
        const auto billionths = take_billionths(text);
        if (!billionths) return std::nullopt;
        const auto unit = take_unit(text, next_unit);
        if (!unit) return std::nullopt;
        next_unit = *unit + 1;
        const std::int64_t nanos = kUnits[*unit].nanos;
        if (*whole > kNanosMax / nanos) return std::nullopt;
        // In two steps: billionths of a day in one product would overflow.
        const std::int64_t part = nanos >= 1'000'000'000 ? *billionths * (nanos / 1'000'000'000)
                                                         : *billionths * nanos / 1'000'000'000;
        total += *whole * nanos + part;
        if (total > kNanosMax) return std::nullopt;
    }
    return Duration(total);
}

std::string print_duration(Duration duration) {
    std::int64_t left = duration.count();
    if (left <= 0) return "0";
    std::string text;
    for (const Unit& unit : kUnits) {
        const std::int64_t whole = left / unit.nanos;
        if (whole == 0) continue;
        text += std::to_string(whole);
        text += unit.name;
        left -= whole * unit.nanos;
    }
    return text;
}

}  // namespace muster
