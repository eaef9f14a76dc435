#include "muster/wire/moment_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "muster/base/duration_text.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using namespace std::chrono;

/// Two digits at `at`, below `limit`.
std::optional<int> two_digits(std::string_view text, std::size_t at, int limit) {
    if (text.size() < at + 2) return std::nullopt;
    const char tens = text[at];
    const char ones = text[at + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return std::nullopt;
    const int value = (tens - '0') * 10 + (ones - '0');
    if (value >= limit) return std::nullopt;
    return value;
}

/// "03:12" or "03:12:30", since midnight.
std::optional<seconds> time_of_day(std::string_view text) {
    const bool with_seconds = text.size() == 8 && text[5] == ':';
    if (!(text.size() == 5 || with_seconds) || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text, 0, 24);
    const auto minute = two_digits(text, 3, 60);
    const auto second = with_seconds ? two_digits(text, 6, 60) : std::optional<int>(0);
    if (!hour || !minute || !second) return std::nullopt;
    return hours(*hour) + minutes(*minute) + seconds(*second);
}

/// The latest moment up to `now` at which the zone's clocks showed `local` (written as if UTC).
std::optional<WallTime> shown_at(WallTime local, WallTime now, const TimeZone& zone) {
    std::optional<WallTime> latest;
    // Offsets in force around it: no zone changes twice within two days.
    for (const hours away : {hours(-24), hours(24)}) {
        const WallTime moment = local - zone.offset_at(local + away);
        const bool is_shown = moment + zone.offset_at(moment) == local;
        if (is_shown && moment <= now) latest = std::max(latest.value_or(moment), moment);
    }
    return latest;
}

}  // namespace

Result<WallTime> parse_moment(std::string_view text, WallTime now, const TimeZone& zone) {
    if (const auto full = parse_rfc3339(text)) return *full;
    if (const auto ago = parse_duration(text)) return now - *ago;
    if (const auto of_day = time_of_day(text)) {
        const auto today = floor<days>(now + zone.offset_at(now));
        // A day on which clocks were set forward may not have it.
        for (const days back : {days(0), days(1), days(2)}) {
            if (const auto moment = shown_at(today - back + *of_day, now, zone)) return *moment;
        }
    }
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "write 03:12 (the last one), 2026-11-23T03:12:00+01:00, or 15m (ago)");
}

void append_moment(std::string& out, WallTime when, const TimeZone& zone, int digits) {
    const seconds offset = zone.offset_at(when);
    append_rfc3339(out, when + offset, digits);
    out.pop_back();  // The Z.
    const auto minutes_off = std::abs(duration_cast<minutes>(offset).count());
    const auto padded = [&](std::int64_t value) {
        out += static_cast<char>('0' + value / 10 % 10);
        out += static_cast<char>('0' + value % 10);
    };
    out += offset < seconds(0) ? '-' : '+';
    padded(minutes_off / 60);
    out += ':';
    padded(minutes_off % 60);
}

}  // namespace muster
