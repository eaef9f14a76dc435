// What the two liberal readers share of simdjson's on-demand reading.
//
// On-demand reading visits a document once, front to back, and looks only at what is asked for.
// Stage one (structure, strings, UTF-8) covers all of it; a scalar that nobody reads is not
// checked. Two outcomes are kept apart throughout: a value that is not what a field wants (a
// RejectReason) and text that is no JSON (Shape::broken), which ends the reading.
#pragma once

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/fleet/reject_reason.hpp"

namespace muster::detail {

namespace od = simdjson::ondemand;

enum class Shape : std::uint8_t {
    read,    ///< An object or an array, read to its end.
    scalar,  ///< Neither; nothing was consumed.
    broken,  ///< No JSON.
};

/// The text of a scalar, or the first character of an object or an array and what follows it up to
/// the next token. Consumes nothing.
[[nodiscard]] inline std::string_view token_of(od::value& value) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                              token.back() == '\t')) {
        token.remove_suffix(1);
    }
    return token;
}

/// A key of a member with the quote that ends it, as words: compared at once, without a call.
class Key {
public:
    static constexpr std::size_t kBytesMax = 32;  // simdjson's padding: it may be read beyond.

    Key() = default;
    /// REQUIRES: shorter than kBytesMax, without escapes.
    consteval explicit Key(std::string_view text) : text_(text) {
        std::array<char, kBytesMax> bytes{};
        std::array<char, kBytesMax> mask{};
        for (std::size_t i = 0; i <= text.size(); ++i) {
            bytes[i] = i < text.size() ? text[i] : '"';
            mask[i] = '\xFF';
        }
        words_ = std::bit_cast<Words>(bytes);
        masks_ = std::bit_cast<Words>(mask);
    }
    /// `raw`: behind the quote that begins a key, in a padded buffer.
    [[nodiscard]] bool is(const char* raw) const noexcept {
        std::uint64_t differ = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            std::uint64_t word = 0;
            std::memcpy(&word, raw + i * sizeof word, sizeof word);
            differ |= (word ^ words_[i]) & masks_[i];
        }
        return differ == 0;
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    using Words = std::array<std::uint64_t, kBytesMax / sizeof(std::uint64_t)>;
    static_assert(kBytesMax <= simdjson::SIMDJSON_PADDING);
    Words words_{};
    Words masks_{};
    std::string_view text_;
};

template <std::size_t N>
[[nodiscard]] consteval std::array<Key, N> keys_of(const std::array<std::string_view, N>& texts) {
    std::array<Key, N> keys;
    for (std::size_t i = 0; i < N; ++i) keys[i] = Key(texts[i]);
    return keys;
}

/// Which of `keys` a field's key is, where `hint` was the wrong guess: their number if none, more
/// if its escapes are no JSON.
[[nodiscard]] std::size_t find_key(od::field& field, std::span<const Key> keys, std::size_t hint);

/// Whether a scalar's text is a whole JSON number; its kind decides why a field refuses it.
enum class NumberKind : std::uint8_t { none, integer, floating };
[[nodiscard]] NumberKind number_kind(std::string_view token);

/// Outcome of reading one scalar: a value, or why not. `broken` beats both.
template <typename T>
struct Scalar {
    T value{};
    RejectReason reason = RejectReason::field_missing;
    bool good = false;
    bool broken = false;
};

/// Why a value was none of the wanted kind, or the value where it only looked so.
[[nodiscard]] Scalar<std::uint64_t> refused_count(od::value& value);
[[nodiscard]] Scalar<double> refused_number(od::value& value);
[[nodiscard]] Scalar<std::string_view> escaped_or_refused_text(od::value& value);

/// An unsigned integer of at most `max`.
[[nodiscard]] inline Scalar<std::uint64_t> read_count(od::value& value, std::uint64_t max) {
    Scalar<std::uint64_t> scalar;
    if (value.get_uint64().get(scalar.value) != simdjson::SUCCESS) return refused_count(value);
    scalar.good = scalar.value <= max;
    scalar.reason = RejectReason::field_out_of_range;
    return scalar;
}

/// A number with more digits than simdjson 3.0 reads right: with 20 or more it may be wrong by any
/// power of ten. REQUIRES: that it is a number. False beyond the range of a double.
[[nodiscard]] bool read_long_number(std::string_view token, double& number) noexcept;

