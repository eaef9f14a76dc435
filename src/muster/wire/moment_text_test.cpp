// Moments in words, in zones that set their clocks.
#include "muster/wire/moment_text.hpp"

#include <gtest/gtest.h>

#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

WallTime at(std::string_view text) {
    return parse_rfc3339(text).value();
}

// Berlin in 2026: +01:00, from 29 March 01:00 UTC to 25 October 01:00 UTC +02:00.
class Berlin final : public TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime when) const override {
        const bool summer = when >= at("2026-03-29T01:00:00Z") && when < at("2026-10-25T01:00:00Z");
        return summer ? 2h : 1h;
    }
};

std::string read(std::string_view text, std::string_view now) {
    const auto moment = parse_moment(text, at(now), Berlin());
    if (!moment) return moment.error().what;
    std::string out;
    append_moment(out, *moment, Berlin());
    return out;
}

TEST(Moment, Rfc3339IsTakenAsItIs) {
    EXPECT_EQ(read("2026-07-01T10:00:00Z", "2026-07-02T00:00:00Z"), "2026-07-01T12:00:00+02:00");
    EXPECT_EQ(read("2026-01-01 10:00:00+05:30", "2026-07-02T00:00:00Z"),
              "2026-01-01T05:30:00+01:00");
}

TEST(Moment, ATimeOfDayIsTheLastSuchMoment) {
    EXPECT_EQ(read("03:12", "2026-07-02T09:00:00Z"), "2026-07-02T03:12:00+02:00");
    EXPECT_EQ(read("03:12:30", "2026-07-02T01:12:30Z"), "2026-07-02T03:12:30+02:00") << "now";
    EXPECT_EQ(read("03:12:31", "2026-07-02T01:12:30Z"), "2026-07-01T03:12:31+02:00");
    EXPECT_EQ(read("23:59", "2026-07-01T22:30:00Z"), "2026-07-01T23:59:00+02:00")
        << "the zone's midnight counts, not UTC's";
}

TEST(Moment, ATimeThatWasTwiceIsTheLater) {
    EXPECT_EQ(read("02:30", "2026-10-25T09:00:00Z"), "2026-10-25T02:30:00+01:00");
    EXPECT_EQ(read("02:30", "2026-10-25T00:45:00Z"), "2026-10-25T02:30:00+02:00")
        << "when the later has not come yet";
}

TEST(Moment, ATimeThatWasNotThatDayIsTheDayBefore) {
    EXPECT_EQ(read("02:30", "2026-03-29T09:00:00Z"), "2026-03-28T02:30:00+01:00");
}

TEST(Moment, ADurationIsSoLongAgo) {
    EXPECT_EQ(read("15m", "2026-07-02T09:00:00Z"), "2026-07-02T10:45:00+02:00");
    EXPECT_EQ(read("1h30m", "2026-07-02T09:00:00Z"), "2026-07-02T09:30:00+02:00");
}

TEST(Moment, AnythingElseIsRefusedWithWhatToWrite) {
    for (const char* wrong :
         {"", "3:12", "24:00", "03:60", "03:12:60", "0312", "03:12 ", "yesterday", "2026-11-23",
          "2026-11-23T03:12:00", "-15m", "15", "03:1a"}) {
        EXPECT_EQ(read(wrong, "2026-07-02T09:00:00Z"),
                  "write 03:12 (the last one), 2026-11-23T03:12:00+01:00, or 15m (ago)")
            << wrong;
    }
}

class Caracas final : public TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime /*when*/) const override {
        return -(4h + 30min);
    }
};

TEST(Moment, IsPrintedInFullWithItsOffset) {
    std::string out;
    append_moment(out, at("2026-07-02T01:00:00.114Z"), Caracas(), 3);
    EXPECT_EQ(out, "2026-07-01T20:30:00.114-04:30");
    out.clear();
    append_moment(out, at("2026-07-02T01:00:00Z"), UtcZone());
    EXPECT_EQ(out, "2026-07-02T01:00:00+00:00");
}

}  // namespace
}  // namespace muster
