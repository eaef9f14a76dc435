// KnownForm: walks over a text that is expected to have a certain form, and says whether it has.
//
// Private to wire. Every step reads at most kStepMax bytes ahead of the place it stands at, without
// a look at where the text ends: what follows must be readable, and zero, which no form contains.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace muster::detail {

/// A text as a template argument.
template <std::size_t N>
struct FormText {
    consteval FormText(const char (&literal)[N]) { std::copy_n(literal, N - 1, text.begin()); }
    std::array<char, N - 1> text{};
};

class KnownForm {
public:
    static constexpr std::size_t kStepMax = 40;
    static_assert(kStepMax <= simdjson::SIMDJSON_PADDING);

    explicit KnownForm(std::string_view text) noexcept
        : at_(text.data()), end_(text.data() + text.size()) {}

    /// Steps over exactly this text, or stays.
    template <FormText T>
    [[nodiscard]] bool take() noexcept {
        constexpr std::size_t kBytes = T.text.size();
        constexpr std::size_t kWords = (kBytes + kWord - 1) / kWord;
        static_assert(kWords * kWord <= kStepMax);
        constexpr auto kPattern = words_of<kWords>(T.text, false);
        constexpr auto kMask = words_of<kWords>(T.text, true);
        const auto differ = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (((word_at(I * kWord) ^ kPattern[I]) & kMask[I]) | ...);
        };
        if (differ(std::make_index_sequence<kWords>()) != 0) return false;
        at_ += kBytes;
        return true;
    }
    /// Everything up to a quote, which is stepped over; nothing if an escape, or what is no
    /// printable ASCII, comes first.
    [[nodiscard]] std::optional<std::string_view> text() noexcept {
        const char* const begin = at_;
        for (;; at_ += kWord) {
            const std::uint64_t special = special_in(word_at(0));
            if (special == 0) continue;
            at_ += static_cast<std::size_t>(std::countr_zero(special)) / 8;
            if (*at_ != '"') return std::nullopt;
            return std::string_view(begin, static_cast<std::size_t>(at_++ - begin));
        }
    }
    /// A whole number as JSON writes it, of at most kDigitsMax digits: exact in a double too.
    [[nodiscard]] std::optional<std::uint64_t> number() noexcept {
        const char* const begin = at_;
        const std::uint64_t value = digits(0);
        const auto count = static_cast<std::size_t>(at_ - begin);
        if (count == 0 || count > kDigitsMax || (*begin == '0' && count > 1)) return std::nullopt;
        return value;
    }
    /// A decimal fraction without a sign or an exponent: the nearest double, as any correct reading
    /// gives.
    [[nodiscard]] std::optional<double> fraction() noexcept {
        const char* const begin = at_;
        const std::uint64_t whole = digits(0);
        const char* const point = at_;
        if (point == begin || *point != '.' || (*begin == '0' && point != begin + 1)) {
            return std::nullopt;
        }
        ++at_;
        const std::uint64_t value = digits(whole);
        const auto places = static_cast<std::size_t>(at_ - point) - 1;
        if (places == 0) return std::nullopt;
        const auto count = static_cast<std::size_t>(at_ - begin) - 1;
        if (count > kFractionDigitsMax) return std::nullopt;
        if (count <= kDigitsMax) {
            // Two numbers that a double holds exactly, divided.
            return static_cast<double>(value) / kPowersOfTen[places];
        }
        double nearest = 0.0;
        const auto [end, error] = std::from_chars(begin, at_, nearest, std::chars_format::fixed);
        if (error != std::errc{} || end != at_) return std::nullopt;
        return nearest;
    }
    [[nodiscard]] const char* at() const noexcept { return at_; }
    [[nodiscard]] bool ended() const noexcept { return at_ == end_; }

private:
    static constexpr std::size_t kWord = sizeof(std::uint64_t);
    static constexpr std::size_t kDigitsMax = 15;
    // What a 64-bit number holds; the shortest spelling of a double has 17. Where there are more,
    // simdjson 3.0 is not as exact as from_chars.
    static constexpr std::size_t kFractionDigitsMax = 19;
    static constexpr std::array<double, kDigitsMax + 1> kPowersOfTen = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    static_assert(std::endian::native == std::endian::little);  // The first byte is the lowest.

    template <std::size_t Words, std::size_t Bytes>
    static consteval std::array<std::uint64_t, Words> words_of(std::array<char, Bytes> text,
                                                               bool mask) {
        std::array<char, Words * kWord> bytes{};
        for (std::size_t i = 0; i < Bytes; ++i) bytes[i] = mask ? '\xFF' : text[i];
        return std::bit_cast<std::array<std::uint64_t, Words>>(bytes);
    }
    [[nodiscard]] std::uint64_t word_at(std::size_t offset) const noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, at_ + offset, sizeof word);
        return word;
    }
    /// The high bit of each byte that is a quote, a backslash, or no printable ASCII; right up to
    /// the lowest of them (a borrow may also mark bytes above it).
    [[nodiscard]] static std::uint64_t special_in(std::uint64_t word) noexcept {
        constexpr std::uint64_t kOnes = 0x0101010101010101;
        constexpr std::uint64_t kHighs = 0x8080808080808080;
        const auto zero_in = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHighs; };
        const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
        return (below_space | word | zero_in(word ^ kOnes * '"') | zero_in(word ^ kOnes * '\\') |
                zero_in(word ^ kOnes * 0x7F)) &
               kHighs;
    }
    /// Reads digits on behind `value`; wraps around beyond kDigitsMax, where it is not used.
    [[nodiscard]] std::uint64_t digits(std::uint64_t value) noexcept {
        for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
            value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
        }
        return value;
    }

    const char* at_;
    const char* end_;
};

}  // namespace muster::detail
