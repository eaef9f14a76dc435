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
#include <expected>
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
[[nodiscard]] std::string_view token_of(od::value& value);

/// A key without its quotes. Absent if its escapes are no JSON.
[[nodiscard]] inline bool key_of(od::field& field, std::string_view& key) {
    const char* const begin = field.key().raw();
    const char* end = begin;
    while (*end != '"' && *end != '\\') ++end;
    if (*end == '"') {
        key = {begin, static_cast<std::size_t>(end - begin)};
        return true;
    }
    return field.unescaped_key().get(key) == simdjson::SUCCESS;
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

/// An unsigned integer of at most `max`.
[[nodiscard]] Scalar<std::uint64_t> read_count(od::value& value, std::uint64_t max);
/// A number from 0 to 1, with the precision of a 32-bit float.
[[nodiscard]] Scalar<double> read_fraction(od::value& value);
/// Any finite number.
[[nodiscard]] Scalar<double> read_number(od::value& value);
/// A string, without its quotes, unescaped; lives as long as the document's buffers.
[[nodiscard]] Scalar<std::string_view> read_text(od::value& value);

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
    for (auto result : object) {
        od::field field;
        if (std::move(result).get(field) != simdjson::SUCCESS) return Shape::broken;
        std::string_view key;
        if (!key_of(field, key)) return Shape::broken;
        for (std::size_t i = 0; i < N; ++i) {
            if (key != keys[i]) continue;
            if (!take(i, field.value())) return Shape::broken;
            break;
        }
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

private:
    od::parser parser_;
    std::vector<char> bytes_;
};

}  // namespace muster::detail
