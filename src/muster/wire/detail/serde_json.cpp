// serde_json's reading of text, rule by rule; the messages are worded like its own.
#include "muster/wire/detail/serde_json.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace muster::detail {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Whether the bytes are UTF-8 as Rust's own check has it.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
        const unsigned char lead = byte(0);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k) {
            if ((byte(k) & 0xC0) != 0x80) return false;
        }
        const unsigned char second = byte(1);
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return false;
        if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return false;
        i += length;
    }
    return true;
}

void append_utf8(std::string& out, unsigned code) {
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// The double nearest to a number's text. Absent where it exceeds the range; what is too small
/// becomes zero.
std::optional<double> double_of(std::string_view number) {
    double value = 0.0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (read.ec == std::errc{}) return value;
    // Out of range does not say on which side: the power of ten of the first digit that counts
    // does.
    const std::size_t e = number.find_first_of("eE");
    std::int64_t power = 0;
    if (e != std::string_view::npos) {
        std::string_view text = number.substr(e + 1);
        const bool negative = text.starts_with('-');
        if (negative || text.starts_with('+')) text.remove_prefix(1);
        const auto end = std::from_chars(text.data(), text.data() + text.size(), power);
        if (end.ec != std::errc{}) power = std::numeric_limits<std::int64_t>::max() / 2;
        if (negative) power = -power;
    }
    const std::string_view digits = number.substr(0, e);
    const std::size_t first = digits.find_first_of("123456789");
    if (first == std::string_view::npos) return number.starts_with('-') ? -0.0 : 0.0;
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const auto places = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
    if (power + places > 0) return std::nullopt;
    return number.starts_with('-') ? -0.0 : 0.0;
}

}  // namespace

bool SerdeJsonReader::fail(std::string why) {
    if (error_.empty()) error_ = std::move(why) + " at byte " + std::to_string(at_);
    return false;
}

void SerdeJsonReader::skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
        ++at_;
    }
}

char SerdeJsonReader::peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool SerdeJsonReader::end() {
    if (failed()) return false;
    skip_blanks();
    return at_ == text_.size() || fail("trailing characters");
}

bool SerdeJsonReader::enter(char bracket) {
    if (failed()) return false;
    if (peek() != bracket) return fail("expected value");
    if (--depth_left_ == 0) return fail("recursion limit exceeded");
    ++at_;
    return true;
}

bool SerdeJsonReader::next_key(bool first, bool& more, std::string& key) {
    if (failed()) return false;
    char next = peek();
    more = next != '}';
    if (!more) {
        ++at_;
        ++depth_left_;
        return true;
    }
    if (!first) {
        if (next != ',') return fail("expected `,` or `}`");
        ++at_;
        next = peek();
        if (next == '}') return fail("trailing comma");
    }
    if (next != '"') return fail("key must be a string");
    key.clear();
    if (!parse_string(key)) return false;
    if (peek() != ':') return fail("expected `:`");
    ++at_;
    return true;
}

bool SerdeJsonReader::next_element(bool first, bool& more) {
    if (failed()) return false;
    const char next = peek();
    more = next != ']';
    if (!more) {
        ++at_;
        ++depth_left_;
        return true;
    }
    if (first) return true;
    if (next != ',') return fail("expected `,` or `]`");
    ++at_;
    return peek() != ']' || fail("trailing comma");
}

bool SerdeJsonReader::parse_literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail("expected ident");
    at_ += word.size();
    return true;
}

bool SerdeJsonReader::parse(JsonValue& value) {
    if (failed()) return false;
    switch (const char first = peek()) {
        case 'n': value.value = nullptr; return parse_literal("null");
        case 't': value.value = true; return parse_literal("true");
        case 'f': value.value = false; return parse_literal("false");
        case '[': return parse_array(value);
        case '{': return parse_object(value);
        case '"': return parse_string(value.value.emplace<std::string>());
        default:
            if (first == '-' || is_digit(first)) return parse_number(value);
            return fail(at_ == text_.size() ? "EOF while parsing a value" : "expected value");
    }
}

bool SerdeJsonReader::parse_array(JsonValue& value) {
    auto& array = value.value.emplace<JsonValue::Array>();
    if (!enter('[')) return false;
    for (bool more = true, first = true;; first = false) {
        if (!next_element(first, more)) return false;
        if (!more) return true;
        if (!parse(array.emplace_back())) return false;
    }
}

bool SerdeJsonReader::parse_object(JsonValue& value) {
    auto& object = value.value.emplace<JsonValue::Object>();
    if (!enter('{')) return false;
    std::string key;
    for (bool more = true, first = true;; first = false) {
        if (!next_key(first, more, key)) return false;
        if (!more) return true;
        object.keys.push_back(key);
        if (!parse(object.values.emplace_back())) return false;
    }
}

bool SerdeJsonReader::parse_string(std::string& out) {
    ++at_;  // The quote.
    const std::size_t from = out.size();
    for (;;) {
        if (at_ == text_.size()) return fail("EOF while parsing a string");
        const char c = text_[at_];
        if (c == '"') break;
        if (static_cast<unsigned char>(c) < 0x20) {
            return fail("control character (\\u0000-\\u001F) found while parsing a string");
        }
        ++at_;
        if (c != '\\')
            out += c;
        else if (!parse_escape(out))
            return false;
    }
    ++at_;
    return is_utf8(std::string_view(out).substr(from)) || fail("invalid unicode code point");
}

