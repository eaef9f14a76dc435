#include "muster/serve/media_range.hpp"

#include <algorithm>

#include "muster/io/http/http_message.hpp"

namespace muster {

namespace {

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts the first element off a list; elements are trimmed.
std::string_view take_element(std::string_view& list, char separator) noexcept {
    const auto end = list.find(separator);
    const std::string_view element = trim(list.substr(0, end));
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    return element;
}

}  // namespace

MediaRange take_media_range(std::string_view& list) noexcept {
    std::string_view text = take_element(list, ',');
    MediaRange range;
    range.type = take_element(text, ';');
    while (!text.empty()) {
        std::string_view value = take_element(text, ';');
        const std::string_view name = take_element(value, '=');
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        if (same_token(name, "version")) range.version = value;
        if (same_token(name, "q")) range.quality = read_quality(value);
    }
    return range;
}

bool prefers_html(std::string_view accept) noexcept {
    double html = 0.0;
    double text = 0.0;
    while (!accept.empty()) {
        const MediaRange range = take_media_range(accept);
        if (same_token(range.type, "text/html")) html = std::max(html, range.quality);
        if (same_token(range.type, "text/plain")) text = std::max(text, range.quality);
    }
    return html > 0.0 && html >= text;
}

}  // namespace muster