/// False if it is none, or beyond the range of a double.
[[nodiscard]] inline bool read_double(od::value& value, double& number) {
    constexpr std::size_t kSafeBytes = 20;  // 19 digits and a point.
    const std::string_view token = value.raw_json_token();
    if (value.get_double().get(number) != simdjson::SUCCESS) return false;
    return token.size() <= kSafeBytes || read_long_number(token, number);
}

/// A number from 0 to 1, with the precision of a 32-bit float.
[[nodiscard]] inline Scalar<double> read_fraction(od::value& value) {
    Scalar<double> scalar;
    if (!read_double(value, scalar.value)) return refused_number(value);
    // The bound of 2 keeps the narrowing defined: only doubles in float's range reach it.
    const bool narrow = scalar.value >= 0.0 && scalar.value < 2.0;
    if (narrow) scalar.value = static_cast<double>(static_cast<float>(scalar.value));
    scalar.good = narrow && scalar.value <= 1.0;
    scalar.reason = RejectReason::field_out_of_range;
    return scalar;
}

/// A string, without its quotes, unescaped; lives as long as the document's buffers.
[[nodiscard]] inline Scalar<std::string_view> read_text(od::value& value) {
    const std::string_view token = token_of(value);
    if (token.size() < 2 || token.front() != '"' || token.back() != '"' ||
        std::memchr(token.data(), '\\', token.size()) != nullptr) {
        return escaped_or_refused_text(value);
    }
    Scalar<std::string_view> scalar;
    scalar.value = token.substr(1, token.size() - 2);
    scalar.good = true;
    return scalar;
}

/// Calls `take(index in keys, value)` for each member whose key is in `keys`, in the order of the
/// text, repeated ones too; fastest where that is the order of `keys`. For an array the index is
/// the element's own, as long as it is below `positional` (serde reads structs from arrays). `take`
/// gets an od::value&, and returns false if it met broken text. `value` is an od::value, or the
/// od::document itself: simdjson checks that a document's last character closes its first, without
/// which a cut-off one could be read past its end.
template <typename Value, std::size_t N, typename Take>
[[nodiscard]] Shape for_members(Value& value, const std::array<Key, N>& keys,
                                std::size_t positional, Take&& take) {
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return Shape::broken;
    if (type == od::json_type::array && positional > 0) {
        od::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return Shape::broken;
        std::size_t index = 0;
        for (auto&& result : array) {
            if (result.error() != simdjson::SUCCESS) return Shape::broken;
            od::value&& element = std::forward<decltype(result)>(result).value_unsafe();
            if (index < positional && !take(index, element)) return Shape::broken;
            ++index;
        }
        return Shape::read;
    }
    if (type != od::json_type::object) return Shape::scalar;
    od::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return Shape::broken;
    std::size_t next = 0;
    for (auto&& result : object) {
        if (result.error() != simdjson::SUCCESS) return Shape::broken;
        // In place: a copy of what was written just now waits for it.
        od::field&& field = std::forward<decltype(result)>(result).value_unsafe();
        std::size_t key = next;
        if (!keys[next].is(field.key().raw())) [[unlikely]] {
            key = find_key(field, keys, next);
            if (key >= N) {
                if (key > N) return Shape::broken;
                continue;
            }
        }
        next = key + 1 == N ? 0 : key + 1;
        if (!take(key, field.value())) return Shape::broken;
    }
    return Shape::read;
}

/// A copy of a payload with the padding that simdjson reads beyond its end, and the parser that
/// goes with it. Kept between payloads; grows with the largest.
class PaddedDocument {
public:
    /// Copies the payload. The copy, followed by zeros for the padding, lives until the next call.
    [[nodiscard]] std::expected<std::string_view, RejectReason> keep(std::string_view payload);
    /// Stage one of what was kept last. The document lives as long as that.
    [[nodiscard]] std::expected<od::document, RejectReason> open_kept();
    /// Both.
    [[nodiscard]] std::expected<od::document, RejectReason> open(std::string_view payload);
    /// REQUIRES: the document's value was read. Whether nothing follows it.
    [[nodiscard]] static bool ended(od::document& document) {
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    }
    /// REQUIRES: the document, just opened, is neither an object nor an array. Whether it is a
    /// number, a string or a word of JSON and nothing else; its first letter alone does not tell.
    [[nodiscard]] static bool is_scalar(std::string_view payload) noexcept;

private:
    od::parser parser_;
    std::vector<char> bytes_;
    std::size_t size_ = 0;  // Of the payload kept there.
};

}  // namespace muster::detail