bool SerdeJsonReader::parse_escape(std::string& out) {
    if (at_ == text_.size()) return fail("EOF while parsing a string");
    const char c = text_[at_++];
    switch (c) {
        case '"':
        case '\\':
        case '/': out += c; return true;
        case 'b': out += '\b'; return true;
        case 'f': out += '\f'; return true;
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'u': return parse_unicode_escape(out);
        default: return fail("invalid escape");
    }
}

bool SerdeJsonReader::parse_hex4(unsigned& code) {
    if (text_.size() - at_ < 4) return fail("EOF while parsing a string");
    code = 0;
    const char* const begin = text_.data() + at_;
    const auto read = std::from_chars(begin, begin + 4, code, 16);
    if (read.ec != std::errc{} || read.ptr != begin + 4) return fail("invalid escape");
    at_ += 4;
    return true;
}

bool SerdeJsonReader::parse_unicode_escape(std::string& out) {
    unsigned code = 0;
    if (!parse_hex4(code)) return false;
    if (code >= 0xDC00 && code <= 0xDFFF) return fail("lone leading surrogate in hex escape");
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (text_.substr(at_, 2) != "\\u") return fail("unexpected end of hex escape");
        at_ += 2;
        unsigned low = 0;
        if (!parse_hex4(low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return fail("lone leading surrogate in hex escape");
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
    }
    append_utf8(out, code);
    return true;
}

bool SerdeJsonReader::scan_number(std::string_view& number, bool& floating) {
    const std::size_t begin = at_;
    const auto digits = [this] {
        const std::size_t from = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ != from;
    };
    const auto at = [this](std::string_view any) {
        return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
    };
    floating = false;
    if (at("-")) ++at_;
    if (at("0")) {
        ++at_;
        if (at("0123456789")) return fail("invalid number");
    } else if (!digits()) {
        return fail("invalid number");
    }
    if (at(".")) {
        ++at_;
        floating = true;
        if (!digits()) return fail("invalid number");
    }
    if (at("eE")) {
        ++at_;
        floating = true;
        if (at("+-")) ++at_;
        if (!digits()) return fail("invalid number");
    }
    number = text_.substr(begin, at_ - begin);
    return true;
}

bool SerdeJsonReader::parse_number(JsonValue& value) {
    std::string_view number;
    bool floating = false;
    if (!scan_number(number, floating)) return false;
    const char* const begin = number.data();
    const char* const stop = begin + number.size();
    // Integers that do not fit, and -0, are doubles.
    if (!floating && *begin == '-') {
        std::int64_t integer = 0;
        if (std::from_chars(begin, stop, integer).ec == std::errc{} && integer != 0) {
            value.value = integer;
            return true;
        }
    } else if (!floating) {
        std::uint64_t integer = 0;
        if (std::from_chars(begin, stop, integer).ec == std::errc{}) {
            value.value = integer;
            return true;
        }
    }
    const auto nearest = double_of(number);
    if (!nearest) return fail("number out of range");
    value.value = *nearest;
    return true;
}

bool SerdeJsonReader::ignore_string() {
    for (++at_; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '"') {
            ++at_;
            return true;
        }
        if (static_cast<unsigned char>(c) < 0x20) return fail("control character in a string");
        if (c != '\\') continue;
        if (++at_ == text_.size()) break;
        const char escape = text_[at_];
        if (escape == 'u') {
            ++at_;
            unsigned code = 0;
            if (!parse_hex4(code)) return false;
            --at_;
        } else if (std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) {
            return fail("invalid escape");
        }
    }
    return fail("EOF while parsing a string");
}

bool SerdeJsonReader::ignore_scalar(char first) {
    std::string_view number;
    bool floating = false;
    switch (first) {
        case 'n': return parse_literal("null");
        case 't': return parse_literal("true");
        case 'f': return parse_literal("false");
        case '"': return ignore_string();
        default:
            if (first == '-' || is_digit(first)) return scan_number(number, floating);
            return fail("expected value");
    }
}

bool SerdeJsonReader::ignore() {
    if (failed()) return false;
    // Without recursion, since there is no limit to the depth of what is ignored.
    std::string open;
    for (bool first = true;;) {
        const char next = peek();
        if (next == '{' || next == '[') {
            open += next;
            ++at_;
            first = true;
        } else {
            if (!ignore_scalar(next)) return false;
            first = false;
        }
        // Close what ends here, then step to the next value if anything is still open.
        for (;;) {
            if (open.empty()) return true;
            const char close = open.back() == '{' ? '}' : ']';
            if (peek() != close) break;
            ++at_;
            open.pop_back();
            first = false;
        }
        if (!first) {
            if (peek() != ',') return fail("expected `,` or a closing bracket");
            ++at_;
        }
        if (open.back() == '{') {
            if (peek() != '"') return fail("key must be a string");
            if (!ignore_string()) return false;
            if (peek() != ':') return fail("expected `:`");
            ++at_;
        }
    }
}

}  // namespace muster::detail
