// RFC 3339 read and written by hand: std::chrono's own parsing is missing in GCC 12.
#include "muster/wire/rfc3339.hpp"

#include <array>
#include <chrono>

namespace muster {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// Seconds since 1970 at the beginning of a year, in UTC.
constexpr std::int64_t beginning_of(int year) {
    const std::chrono::sys_days day = std::chrono::year(year) / std::chrono::January / 1;
    return std::chrono::sys_seconds(day).time_since_epoch().count();
}
constexpr std::int64_t kFirstSecond = beginning_of(1678);
constexpr std::int64_t kEnd = beginning_of(2262);

/// Reads a text from the front, and remembers if anything was not as expected.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    /// Exactly `width` digits.
    int digits(std::size_t width) {
        if (text_.size() < width) return refuse();
        int value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return refuse();
            value = value * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(width);
        return value;
    }
    /// One of the given characters; gives which.
    char one_of(std::string_view allowed) {
        if (text_.empty() || allowed.find(text_.front()) == std::string_view::npos) {
            refuse();
            return '\0';
        }
        const char c = text_.front();
        text_.remove_prefix(1);
        return c;
    }
    [[nodiscard]] bool at(char c) const { return !text_.empty() && text_.front() == c; }
    /// At least one digit, of which nine count.
    std::int64_t nanoseconds() {
        std::int64_t value = 0;
        std::int64_t unit = kNanosecondsPerSecond;
        std::size_t count = 0;
        for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
            unit /= 10;
            value += (text_[count] - '0') * unit;
        }
        text_.remove_prefix(count);
        return count == 0 ? refuse() : value;
    }
    [[nodiscard]] bool finished() const { return good_ && text_.empty(); }

private:
    int refuse() {
        good_ = false;
        text_ = {};
        return 0;
    }
    std::string_view text_;
    bool good_ = true;
};

/// Seconds to add to local time to get UTC.
int offset_of(Cursor& cursor, bool& in_range) {
    const char sign = cursor.one_of("Zz+-");
    if (sign != '+' && sign != '-') return 0;
    const int hours = cursor.digits(2);
    cursor.one_of(":");
    const int minutes = cursor.digits(2);
    in_range = in_range && hours < 24 && minutes < 60;
    const int seconds = hours * 3600 + minutes * 60;
    return sign == '+' ? -seconds : seconds;
}

void append_padded(std::string& out, std::int64_t value, int width) {
    std::array<char, 20> text;
    for (int i = width; i-- > 0; value /= 10) {
        text[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    }
    out.append(text.data(), static_cast<std::size_t>(width));
}

void append_to_second(std::string& out, WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    append_padded(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, clock.hours().count(), 2);
    out += ':';
    append_padded(out, clock.minutes().count(), 2);
    out += ':';
    append_padded(out, clock.seconds().count(), 2);
}

std::int64_t nanoseconds_of(WallTime time) {
    return (time - std::chrono::floor<std::chrono::seconds>(time)).count();
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) noexcept {
    Cursor cursor(text);
    const int year = cursor.digits(4);
    cursor.one_of("-");
    const int month = cursor.digits(2);
    cursor.one_of("-");
    const int day = cursor.digits(2);
    cursor.one_of("Tt ");
    const int hour = cursor.digits(2);
    cursor.one_of(":");
    const int minute = cursor.digits(2);
    cursor.one_of(":");
    const int second = cursor.digits(2);
    std::int64_t fraction = 0;
    if (cursor.at('.')) {
        cursor.one_of(".");
        fraction = cursor.nanoseconds();
    }
    bool in_range = hour < 24 && minute < 60 && second < 60;
    const int offset = offset_of(cursor, in_range);
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!cursor.finished() || !in_range || !date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * 86'400 + hour * 3600 + minute * 60 + second + offset;
    // Judged in UTC, so that what is taken can be written in any zone and read back.
    if (seconds < kFirstSecond || seconds >= kEnd) return std::nullopt;
    return WallTime(std::chrono::nanoseconds(seconds * kNanosecondsPerSecond + fraction));
}

void append_rfc3339(std::string& out, WallTime time, int digits) {
    append_to_second(out, time);
    if (digits > 0) {
        std::int64_t fraction = nanoseconds_of(time);
        for (int i = digits; i < 9; ++i) fraction /= 10;
        out += '.';
        append_padded(out, fraction, digits);
    }
    out += 'Z';
}

void append_rfc3339_trimmed(std::string& out, WallTime time) {
    append_rfc3339(out, time, 9);
    out.pop_back();
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
    out += 'Z';
}

}  // namespace muster
