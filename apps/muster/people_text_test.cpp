// Ages, shares and foreign names as a terminal shows them.
#include "people_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace muster {
namespace {

using namespace std::chrono_literals;

TEST(PeopleText, AgesHaveAboutThreeDigits) {
    EXPECT_EQ(age_text(0ms), "0ms");
    EXPECT_EQ(age_text(-5ms), "0ms");
    EXPECT_EQ(age_text(41'700us), "42ms");
    EXPECT_EQ(age_text(999ms), "999ms");
    EXPECT_EQ(age_text(999'600us), "1.0s");
    EXPECT_EQ(age_text(3'240ms), "3.2s");
    EXPECT_EQ(age_text(59'949ms), "59.9s");
    EXPECT_EQ(age_text(59'960ms), "1m00s");
    EXPECT_EQ(age_text(130s), "2m10s");
    EXPECT_EQ(age_text(3h + 5min + 59s), "3h05m");
    EXPECT_EQ(age_text(52h), "2d04h");
    EXPECT_EQ(age_text(std::optional<double>(41.7)), "42ms");
    EXPECT_EQ(age_text(std::optional<double>()), "-");
    EXPECT_EQ(age_text(std::optional<double>(std::numeric_limits<double>::quiet_NaN())), "-");
    EXPECT_EQ(age_text(std::optional<double>(1e300)), "37037d00h");
}

TEST(PeopleText, UnknownIsADashAndZeroIsZero) {
    EXPECT_EQ(ratio_text(37, 256), "37/256");
    EXPECT_EQ(ratio_text(0, std::nullopt), "0/-");
    EXPECT_EQ(ratio_text(std::nullopt, 256), "-/256");
    EXPECT_EQ(ratio_text(std::nullopt, std::nullopt), "-");
    EXPECT_EQ(percent_text(0.4125), "41.2%");
    EXPECT_EQ(percent_text(0.0), "0.0%");
    EXPECT_EQ(percent_text(std::nullopt), "-");
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(std::nullopt), "-");
}

TEST(PeopleText, ForeignNamesCannotMoveTheCursor) {
    EXPECT_EQ(harmless("dynamo/backend/7"), "dynamo/backend/7");
    EXPECT_EQ(harmless("a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
    EXPECT_EQ(harmless("\xc2\x9b"
                       "31m"),
              "?31m");
    EXPECT_EQ(harmless("\xc3\xa9"), "\xc3\xa9");
    EXPECT_EQ(harmless("\xff\xc3"), "??");
    EXPECT_EQ(harmless("\xe2\x82"), "??");
    EXPECT_EQ(harmless("a\u202eb\u2066"), "a?b?") << "nor turn the direction of writing";
    EXPECT_EQ(harmless("\xe0\x82\x9b"), "???") << "nor hide in too many bytes";
    EXPECT_EQ(harmless("\xe0\x82\xbb\xf0\x80\x80\x80"), "???????") << "nor anything else";
    EXPECT_EQ(harmless("\xed\xa0\x80\xf4\x90\x80\x80"), "???????") << "no characters at all";
    EXPECT_EQ(harmless("\xed\x9f\xbf\xf4\x8f\xbf\xbf"), "\xed\x9f\xbf\xf4\x8f\xbf\xbf");
}

TEST(PeopleText, CountsColumnsAsTerminalsDo) {
    EXPECT_EQ(columns_of("\u6a21\u578b-7"), 6U);
    EXPECT_EQ(columns_of("e\u0301"), 1U);
    EXPECT_EQ(columns_of("\U0001f600"), 2U);
    EXPECT_EQ(columns_of("\u2588\u258c"), 2U) << "our own bars";
    EXPECT_EQ(first_columns("\u6a21\u578b-7", 3), "\u6a21") << "half a character is none";
    EXPECT_EQ(first_columns("\u6a21\u578b-7", 5), "\u6a21\u578b-");
    for (std::size_t columns = 0; columns < 14; ++columns) {
        EXPECT_LE(columns_of(shortened("\u6a21\u578b\u6a21\u578b\u6a21\u578b-7", columns)),
                  columns);
    }
}

TEST(PeopleText, ShortensInTheMiddleByColumns) {
    EXPECT_EQ(shortened("dynamo/backend/7587888657184927289", 34),
              "dynamo/backend/7587888657184927289");
    EXPECT_EQ(shortened("dynamo/backend/7587888657184927289", 22), "dynamo/b..657184927289");
    EXPECT_EQ(shortened("abcdef", 2), "ab");
    EXPECT_EQ(shortened("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 5),
              "\xc3\xa9..\xc3\xa9\xc3\xa9");
    EXPECT_EQ(columns_of("\xc3\xa9"
                         "a"),
              2U);
}

TEST(PeopleText, ClockTimeIsOfTheDayInUtc) {
    EXPECT_EQ(clock_text(WallTime{36'902'114ms}), "10:15:02.114");
    EXPECT_EQ(clock_text(WallTime{-1ms}), "23:59:59.999");
}

TEST(PeopleText, RatesHaveThreeDigits) {
    EXPECT_EQ(rate_text(std::nullopt), "-");
    EXPECT_EQ(rate_text(0.0), "0");
    EXPECT_EQ(rate_text(2.5), "2.5");
    EXPECT_EQ(rate_text(0.333), "0.333");
    EXPECT_EQ(rate_text(99.95), "100");
    EXPECT_EQ(rate_text(1234.0), "1234");
}

}  // namespace
}  // namespace muster
