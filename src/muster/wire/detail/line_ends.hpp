// LineEnds finds the line feeds of a text, one after the other, sixty-four bytes at a look.
//
// memchr from feed to feed starts anew for each line; lines of a page are some eighty bytes long,
// so that its beginnings cost more than its looking. Private to wire; pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace muster::detail {

inline constexpr std::size_t kLookBytes = 64;

/// A bit for each line feed among the 64 bytes at `at`, the first byte's the lowest.
[[nodiscard]] inline std::uint64_t line_feeds_by_words(const char* at) noexcept {
    constexpr std::uint64_t kLow = 0x7F7F'7F7F'7F7F'7F7F;
    constexpr std::uint64_t kFeeds = 0x0A0A'0A0A'0A0A'0A0A;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < kLookBytes; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        for (std::size_t byte = 0; byte < sizeof word; ++byte) {  // One load, of either endianness.
            word |= std::uint64_t{static_cast<unsigned char>(at[i + byte])} << (8 * byte);
        }
        word ^= kFeeds;
        // The highest bit of each byte that is zero now, and of no other: no carry crosses bytes.
        const std::uint64_t zeros = ~(((word & kLow) + kLow) | word | kLow);
        // Gathers the eight bits in the highest byte.
        found |= ((zeros >> 7) * 0x0102'0408'1020'4080 >> 56) << i;
    }
    return found;
}

#if defined(__SSE2__)
[[nodiscard]] inline std::uint64_t line_feeds(const char* at) noexcept {
    const __m128i feeds = _mm_set1_epi8('\n');
    const auto look = [&](std::size_t offset) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + offset));
        const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, feeds));
        return std::uint64_t{static_cast<std::uint16_t>(found)} << offset;
    };
    return look(0) | look(16) | look(32) | look(48);
}
#else
[[nodiscard]] inline std::uint64_t line_feeds(const char* at) noexcept {
    return line_feeds_by_words(at);
}
#endif

class LineEnds {
public:
    LineEnds(const char* begin, const char* end) noexcept : next_(begin), end_(end) {}

    /// The next line feed; the end of the text if there is none any more.
    [[nodiscard]] const char* next() noexcept {
        while (found_ == 0) {
            if (static_cast<std::size_t>(end_ - next_) < kLookBytes) return next_near_end();
            block_ = next_;
            found_ = line_feeds(block_);
            next_ += kLookBytes;
        }
        const char* const feed = block_ + std::countr_zero(found_);
        found_ &= found_ - 1;
        return feed;
    }

private:
    [[nodiscard]] const char* next_near_end() noexcept {
        const auto left = static_cast<std::size_t>(end_ - next_);
        const void* const feed = left == 0 ? nullptr : std::memchr(next_, '\n', left);
        if (feed == nullptr) {
            next_ = end_;
            return end_;
        }
        next_ = static_cast<const char*>(feed) + 1;
        return next_ - 1;
    }

    const char* next_;  // What was not looked at yet.
    const char* const end_;
    const char* block_ = nullptr;
    std::uint64_t found_ = 0;  // Feeds of the block that were not told yet.
};

}  // namespace muster::detail
