// Only what changed is written; colours, reverse lines, edges.
#include "top/frame_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

Frame frame(std::initializer_list<const char*> lines) {
    Frame made;
    for (const char* line : lines) made.emplace_back(line);
    return made;
}

TEST(FrameWriter, WritesOnlyTheLinesThatChanged) {
    FrameWriter writer({});
    EXPECT_EQ(writer.update(frame({"one", "two", "three"}), 10),
              "\x1b[0m\x1b[2J\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[3;1Hthree\x1b[K");
    EXPECT_EQ(writer.update(frame({"one", "two", "three"}), 10), "");
    EXPECT_EQ(writer.update(frame({"one", "2", "three"}), 10), "\x1b[2;1H2\x1b[K");
    EXPECT_EQ(writer.update(frame({"one", "", "three"}), 10), "\x1b[2;1H\x1b[K");
}

TEST(FrameWriter, WritesEverythingAnewAfterAResizeOrWhenTold) {
    FrameWriter writer({});
    (void)writer.update(frame({"one"}), 10);
    EXPECT_THAT(writer.update(frame({"one"}), 11), HasSubstr("\x1b[2J"));
    EXPECT_THAT(writer.update(frame({"one", "two"}), 11), HasSubstr("one"));
    writer.forget();
    EXPECT_THAT(writer.update(frame({"one", "two"}), 11), HasSubstr("one"));
}

TEST(FrameWriter, AFullLineIsNotClearedBehind) {
    FrameWriter writer({});
    EXPECT_THAT(writer.update(frame({"1234"}), 4), Not(HasSubstr("\x1b[K")));
}

TEST(FrameWriter, TonesAreColoursOnlyWhereWanted) {
    StyledLine line("old", Tone::bad);
    line.add(" plain");
    line.add(" fine", Tone::good);
    EXPECT_EQ(FrameWriter({}).line_bytes(line), "\x1b[1;31mold\x1b[0m plain\x1b[32m fine\x1b[0m");
    EXPECT_EQ(FrameWriter({.color = false}).line_bytes(line), "\x1b[1mold\x1b[0m plain fine");
    line.select();
    EXPECT_EQ(FrameWriter({.color = false}).line_bytes(line),
              "\x1b[7m\x1b[1mold\x1b[0m\x1b[7m plain fine\x1b[0m");
}

TEST(FrameWriter, ATerminalWithoutUtf8GetsAscii) {
    EXPECT_EQ(
        FrameWriter({.color = true, .glyphs = Glyphs::ascii}).line_bytes(StyledLine("caf\u00e9")),
        "caf?");
}

TEST(StyledLines, AreCutByColumnsAndKeepTheirTones) {
    StyledLine line("ab\u6a21", Tone::bad);
    line.add("cd", Tone::good);
    EXPECT_EQ(line.columns(), 6U);
    line.cut_to(5);
    EXPECT_EQ(line.text(), "ab\u6a21c");
    line.cut_to(3);
    EXPECT_EQ(line.text(), "ab") << "half a character is none";
    EXPECT_EQ(line.columns(), 2U);
    line.fill_to(4);
    EXPECT_EQ(line.text(), "ab  ");
    StyledLine sentence("all of it", Tone::bad);
    sentence.shorten_to(9);
    EXPECT_EQ(sentence.text(), "all of it");
    sentence.shorten_to(8);
    EXPECT_EQ(sentence.text(), "all of..");
    EXPECT_EQ(in_columns("abc", 5, true), "  abc");
}

}  // namespace
}  // namespace muster
