// Who gets the page, and who the text.
#include "muster/serve/media_range.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(MediaRange, IsCutOffWithItsVersionAndQuality) {
    std::string_view list = " text/plain ; version=\"0.0.4\";q=0.5 , */*";
    const MediaRange first = take_media_range(list);
    EXPECT_EQ(first.type, "text/plain");
    EXPECT_EQ(first.version, "0.0.4");
    EXPECT_DOUBLE_EQ(first.quality, 0.5);
    const MediaRange second = take_media_range(list);
    EXPECT_EQ(second.type, "*/*");
    EXPECT_DOUBLE_EQ(second.quality, 1.0);
    EXPECT_TRUE(list.empty());
}

TEST(MediaRange, AnUnreadableQualityIsNone) {
    for (const char* text : {"a;q=often", "a;q=5.9", "a;q=nan", "a;q=inf", "a;q=-1", "a;q="}) {
        std::string_view list = text;
        EXPECT_DOUBLE_EQ(take_media_range(list).quality, 0.0) << text;
    }
}

TEST(PrefersHtml, ABrowserDoes) {
    EXPECT_TRUE(prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    EXPECT_TRUE(prefers_html("TEXT/HTML"));
}

TEST(PrefersHtml, WhoNamesNothingOrPlainTextDoesNot) {
    EXPECT_FALSE(prefers_html(""));
    EXPECT_FALSE(prefers_html("*/*"));
    EXPECT_FALSE(prefers_html("text/plain"));
    EXPECT_FALSE(prefers_html("text/html;q=0"));
    EXPECT_FALSE(prefers_html("text/html;q=0.5, text/plain"));
}

}  // namespace
}  // namespace muster
