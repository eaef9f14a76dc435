// Splits and decodes a request's target.
//
// Pure functions; any thread.
#include "muster/io/http/url.hpp"

#include <array>
#include <cstddef>

namespace muster {

namespace {

/// More is no question of ours; without a bound one request could make thousands of strings.
constexpr std::size_t kParametersMax = 256;

constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool is_unreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
    return out;
}

Result<Target> parse_target(std::string_view target) {
    Target parsed;
    target = target.substr(0, target.find('#'));
    const auto question = target.find('?');
    parsed.path = target.substr(0, question);
    if (question == std::string_view::npos) return parsed;

    std::string_view query = target.substr(question + 1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty()) continue;
        if (parsed.parameters.size() == kParametersMax) {
            return fail(ErrorKind::bad_input, ErrorOrigin::client,
                        "too many parameters: give at most 256");
        }
        const auto equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals), true);
        if (!name) {
            return fail(ErrorKind::bad_input, ErrorOrigin::client,
                        "broken percent-escape in the name of a parameter: write %XX with two hex "
                        "digits");
        }
        auto value = equals == std::string_view::npos
                         ? std::optional<std::string>(std::string())
                         : percent_decode(pair.substr(equals + 1), true);
        if (!value) {
            return fail(ErrorKind::bad_input, ErrorOrigin::client,
                        *name + ": broken percent-escape: write %XX with two hex digits");
        }
        parsed.parameters.push_back({std::move(*name), std::move(*value)});
    }
    return parsed;
}

}  // namespace muster
