// ANSI sequences that every terminal of the last thirty years knows, and no library.
#include "top/frame_writer.hpp"

#include <fmt/format.h>

#include <string_view>

namespace muster {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kReverse = "\x1b[7m";

std::string_view start_of(Tone tone, bool color) {
    switch (tone) {
        case Tone::plain: return "";
        case Tone::dim: return "\x1b[2m";
        case Tone::strong: return "\x1b[1m";
        case Tone::good: return color ? "\x1b[32m" : "";
        case Tone::warning: return color ? "\x1b[33m" : "";
        case Tone::bad: break;
    }
    return color ? "\x1b[1;31m" : "\x1b[1m";
}

}  // namespace

std::string FrameWriter::line_bytes(const StyledLine& line) const {
    std::string bytes;
    const std::string_view ground = line.selected() ? kReverse : std::string_view();
    bytes += ground;
    for (const StyledPiece& piece : line.pieces()) {
        const std::string_view start = start_of(piece.tone, look_.color);
        bytes += start;
        bytes += look_.glyphs == Glyphs::ascii ? ascii_only(piece.text) : piece.text;
        if (!start.empty()) {
            bytes += kReset;
            bytes += ground;
        }
    }
    if (line.selected()) bytes += kReset;
    return bytes;
}

std::string FrameWriter::update(const Frame& frame, std::size_t columns) {
    std::string bytes;
    if (forgotten_ || columns != columns_ || shown_.size() != frame.size()) {
        bytes = "\x1b[0m\x1b[2J";
        shown_.assign(frame.size(), std::string());
        columns_ = columns;
        forgotten_ = false;
    }
    for (std::size_t row = 0; row < frame.size(); ++row) {
        std::string line = line_bytes(frame[row]);
        if (line == shown_[row]) continue;
        bytes += fmt::format("\x1b[{};1H", row + 1);
        bytes += line;
        // A cursor that waits behind the last column would have that column cleared.
        if (frame[row].columns() < columns) bytes += "\x1b[K";
        shown_[row] = std::move(line);
    }
    return bytes;
}

}  // namespace muster
