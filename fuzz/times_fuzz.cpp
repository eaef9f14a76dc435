// Moments, durations and sizes as people write them: what is understood lies within its bounds, and
// prints as a text that means exactly the same.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/duration_text.hpp"
#include "muster/base/size_text.hpp"
#include "muster/wire/moment_text.hpp"
#include "require.hpp"

namespace {

using muster::WallTime;
using muster::fuzzing::require;
using muster::fuzzing::require_words;
using namespace std::chrono_literals;

constexpr WallTime kSpring{std::chrono::sys_days(std::chrono::year(2026) / 3 / 29) + 1h};
constexpr WallTime kAutumn{std::chrono::sys_days(std::chrono::year(2026) / 10 / 25) + 1h};

/// Clocks that are set forward in spring and back in autumn.
class Berlin final : public muster::TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime when) const override {
        return when >= kSpring && when < kAutumn ? 2h : 1h;
    }
};

class Marquesas final : public muster::TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime /*when*/) const override {
        return -9h - 30min;
    }
};

bool is_time_of_day(std::string_view text) {
    return (text.size() == 5 || text.size() == 8) && text[2] == ':';
}

void check_moment(std::string_view text, WallTime now, const muster::TimeZone& zone) {
    const auto moment = muster::parse_moment(text, now, zone);
    if (!moment) return require_words(moment.error(), {});
    std::string printed;
    muster::append_moment(printed, *moment, zone, 9);
    require(muster::parse_moment(printed, now, zone) == *moment);
    if (const auto ago = muster::parse_duration(text)) require(*moment == now - *ago);
    if (!is_time_of_day(text)) return;
    // The last time that the clocks there showed it: a day has at most 25 hours, and once a year a
    // time of day is left out.
    require(*moment <= now && now - *moment <= 49h);
    require(printed.find('T' + std::string(text)) == std::string("2026-10-25").size());
}

void check_duration(std::string_view text) {
    const auto duration = muster::parse_duration(text);
    if (!duration) return;
    require(*duration >= 0s && *duration <= std::chrono::days(3650));
    require(muster::parse_duration(muster::print_duration(*duration)) == duration);
}

void check_size(std::string_view text) {
    const auto bytes = muster::parse_size(text);
    if (!bytes) return;
    require(*bytes <= std::uint64_t{1} << 60U);
    require(muster::parse_size(muster::print_size(*bytes)) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const WallTime now : {kSpring + 30min, kAutumn - 1ns, kAutumn + 12h}) {
        check_moment(text, now, Berlin());
        check_moment(text, now, Marquesas());
        check_moment(text, now, muster::UtcZone());
    }
    check_duration(text);
    check_size(text);
    return 0;
}
