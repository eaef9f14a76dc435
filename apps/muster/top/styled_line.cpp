// Widths are counted once, when a piece is added.
#include "top/styled_line.hpp"

#include "people_text.hpp"

namespace muster {

void StyledLine::add(std::string_view text, Tone tone) {
    if (text.empty()) return;
    columns_ += columns_of(text);
    if (!pieces_.empty() && pieces_.back().tone == tone)
        pieces_.back().text += text;
    else
        pieces_.push_back({std::string(text), tone});
}

void StyledLine::add(const StyledLine& line) {
    for (const StyledPiece& piece : line.pieces_) add(piece.text, piece.tone);
}

void StyledLine::fill_to(std::size_t column) {
    if (columns_ < column) add(std::string(column - columns_, ' '));
}

void StyledLine::cut_to(std::size_t columns) {
    if (columns_ <= columns) return;
    std::vector<StyledPiece> kept;
    std::size_t room = columns;
    for (StyledPiece& piece : pieces_) {
        const std::size_t width = columns_of(piece.text);
        if (width > room) piece.text = first_columns(piece.text, room);
        if (!piece.text.empty()) kept.push_back(std::move(piece));
        if (width >= room) break;
        room -= width;
    }
    pieces_ = std::move(kept);
    columns_ = 0;
    for (const StyledPiece& piece : pieces_) columns_ += columns_of(piece.text);
}

void StyledLine::shorten_to(std::size_t columns) {
    if (columns_ <= columns) return;
    cut_to(columns > 2 ? columns - 2 : columns);
    if (columns > 2 && !pieces_.empty()) add("..", pieces_.back().tone);
}

std::string StyledLine::text() const {
    std::string text;
    for (const StyledPiece& piece : pieces_) text += piece.text;
    return text;
}

std::string in_columns(std::string_view text, std::size_t columns, bool right) {
    std::string cell = shortened(text, columns);
    const std::size_t used = columns_of(cell);
    const std::string blanks(columns > used ? columns - used : 0, ' ');
    return right ? blanks + cell : cell + blanks;
}

}  // namespace muster
