// Writes JSON by appending to a string: the only way muster makes JSON.
//
// No document is built; commas come from what was written last. The caller keeps begin and end in
// pairs. Cheap enough for a thousand workers in tens of microseconds, so no other writer exists.
// Thread rule: one writer, one string, one thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

class JsonWriter {
public:
    /// Appends to `out`, which must outlive the writer; what is in it already is left alone.
    explicit JsonWriter(std::string& out) noexcept : out_(out), start_(out.size()) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    /// The name of the next value, escaped where it must be.
    JsonWriter& key(std::string_view name);

    /// A string, escaped. Bytes that are no UTF-8 become U+FFFD, so that the output always is
    /// UTF-8.
    JsonWriter& string(std::string_view text);
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    JsonWriter& integer(T value) {
        if constexpr (std::signed_integral<T>)
            return signed_integer(value);
        else
            return unsigned_integer(value);
    }
    /// A 64-bit id as a decimal string: JavaScript loses integers above 2^53.
    JsonWriter& id_string(std::uint64_t value);
    /// The shortest form that reads back as the same double; integers have no point; what is not
    /// finite becomes null.
    JsonWriter& number(double value);
    /// A fraction that was a 32-bit float at its sender is written as short as that float allows
    /// (0.4125, not 0.4124999940395355); any other as `number`.
    JsonWriter& fraction(double value);
    /// With `decimals` (0-9) digits behind the point, for ages; not finite becomes null.
    JsonWriter& fixed(double value, int decimals);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// REQUIRES: `json` is one JSON value, or members or elements joined by commas.
    JsonWriter& raw(std::string_view json);

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& signed_integer(std::int64_t value);
    JsonWriter& unsigned_integer(std::uint64_t value);
    void separate();

    std::string& out_;
    std::size_t start_;
};

/// Appends `text` in quotes, escaped as JsonWriter::string does.
void append_json_string(std::string& out, std::string_view text);

}  // namespace muster
