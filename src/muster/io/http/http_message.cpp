// What of an HTTP message is decided without a socket: names, tokens, phrases.
//
// Pure functions; any thread.
#include "muster/io/http/http_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace muster {

namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The quality of a list element's parameters (";q=0.5"); 1 where none is told.
double quality_of(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const auto parameter = trim(parameters.substr(0, end));
        if (parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=') {
            return read_quality(parameter.substr(2));
        }
        if (end == std::string_view::npos) break;
        parameters.remove_prefix(end + 1);
    }
    return 1.0;
}

}  // namespace

bool same_token(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

double read_quality(std::string_view text) noexcept {
    // Else from_chars would read "nan" and "inf".
    if (text.find_first_of("0123456789.") != 0) return 0.0;
    double quality = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), quality);
    return quality <= 1.0 ? quality : 0.0;
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const noexcept {
    for (const HttpHeader& h : headers) {
        if (same_token(h.name, name)) return h.value;
    }
    return std::nullopt;
}

bool accepts_token(std::string_view header, std::string_view token) noexcept {
    bool any = false;
    while (!header.empty()) {
        const auto comma = header.find(',');
        const auto element = header.substr(0, comma);
        const auto semicolon = element.find(';');
        const auto name = trim(element.substr(0, semicolon));
        const bool wanted =
            semicolon == std::string_view::npos || quality_of(element.substr(semicolon + 1)) > 0.0;
        if (same_token(name, token)) return wanted;  // What is named beats the star.
        if (name == "*") any = wanted;
        if (comma == std::string_view::npos) break;
        header.remove_prefix(comma + 1);
    }
    return any;
}

std::string_view reason_phrase(unsigned status) noexcept {
    struct Phrase {
        unsigned status;
        std::string_view text;
    };
    static constexpr std::array kPhrases = {
        Phrase{200, "OK"},
        Phrase{201, "Created"},
        Phrase{204, "No Content"},
        Phrase{304, "Not Modified"},
        Phrase{400, "Bad Request"},
        Phrase{401, "Unauthorized"},
        Phrase{403, "Forbidden"},
        Phrase{404, "Not Found"},
        Phrase{405, "Method Not Allowed"},
        Phrase{406, "Not Acceptable"},
        Phrase{408, "Request Timeout"},
        Phrase{409, "Conflict"},
        Phrase{410, "Gone"},
        Phrase{413, "Content Too Large"},
        Phrase{415, "Unsupported Media Type"},
        Phrase{429, "Too Many Requests"},
        Phrase{431, "Request Header Fields Too Large"},
        Phrase{500, "Internal Server Error"},
        Phrase{501, "Not Implemented"},
        Phrase{503, "Service Unavailable"},
        Phrase{505, "HTTP Version Not Supported"},
    };
    const auto* found = std::ranges::find(kPhrases, status, &Phrase::status);
    return found == kPhrases.end() ? "Unknown" : found->text;
}

}  // namespace muster
