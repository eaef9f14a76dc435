// Sequences of xterm and its heirs (CSI and SS3), and of the Linux console.
#include "top/key_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace muster {
namespace {

// No key is longer; what goes on is no key but noise.
constexpr std::size_t kSequenceMost = 32;

bool is_final(char c) {
    return c >= 0x40 && c <= 0x7e;
}

// Bytes of the sequence that starts `text` with an Escape; 0: not complete yet.
std::size_t sequence_bytes(std::string_view text) {
    if (text.size() < 2) return 0;
    // Two Escapes are two keys.
    if (text[1] == '\x1b') return 1;
    if (text[1] == 'O') return text.size() < 3 ? 0 : 3;
    if (text[1] != '[') return 2;
    // The Linux console's function keys: ESC [ [ A.
    if (text.size() > 2 && text[2] == '[') return text.size() < 4 ? 0 : 4;
    for (std::size_t i = 2; i < std::min(text.size(), kSequenceMost); ++i) {
        if (is_final(text[i])) return i + 1;
    }
    return text.size() >= kSequenceMost ? kSequenceMost : 0;
}

std::optional<Key> key_of_sequence(std::string_view sequence) {
    if (sequence == "\x1b") return Key{KeyKind::escape, {}};
    if (sequence.size() < 3 || (sequence[1] != '[' && sequence[1] != 'O')) return std::nullopt;
    if (sequence[2] == '[') return std::nullopt;
    const std::string_view parameters = sequence.substr(2, sequence.size() - 3);
    switch (sequence.back()) {
        case 'A': return Key{KeyKind::up, {}};
        case 'B': return Key{KeyKind::down, {}};
        case 'C': return Key{KeyKind::right, {}};
        case 'D': return Key{KeyKind::left, {}};
        case 'H': return Key{KeyKind::home, {}};
        case 'F': return Key{KeyKind::end, {}};
        case 'M':  // Of the keypad; with a '[' it is a mouse.
            if (sequence[1] == 'O') return Key{KeyKind::enter, {}};
            return std::nullopt;
        case '~': break;
        default: return std::nullopt;
    }
    const std::string_view number = parameters.substr(0, parameters.find(';'));
    if (number == "1" || number == "7") return Key{KeyKind::home, {}};
    if (number == "4" || number == "8") return Key{KeyKind::end, {}};
    if (number == "5") return Key{KeyKind::page_up, {}};
    if (number == "6") return Key{KeyKind::page_down, {}};
    return std::nullopt;
}

std::optional<Key> key_of_control(char c) {
    switch (c) {
        case '\r':
        case '\n': return Key{KeyKind::enter, {}};
        case '\b':
        case '\x7f': return Key{KeyKind::backspace, {}};
        case '\x15': return Key{KeyKind::clear, {}};
        case '\x0c': return Key{KeyKind::redraw, {}};
        case '\x06': return Key{KeyKind::page_down, {}};
        case '\x02': return Key{KeyKind::page_up, {}};
        default: return std::nullopt;
    }
}

// Bytes of the character that starts `text`, by its first byte; a broken one is a byte of its own.
std::size_t character_bytes(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t wanted = 1;
    if (first >= 0xc2 && first <= 0xf4) wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::size_t bytes = 1;
    while (bytes < wanted && bytes < text.size() &&
           (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) {
        ++bytes;
    }
    // Cut short by the end of the bytes: the rest will come. By something else: noise.
    return bytes == wanted || bytes == text.size() ? wanted : 1;
}

}  // namespace

std::vector<Key> KeyDecoder::feed(std::string_view bytes) {
    held_ += bytes;
    std::string_view rest = held_;
    std::vector<Key> keys;
    while (!rest.empty()) {
        const char first = rest.front();
        const bool escape = first == '\x1b';
        const bool control = static_cast<unsigned char>(first) < 0x20 || first == '\x7f';
        std::size_t taken = 1;
        std::optional<Key> key;
        if (escape) {
            taken = sequence_bytes(rest);
            if (taken == 0) break;
            key = key_of_sequence(rest.substr(0, taken));
        } else if (control) {
            key = key_of_control(first);
        } else {
            taken = character_bytes(rest);
            if (taken > rest.size()) break;
            const bool whole = taken > 1 || static_cast<unsigned char>(first) < 0x80;
            if (whole) key = Key{KeyKind::text, std::string(rest.substr(0, taken))};
        }
        if (key) keys.push_back(*std::move(key));
        rest.remove_prefix(taken);
    }
    held_ = std::string(rest);
    return keys;
}

std::vector<Key> KeyDecoder::flush() {
    const bool lone = held_ == "\x1b";
    held_.clear();
    if (!lone) return {};
    return {Key{KeyKind::escape, {}}};
}

}  // namespace muster
