// TextCursor writes JSON text at a pointer into room that its caller has measured.
//
// For the one text that is written a thousand times per response, a worker's row: a string's append
// checks its capacity each time, which costs several times the copy itself. Everything else uses
// JsonWriter. Private to wire; one thread.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster::detail {

/// Room for any number that the cursor writes.
inline constexpr std::size_t kNumberRoom = 32;
/// Room for a string of `size` bytes: quotes, and six bytes for each one that must be escaped.
[[nodiscard]] constexpr std::size_t string_room(std::size_t size) noexcept {
    return 6 * size + 2;
}

/// REQUIRES of every call: the room behind the cursor suffices.
class TextCursor {
public:
    explicit TextCursor(char* at) noexcept : at_(at) {}
    [[nodiscard]] char* at() const noexcept { return at_; }

    template <std::size_t N>
    void literal(const char (&text)[N]) noexcept {
        std::memcpy(at_, text, N - 1);
        at_ += N - 1;
    }
    void raw(std::string_view text) noexcept {
        if (text.empty()) return;  // It may be null, which memcpy may not be given.
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    void integer(std::uint64_t value) noexcept {
        at_ = std::to_chars(at_, at_ + kNumberRoom, value).ptr;
    }
    /// A string in quotes, escaped as JsonWriter does.
    void string(std::string_view text) {
        if (!is_plain(text)) {
            std::string escaped;
            append_json_string(escaped, text);
            raw(escaped);
            return;
        }
        *at_++ = '"';
        raw(text);
        *at_++ = '"';
    }
    /// See JsonWriter::fraction.
    void fraction(double value) {
        std::string text;  // Short enough to need no allocation, nearly always.
        JsonWriter(text).fraction(value);
        raw(text);
    }
    /// Milliseconds with one decimal, rounded up: nothing is shown younger than it is.
    void tenths_of_ms(Duration duration) noexcept {
        constexpr std::int64_t kNanosPerTenth = 100'000;
        const std::int64_t nanos = duration.count() > 0 ? duration.count() : 0;
        const auto tenths =
            static_cast<std::uint64_t>(nanos / kNanosPerTenth + (nanos % kNanosPerTenth != 0));
        integer(tenths / 10);
        *at_++ = '.';
        *at_++ = static_cast<char>('0' + tenths % 10);
    }
    /// Milliseconds, to the microsecond: "250", "0.5".
    void exact_ms(Duration duration) noexcept {
        const auto micros = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
        integer(micros / 1000);
        std::uint64_t rest = micros % 1000;
        if (rest == 0) return;
        *at_++ = '.';
        for (std::uint64_t place = 100; rest != 0; place /= 10) {
            *at_++ = static_cast<char>('0' + rest / place);
            rest %= place;
        }
    }

private:
    /// Printable ASCII without quote and backslash. Eight bytes at a time: a byte below 0x20
    /// borrows from its top bit when 0x20 is taken off it, an equal one becomes zero under
    /// exclusive or.
    [[nodiscard]] static bool is_plain(std::string_view text) noexcept {
        constexpr std::uint64_t kOnes = 0x0101010101010101;
        constexpr std::uint64_t kTops = 0x8080808080808080;
        std::uint64_t bad = 0;
        while (text.size() >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data(), sizeof word);
            const std::uint64_t quote = word ^ (kOnes * '"');
            const std::uint64_t backslash = word ^ (kOnes * '\\');
            bad |= word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes);
            text.remove_prefix(sizeof word);
        }
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\') return false;
        }
        return (bad & kTops) == 0;
    }

    char* at_;
};

}  // namespace muster::detail
