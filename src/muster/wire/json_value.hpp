// A JSON value with the numbers of serde_json: unsigned, negative and floating kept apart.
//
// Only for the strict reading of the seed, which keeps `data` undecoded; nothing on the live path
// builds one. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace muster {

struct JsonValue {
    using Array = std::vector<JsonValue>;
    /// Keys and, at the same place, their values, in the order of the text. The reader of text
    /// keeps repeated keys; `last_wins` drops them.
    struct Object {
        std::vector<std::string> keys;
        std::vector<JsonValue> values;
        friend bool operator==(const Object&, const Object&) = default;
    };
    /// A negative integer is the int64; -0 and what exceeds 64 bits are doubles, as in serde_json.
    std::variant<std::nullptr_t, bool, std::uint64_t, std::int64_t, double, std::string, Array,
                 Object>
        value = nullptr;

    [[nodiscard]] bool is_null() const noexcept {
        return std::holds_alternative<std::nullptr_t>(value);
    }
    /// The member of that name, or null if this is no object or has none.
    [[nodiscard]] const JsonValue* find(std::string_view key) const noexcept;
    friend bool operator==(const JsonValue& a, const JsonValue& b) { return a.value == b.value; }
};

/// Every object with each key once: at its first place, with its last value.
[[nodiscard]] JsonValue last_wins(JsonValue value);

/// As text, without spaces, as serde_json prints it.
[[nodiscard]] std::string to_string(const JsonValue& value);

}  // namespace muster
