// JSON by appending; see the header. Numbers by std::to_chars, which knows no locale and writes the
// shortest text that reads back the same.
#include "muster/wire/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "muster/wire/detail/utf8.hpp"

namespace muster {

namespace {

/// Room for any integer or any shortest double.
constexpr std::size_t kNumberBytesMax = 32;
/// Room for the fixed form of the largest double with nine decimals.
constexpr std::size_t kFixedBytesMax = 330;

template <std::size_t Room, typename... Args>
void append_chars(std::string& out, Args... args) {
    std::array<char, Room> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), args...);
    out.append(text.data(), end.ptr);
}

constexpr char kHexDigits[] = "0123456789abcdef";

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        default:
            out += "\\u00";
            out += kHexDigits[c >> 4];
            out += kHexDigits[c & 15];
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        if (c >= 0x80) {
            if (const std::size_t length = detail::utf8_length(text.substr(i)); length != 0) {
                i += length;
                continue;
            }
        }
        out.append(text.substr(plain_from, i - plain_from));
        if (c >= 0x80)
            out += detail::kReplacementCharacter;
        else
            append_escape(out, c);
        plain_from = ++i;
    }
    out.append(text.substr(plain_from));
    out += '"';
}

void JsonWriter::separate() {
    if (out_.size() == start_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':' && last != ',') out_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::signed_integer(std::int64_t value) {
    separate();
    append_chars<kNumberBytesMax>(out_, value);
    return *this;
}

JsonWriter& JsonWriter::unsigned_integer(std::uint64_t value) {
    separate();
    append_chars<kNumberBytesMax>(out_, value);
    return *this;
}

JsonWriter& JsonWriter::id_string(std::uint64_t value) {
    separate();
    out_ += '"';
    append_chars<kNumberBytesMax>(out_, value);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    separate();
    append_chars<kNumberBytesMax>(out_, value);
    return *this;
}

JsonWriter& JsonWriter::fraction(double value) {
    // The comparison with 2 keeps the narrowing defined: only doubles within float's range get
    // there.
    if (!(std::fabs(value) < 2.0)) return number(value);
    const auto narrow = static_cast<float>(value);
    if (static_cast<double>(narrow) != value) return number(value);
    separate();
    append_chars<kNumberBytesMax>(out_, narrow);
    return *this;
}

JsonWriter& JsonWriter::fixed(double value, int decimals) {
    if (!std::isfinite(value)) return null();
    separate();
    append_chars<kFixedBytesMax>(out_, value, std::chars_format::fixed, decimals);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    out_ += "null";
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace muster
