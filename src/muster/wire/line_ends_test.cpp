// Every line feed is found, whatever stands around it and wherever the looks of 64 bytes begin.
#include "muster/wire/detail/line_ends.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace muster::detail {
namespace {

std::vector<std::size_t> ends_of(const std::string& text) {
    LineEnds ends(text.data(), text.data() + text.size());
    std::vector<std::size_t> found;
    for (;;) {
        const char* const feed = ends.next();
        if (feed == text.data() + text.size()) return found;
        found.push_back(static_cast<std::size_t>(feed - text.data()));
    }
}

std::vector<std::size_t> feeds_of(const std::string& text) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') found.push_back(i);
    }
    return found;
}

TEST(LineEnds, AnyTextHasTheFeedsItHas) {
    std::mt19937 random(7);
    // What differs from a line feed by a bit, by one, or by the highest bit.
    using namespace std::string_literals;
    const std::string others = "\x09\x0B\x0E\x02\x1A\x2A\x4A\x8A\x00\xFF\x80\x0D\x75"s;
    for (std::size_t round = 0; round < 2000; ++round) {
        std::string text(random() % 300, ' ');
        const auto one_in = 1 + random() % 90;
        for (char& c : text) c = random() % one_in == 0 ? '\n' : others[random() % others.size()];
        ASSERT_EQ(ends_of(text), feeds_of(text)) << "round " << round;
    }
}

TEST(LineEnds, EndsStayTheEnd) {
    const std::string text(130, 'x');
    LineEnds ends(text.data(), text.data() + text.size());
    EXPECT_EQ(ends.next(), text.data() + text.size());
    EXPECT_EQ(ends.next(), text.data() + text.size());
    EXPECT_TRUE(ends_of("").empty());
    EXPECT_EQ(ends_of(std::string(64, '\n')).size(), 64U);
    EXPECT_EQ(ends_of(std::string(65, '\n')).size(), 65U);
}

TEST(LineEnds, WordsFindWhatTheProcessorsOwnLookFinds) {
    std::mt19937 random(8);
    for (std::size_t round = 0; round < 2000; ++round) {
        std::string text(kLookBytes, '\n');
        for (char& c : text) {
            if (random() % 3 != 0) c = static_cast<char>(random() % 256);
        }
        ASSERT_EQ(line_feeds_by_words(text.data()), line_feeds(text.data()));
    }
}

}  // namespace
}  // namespace muster::detail
