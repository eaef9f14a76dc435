// Times as text: recorded ones exactly, tolerated forms, refused forms, and there and back.
#include "muster/wire/rfc3339.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace muster {
namespace {

WallTime at(std::int64_t nanoseconds) {
    return WallTime(std::chrono::nanoseconds(nanoseconds));
}

TEST(Rfc3339, ReadsWhatWorkersSend) {
    EXPECT_EQ(parse_rfc3339("2026-11-23T09:45:38.722199694Z"), at(1795427138722199694));
    EXPECT_EQ(parse_rfc3339("2026-11-23T10:03:12.77479088Z"), at(1795428192774790880));
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), at(0));
}

TEST(Rfc3339, ReadsOtherSpellingsOfTheSameMoment) {
    for (const char* text : {"2026-11-23T09:45:38.5Z", "2026-11-23t09:45:38.500z",
                             "2026-11-23 09:45:38.5000000000001Z", "2026-11-23T11:45:38.5+02:00",
                             "2026-11-23T04:15:38.5-05:30"}) {
        EXPECT_EQ(parse_rfc3339(text), at(1795427138500000000)) << text;
    }
}

// Whatever zone it is written in: else a moment could be taken that no text in UTC gives back.
TEST(Rfc3339, TheFirstAndTheLastYearAreThoseOfUtc) {
    EXPECT_FALSE(parse_rfc3339("1678-01-01T00:00:00+00:01"));
    EXPECT_EQ(parse_rfc3339("1677-12-31T23:59:00-00:01"), parse_rfc3339("1678-01-01T00:00:00Z"));
    EXPECT_TRUE(parse_rfc3339("1678-01-01T00:00:00Z"));
    EXPECT_FALSE(parse_rfc3339("2261-12-31T23:59:00-00:01"));
    EXPECT_EQ(parse_rfc3339("2262-01-01T00:59:59+01:00"), parse_rfc3339("2261-12-31T23:59:59Z"));
    EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59.999999999Z"));
}

TEST(Rfc3339, RefusesTheRest) {
    for (const char* text : {"",
                             "yesterday",
                             "2026-11-23",
                             "2026-11-23T09:45Z",
                             "2026-11-23T09:45:38",
                             "2026-11-23T09:45:38.Z",
                             "2026-11-23T24:00:00Z",
                             "2026-11-23T09:60:00Z",
                             "2016-12-31T23:59:60Z",
                             "2026-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "1677-12-31T00:00:00Z",
                             "2262-01-01T00:00:00Z",
                             "2026-11-23T09:45:38Z ",
                             " 2026-11-23T09:45:38Z",
                             "+026-11-23T09:45:38Z",
                             "2026-11-23T09:45:38+24:00",
                             "2026-11-23T09:45:38+02",
                             "2026-11-23T09:45:38+0200"}) {
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
    }
}

TEST(Rfc3339, WritesWithTheDigitsAskedFor) {
    std::string out;
    append_rfc3339(out, at(1795427138722999999));
    EXPECT_EQ(out, "2026-11-23T09:45:38.722Z") << "cut off, not rounded";
    out.clear();
    append_rfc3339(out, at(1795427138722999999), 0);
    EXPECT_EQ(out, "2026-11-23T09:45:38Z");
    out.clear();
    append_rfc3339(out, at(-1), 9);
    EXPECT_EQ(out, "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, TrimsAsWorkersDo) {
    std::string out;
    append_rfc3339_trimmed(out, at(1795428192774790880));
    EXPECT_EQ(out, "2026-11-23T10:03:12.77479088Z");
    out.clear();
    append_rfc3339_trimmed(out, at(1795428190000000000));
    EXPECT_EQ(out, "2026-11-23T10:03:10Z");
}

RC_GTEST_PROP(Rfc3339, ReadsBackWhatItWrites, ()) {
    const auto seconds = *rc::gen::inRange<std::int64_t>(-9'000'000'000, 9'000'000'000);
    const auto rest = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
    std::string full;
    append_rfc3339(full, at(seconds * 1'000'000'000 + rest), 9);
    RC_ASSERT(parse_rfc3339(full) == at(seconds * 1'000'000'000 + rest));
    std::string trimmed;
    append_rfc3339_trimmed(trimmed, at(seconds * 1'000'000'000 + rest));
    RC_ASSERT(parse_rfc3339(trimmed) == at(seconds * 1'000'000'000 + rest));
}

RC_GTEST_PROP(Rfc3339, AnyTextIsSafe, (const std::string& text)) {
    (void)parse_rfc3339(text);
    (void)parse_rfc3339("2026-11-23T09:45:38" + text);
}

}  // namespace
}  // namespace muster
