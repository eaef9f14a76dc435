// Keys from bytes: whole, in pieces, mixed, and noise.
#include "top/key_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <utility>

#include "people_text.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Key text(const char* bytes) {
    return {KeyKind::text, bytes};
}
Key key(KeyKind kind) {
    return {kind, {}};
}

TEST(KeyDecoder, ReadsTextAndControls) {
    KeyDecoder decoder;
    EXPECT_THAT(decoder.feed("qS?\r\x7f\x15\x0c"),
                ElementsAre(text("q"), text("S"), text("?"), key(KeyKind::enter),
                            key(KeyKind::backspace), key(KeyKind::clear), key(KeyKind::redraw)));
    EXPECT_THAT(decoder.feed("\u00e9\u6a21"), ElementsAre(text("\u00e9"), text("\u6a21")));
}

TEST(KeyDecoder, ReadsTheSequencesOfTerminals) {
    KeyDecoder decoder;
    EXPECT_THAT(decoder.feed("\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1bOF\x1b[1;5C"),
                ElementsAre(key(KeyKind::up), key(KeyKind::down), key(KeyKind::page_up),
                            key(KeyKind::page_down), key(KeyKind::home), key(KeyKind::end),
                            key(KeyKind::end), key(KeyKind::right)));
    EXPECT_FALSE(decoder.waits());
}

TEST(KeyDecoder, PutsPiecesTogether) {
    KeyDecoder decoder;
    for (const char* piece : {"\x1b", "[", "5"}) {
        EXPECT_THAT(decoder.feed(piece), IsEmpty());
        EXPECT_TRUE(decoder.waits());
    }
    EXPECT_THAT(decoder.feed("~j"), ElementsAre(key(KeyKind::page_up), text("j")));
    EXPECT_THAT(decoder.feed("\xc3"), IsEmpty());
    EXPECT_THAT(decoder.feed("\xa9"), ElementsAre(text("\u00e9")));
}

TEST(KeyDecoder, ALoneEscapeIsAKeyWhenNothingFollows) {
    KeyDecoder decoder;
    EXPECT_THAT(decoder.feed("\x1b"), IsEmpty());
    EXPECT_THAT(decoder.flush(), ElementsAre(key(KeyKind::escape)));
    EXPECT_FALSE(decoder.waits());
    EXPECT_THAT(decoder.feed("\x1b\x1b[A"), ElementsAre(key(KeyKind::escape), key(KeyKind::up)));
    EXPECT_THAT(decoder.feed("\x1b["), IsEmpty());
    EXPECT_THAT(decoder.flush(), IsEmpty()) << "half a sequence is no key";
}

// Whatever comes, in whatever pieces: the same keys, text that is whole, nothing held for long.
TEST(KeyDecoder, DoesNotDependOnHowTheBytesArePut) {
    std::mt19937 random(7);
    const std::string_view likely = "\x1b[[O~;1256ABHM\xc3\xa9\xe2\x82\xac\xff\x80qj\r";
    for (int run = 0; run < 2000; ++run) {
        std::string bytes;
        for (auto left = random() % 40; left > 0; --left) bytes += likely[random() % likely.size()];
        KeyDecoder whole;
        const std::vector<Key> expected = whole.feed(bytes);
        KeyDecoder pieces;
        std::vector<Key> keys;
        for (const char byte : bytes) {
            for (Key& key : pieces.feed(std::string(1, byte))) keys.push_back(std::move(key));
        }
        ASSERT_EQ(keys, expected) << testing::PrintToString(bytes);
        for (const Key& key : keys) ASSERT_LE(columns_of(harmless(key.text)), 2U);
        (void)pieces.flush();
        ASSERT_FALSE(pieces.waits());
    }
}

TEST(KeyDecoder, PassesOverWhatItDoesNotKnow) {
    KeyDecoder decoder;
    // A function key, a mouse report, Alt-x, the console's F1, a broken character.
    EXPECT_THAT(decoder.feed("\x1b[15~\x1b[<0;3;4M\x1bx\x1b[[Aa"), ElementsAre(text("a")));
    EXPECT_THAT(decoder.feed("\x1bOM"), ElementsAre(key(KeyKind::enter)));
    EXPECT_THAT(decoder.feed("\xe2z\x82\xff\x03q"), ElementsAre(text("z"), text("q")));
    EXPECT_THAT(decoder.feed("\x1b[" + std::string(100, '9') + "~q").back(), text("q"));
    EXPECT_FALSE(decoder.waits());
}

}  // namespace
}  // namespace muster
