// Lines of a screen before they are a terminal's: text in pieces, each with a tone. What a tone
// looks like is the frame writer's business; nothing may be told by a tone alone.
//
// Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

enum class Tone : std::uint8_t { plain, dim, strong, good, warning, bad };

struct StyledPiece {
    std::string text;
    Tone tone = Tone::plain;
};

class StyledLine {
public:
    StyledLine() = default;
    explicit StyledLine(std::string_view text, Tone tone = Tone::plain) { add(text, tone); }

    /// REQUIRES: harmless (people_text.hpp).
    void add(std::string_view text, Tone tone = Tone::plain);
    void add(const StyledLine& line);
    /// Blanks up to that column; nothing if the line is already there.
    void fill_to(std::size_t column);
    /// Leaves at most so many columns.
    void cut_to(std::size_t columns);
    /// The same, with ".." at the end of what was cut.
    void shorten_to(std::size_t columns);
    /// The whole line is the one the cursor stands on.
    void select() noexcept { selected_ = true; }

    [[nodiscard]] bool selected() const noexcept { return selected_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] const std::vector<StyledPiece>& pieces() const noexcept { return pieces_; }
    /// Without tones.
    [[nodiscard]] std::string text() const;

private:
    std::vector<StyledPiece> pieces_;
    std::size_t columns_ = 0;
    bool selected_ = false;
};

/// A screen, from its first row.
using Frame = std::vector<StyledLine>;

/// `text` in `columns` columns: shortened in the middle, blanks after it (or before, if `right`).
[[nodiscard]] std::string in_columns(std::string_view text, std::size_t columns,
                                     bool right = false);

}  // namespace muster
