// Bars count in eighths of a column, sparklines in eight heights.
#include "top/bars.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>

#include "people_text.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 8> kEighths = {"",       "\u258f", "\u258e", "\u258d",
                                                      "\u258c", "\u258b", "\u258a", "\u2589"};
constexpr std::string_view kFull = "\u2588";
constexpr std::string_view kEmpty = "\u00b7";
constexpr std::array<std::string_view, 8> kHeights = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                      "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::array<std::string_view, 8> kAsciiHeights = {"_", ".", ":", "-", "=", "+", "*", "#"};

// Of `parts` equal parts, how many a share fills: none only for 0, all only for 1.
std::size_t filled_parts(double share, std::size_t parts) {
    if (parts == 0 || !(share > 0.0)) return 0;
    if (share >= 1.0) return parts;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(parts));
    return std::clamp<std::size_t>(filled, 1, parts > 1 ? parts - 1 : 1);
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += piece;
    return text;
}

}  // namespace

void add_bar(StyledLine& line, std::optional<double> share, std::size_t columns, Tone tone,
             Glyphs glyphs) {
    if (!share || !std::isfinite(*share)) {
        line.add(std::string(columns, ' '));
        return;
    }
    if (glyphs == Glyphs::ascii) {
        // Half columns: '#' is a whole one, ':' a half.
        const std::size_t halves = filled_parts(*share, columns * 2);
        const std::string filled = std::string(halves / 2, '#') + (halves % 2 == 1 ? ":" : "");
        line.add(filled, tone);
        line.add(std::string(columns - filled.size(), '.'), Tone::dim);
        return;
    }
    const std::size_t eighths = filled_parts(*share, columns * 8);
    std::string filled = repeated(kFull, eighths / 8);
    filled += kEighths[eighths % 8];
    line.add(filled, tone);
    line.add(repeated(kEmpty, columns - (eighths + 7) / 8), Tone::dim);
}

std::string sparkline(std::span<const std::optional<double>> shares, Glyphs glyphs) {
    std::string text;
    for (const std::optional<double>& share : shares) {
        if (!share || !std::isfinite(*share)) {
            text += ' ';
            continue;
        }
        const auto height = static_cast<std::size_t>(std::clamp(*share, 0.0, 1.0) * 7.999);
        text += glyphs == Glyphs::blocks ? kHeights[height] : kAsciiHeights[height];
    }
    return text;
}

Glyphs glyphs_of_locale(const char* lc_all, const char* lc_ctype, const char* lang) {
    for (const char* const value : {lc_all, lc_ctype, lang}) {
        if (value == nullptr || *value == '\0') continue;
        std::string name(value);
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        const bool utf8 =
            name.find("UTF-8") != std::string::npos || name.find("UTF8") != std::string::npos;
        return utf8 ? Glyphs::blocks : Glyphs::ascii;
    }
    return Glyphs::ascii;
}

std::string ascii_only(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
        std::size_t bytes = 1;
        while (!ascii && bytes < text.size() &&
               (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) {
            ++bytes;
        }
        if (ascii)
            plain += text.front();
        else
            plain += std::string(columns_of(text.substr(0, bytes)), '?');
        text.remove_prefix(bytes);
    }
    return plain;
}

}  // namespace muster
