// What is UTF-8: for all who write text that must be.
//
// Private to wire. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace muster::detail {

/// Stands in texts for each byte that is no UTF-8: U+FFFD.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// Bytes of the UTF-8 sequence of two bytes or more that `text` begins with; 0 if it begins with
/// none. Refuses what the Unicode standard refuses: overlong forms, surrogates, beyond U+10FFFF.
/// REQUIRES: `text` is not empty.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = at(0);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0) != 0x80) return 0;
    }
    const unsigned char second = at(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    return length;
}

}  // namespace muster::detail
