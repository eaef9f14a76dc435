// What comes from a terminal, and foreign text on its way to one: keys are the same in whatever
// pieces they come, and nothing that somebody else chose moves the cursor.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/wire/detail/utf8.hpp"
#include "people_text.hpp"
#include "require.hpp"
#include "top/key_decoder.hpp"

namespace {

using muster::Key;
using muster::KeyDecoder;
using muster::fuzzing::require;

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
        const std::size_t bytes = ascii ? 1 : muster::detail::utf8_length(text);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

void check_keys(const std::string& bytes) {
    KeyDecoder whole;
    const std::vector<Key> keys = whole.feed(bytes);
    for (const Key& key : keys) {
        require(key.text.empty() == (key.kind != muster::KeyKind::text) && key.text.size() <= 4);
    }
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 31U}) {
        KeyDecoder decoder;
        std::vector<Key> came;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            for (Key& key : decoder.feed(std::string_view(bytes).substr(at, piece))) {
                came.push_back(std::move(key));
            }
        }
        require(came == keys && decoder.waits() == whole.waits());
    }
    require(whole.flush().size() <= 1 && !whole.waits());
}

void check_text(const std::string& text) {
    const std::string clean = muster::harmless(text);
    require(is_utf8(clean) && muster::harmless(clean) == clean);
    require(std::ranges::none_of(
        clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    const std::size_t columns = muster::columns_of(clean);
    for (const std::size_t room : {0U, 1U, 2U, 3U, 8U, 40U}) {
        const std::string first = muster::first_columns(clean, room);
        require(clean.starts_with(first) && muster::columns_of(first) <= room);
        for (const std::string& shown :
             {muster::shortened(clean, room), muster::shortened_at_end(clean, room)}) {
            require(is_utf8(shown) && muster::columns_of(shown) <= room);
            require(shown == clean || columns > room);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    check_keys(bytes);
    check_text(bytes);
    return 0;
}
