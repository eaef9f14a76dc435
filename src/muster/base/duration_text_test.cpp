// Durations with units: what is read, what is refused, and that printing reads back.
#include "muster/base/duration_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ReadsNumbersWithUnits) {
    EXPECT_EQ(parse_duration("250ms"), Duration(250ms));
    EXPECT_EQ(parse_duration("2s"), Duration(2s));
    EXPECT_EQ(parse_duration("1m"), Duration(1min));
    EXPECT_EQ(parse_duration("200us"), Duration(200us));
    EXPECT_EQ(parse_duration("24h"), Duration(24h));
    EXPECT_EQ(parse_duration("1d"), Duration(24h));
    EXPECT_EQ(parse_duration("7ns"), Duration(7ns));
    EXPECT_EQ(parse_duration("1m30s"), Duration(90s));
    EXPECT_EQ(parse_duration("0.3s"), Duration(300ms));
    EXPECT_EQ(parse_duration("0.5ms"), Duration(500us));
    EXPECT_EQ(parse_duration("1.5h"), Duration(90min));
    EXPECT_EQ(parse_duration("0"), Duration(0));
    EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(DurationText, RefusesEverythingElse) {
    for (const char* text : {"",
                             "300",
                             "ms",
                             "-1s",
                             "+1s",
                             " 1s",
                             "1s ",
                             "1 s",
                             "1S",
                             "1sec",
                             ".5s",
                             "1.s",
                             "1s2",
                             "30s1m",
                             "1s1s",
                             "1e3s",
                             "0x1s",
                             "nan",
                             "inf",
                             "1,5s",
                             "99999999999999999999s",
                             "9223372036854775807ns",
                             "4000d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(DurationText, PrintsTheShortestExactText) {
    EXPECT_EQ(print_duration(0s), "0");
    EXPECT_EQ(print_duration(-1s), "0");
    EXPECT_EQ(print_duration(300ms), "300ms");
    EXPECT_EQ(print_duration(90s), "1m30s");
    EXPECT_EQ(print_duration(24h), "1d");
    EXPECT_EQ(print_duration(1500us), "1ms500us");
}

RC_GTEST_PROP(DurationText, PrintingReadsBack, ()) {
    const auto nanos = *rc::gen::inRange<std::int64_t>(0, 300'000'000'000'000'000);
    RC_ASSERT(parse_duration(print_duration(Duration(nanos))) == Duration(nanos));
}

}  // namespace
}  // namespace muster
