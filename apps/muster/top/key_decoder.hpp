// KeyDecoder: the bytes that a terminal sends, as keys.
//
// Pure: bytes in, keys out. A sequence may come in pieces; what it does not know it passes over
// whole. Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

enum class KeyKind : std::uint8_t {
    text,  ///< One character, in `Key::text`.
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    clear,   ///< Ctrl-U: empties a line that is typed.
    redraw,  ///< Ctrl-L.
};

struct Key {
    KeyKind kind = KeyKind::text;
    std::string text;
    friend bool operator==(const Key&, const Key&) = default;
};

class KeyDecoder {
public:
    /// The keys that are complete with these bytes.
    [[nodiscard]] std::vector<Key> feed(std::string_view bytes);
    /// Whether an Escape waits to be a key of its own or the start of a sequence.
    [[nodiscard]] bool waits() const noexcept { return !held_.empty(); }
    /// Nothing more came for a while: a lone Escape was meant; half a sequence is dropped.
    [[nodiscard]] std::vector<Key> flush();

private:
    std::string held_;  // The beginning of something longer.
};

}  // namespace muster
