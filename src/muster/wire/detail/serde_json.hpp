// Reads JSON text exactly as serde_json does: what it accepts, what it refuses, and how it takes
// numbers. For the strict reading only; it builds values and is in no hurry.
//
// Two ways through a value, as in serde_json: `parse` checks everything, `ignore` (for fields a
// type does not have) only the grammar: no depth, no range of numbers, no UTF-8, no surrogates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "muster/wire/json_value.hpp"

namespace muster::detail {

class SerdeJsonReader {
public:
    /// `text` must outlive the reader.
    explicit SerdeJsonReader(std::string_view text) : text_(text) {}

    /// After the first error every further call fails; the first one is kept.
    [[nodiscard]] bool failed() const { return !error_.empty(); }
    [[nodiscard]] const std::string& error() const { return error_; }

    /// Any value, repeated keys of objects kept.
    [[nodiscard]] bool parse(JsonValue& value);
    [[nodiscard]] bool ignore();
    /// Only blanks may follow.
    [[nodiscard]] bool end();

    // For types that are read from text directly: one step into an object or an array.

    /// The first character of the next value, 0 at the end.
    [[nodiscard]] char peek();
    [[nodiscard]] bool enter(char bracket);
    /// The next key (`more` false: the object ended). `first` on the first call.
    [[nodiscard]] bool next_key(bool first, bool& more, std::string& key);
    /// Steps to the next element (`more` false: the array ended).
    [[nodiscard]] bool next_element(bool first, bool& more);
    bool fail(std::string why);

private:
    [[nodiscard]] bool parse_string(std::string& out);
    [[nodiscard]] bool parse_escape(std::string& out);
    [[nodiscard]] bool parse_unicode_escape(std::string& out);
    [[nodiscard]] bool parse_hex4(unsigned& code);
    [[nodiscard]] bool parse_number(JsonValue& value);
    [[nodiscard]] bool parse_array(JsonValue& value);
    [[nodiscard]] bool parse_object(JsonValue& value);
    [[nodiscard]] bool parse_literal(std::string_view word);
    [[nodiscard]] bool scan_number(std::string_view& number, bool& floating);
    [[nodiscard]] bool ignore_string();
    [[nodiscard]] bool ignore_scalar(char first);
    void skip_blanks();

    std::string_view text_;
    std::size_t at_ = 0;
    /// serde_json counts down from 128 and refuses the bracket that reaches 0.
    int depth_left_ = 128;
    std::string error_;
};

}  // namespace muster::detail
