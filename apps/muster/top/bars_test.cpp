// Bars and sparklines: widths, ends, what is not known, and the two kinds of characters.
#include "top/bars.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "people_text.hpp"

namespace muster {
namespace {

std::string bar(std::optional<double> share, std::size_t columns, Glyphs glyphs) {
    StyledLine line;
    add_bar(line, share, columns, Tone::good, glyphs);
    return line.text();
}

TEST(Bars, FillByTheShare) {
    EXPECT_EQ(bar(0.5, 4, Glyphs::blocks), "\u2588\u2588\u00b7\u00b7");
    EXPECT_EQ(bar(0.3, 4, Glyphs::blocks), "\u2588\u258f\u00b7\u00b7");
    EXPECT_EQ(bar(0.5, 4, Glyphs::ascii), "##..");
    EXPECT_EQ(bar(0.4, 4, Glyphs::ascii), "#:..");
}

TEST(Bars, AreEmptyOnlyAtZeroAndFullOnlyAtOne) {
    for (const Glyphs glyphs : {Glyphs::ascii, Glyphs::blocks}) {
        const std::string empty = bar(0.0, 5, glyphs);
        const std::string full = bar(1.0, 5, glyphs);
        EXPECT_NE(bar(0.0001, 5, glyphs), empty);
        EXPECT_NE(bar(0.9999, 5, glyphs), full);
        EXPECT_EQ(bar(1.7, 5, glyphs), full);
        EXPECT_EQ(bar(-0.5, 5, glyphs), empty);
    }
}

TEST(Bars, WhatIsNotKnownIsBlankAndNotEmpty) {
    EXPECT_EQ(bar(std::nullopt, 5, Glyphs::blocks), "     ");
    EXPECT_EQ(bar(std::numeric_limits<double>::quiet_NaN(), 5, Glyphs::blocks), "     ");
    EXPECT_EQ(bar(0.0, 5, Glyphs::ascii), ".....");
}

TEST(Bars, AreExactlyAsWideAsAsked) {
    for (std::size_t columns = 0; columns < 20; ++columns) {
        for (int percent = 0; percent <= 100; ++percent) {
            EXPECT_EQ(columns_of(bar(percent / 100.0, columns, Glyphs::blocks)), columns);
            EXPECT_EQ(columns_of(bar(percent / 100.0, columns, Glyphs::ascii)), columns);
        }
    }
}

TEST(Sparklines, HaveOneCharacterForEachValueAndAGapForNone) {
    const std::vector<std::optional<double>> values = {0.0, std::nullopt, 0.5, 1.0, 7.0};
    EXPECT_EQ(sparkline(values, Glyphs::blocks), "\u2581 \u2584\u2588\u2588");
    EXPECT_EQ(sparkline(values, Glyphs::ascii), "_ -##");
}

TEST(Locale, TheFirstThatIsSetDecides) {
    EXPECT_EQ(glyphs_of_locale("C.UTF-8", "C", "C"), Glyphs::blocks);
    EXPECT_EQ(glyphs_of_locale("C", "en_US.UTF-8", "en_US.UTF-8"), Glyphs::ascii);
    EXPECT_EQ(glyphs_of_locale("", nullptr, "de_DE.utf8"), Glyphs::blocks);
    EXPECT_EQ(glyphs_of_locale(nullptr, nullptr, nullptr), Glyphs::ascii);
}

TEST(Ascii, KeepsTheWidthOfForeignNames) {
    EXPECT_EQ(ascii_only("zone=\u6a21a\u00e9"), "zone=??a?");
}

}  // namespace
}  // namespace muster
