// What the two liberal readers share of simdjson's on-demand reading.
//
// On-demand reading visits a document once, front to back, and looks only at what is asked for.
// Stage one (structure, strings, UTF-8) covers all of it; a scalar that nobody reads is not
// checked. Two outcomes are kept apart throughout: a value that is not what a field wants (a
// RejectReason) and text that is no JSON (Shape::broken), which ends the reading.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
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

/// Which of `keys` a field's key is: their number if none, absent if its escapes are no JSON.
/// `hint` is tried first: workers send their fields in one order.
template <std::size_t N>
[[nodiscard]] std::optional<std::size_t> find_key(od::field& field,
                                                  const std::array<std::string_view, N>& keys,
                                                  std::size_t hint) {
    const char* const raw = field.key().raw();
    for (std::size_t tried = 0, i = hint % N; tried < N; ++tried, i = i + 1 == N ? 0 : i + 1) {
        // No key is longer than the padding, so this never reads beyond the buffer.
        const std::string_view key = keys[i];
        if (raw[key.size()] == '"' && std::memcmp(raw, key.data(), key.size()) == 0) return i;
    }
    const char* end = raw;
    while (*end != '"' && *end != '\\') ++end;
    if (*end == '"') return N;
    std::string_view unescaped;
    if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) return std::nullopt;
    std::size_t found = 0;
    while (found < N && keys[found] != unescaped) ++found;
    return found;
}

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

/// A number from 0 to 1, with the precision of a 32-bit float.
[[nodiscard]] inline Scalar<double> read_fraction(od::value& value) {
    Scalar<double> scalar;
    if (value.get_double().get(scalar.value) != simdjson::SUCCESS) return refused_number(value);
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
/// text, repeated ones too. For an array the index is the element's own, as long as it is below
/// `positional` (serde reads structs from arrays). `take` returns false if it met broken text.
/// `value` is an od::value, or the od::document itself: simdjson checks that a document's last
/// character closes its first, without which a cut-off one could be read past its end.
template <typename Value, std::size_t N, typename Take>
[[nodiscard]] Shape for_members(Value& value, const std::array<std::string_view, N>& keys,
                                std::size_t positional, Take&& take) {
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return Shape::broken;
    if (type == od::json_type::array && positional > 0) {
        od::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return Shape::broken;
        std::size_t index = 0;
        for (auto result : array) {
            od::value element;
            if (std::move(result).get(element) != simdjson::SUCCESS) return Shape::broken;
            if (index < positional && !take(index, element)) return Shape::broken;
            ++index;
        }
        return Shape::read;
    }
    if (type != od::json_type::object) return Shape::scalar;
    od::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return Shape::broken;
    std::size_t next = 0;
    for (auto result : object) {
        od::field field;
        if (std::move(result).get(field) != simdjson::SUCCESS) return Shape::broken;
        const auto key = find_key(field, keys, next);
        if (!key) return Shape::broken;
        if (*key == N) continue;
        next = *key + 1;
        if (!take(*key, field.value())) return Shape::broken;
    }
    return Shape::read;
}

/// A copy of a payload with the padding that simdjson reads beyond its end, and the parser that
/// goes with it. Kept between payloads; grows with the largest.
class PaddedDocument {
public:
    /// Stage one. The document lives until the next call.
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
};

}  // namespace muster::detail
