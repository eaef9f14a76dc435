// FrameWriter: frames as bytes for a terminal, only the lines that are not what they were.
//
// Pure: it remembers what the terminal shows by its own account. Belongs to one thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "top/bars.hpp"
#include "top/styled_line.hpp"

namespace muster {

class FrameWriter {
public:
    struct Look {
        bool color = true;  ///< False: bold, dim and reverse remain.
        Glyphs glyphs = Glyphs::blocks;
    };

    explicit FrameWriter(Look look) noexcept : look_(look) {}

    /// What the terminal must get to show `frame`; empty if it shows it already. `columns` is the
    /// terminal's width, which no line exceeds.
    [[nodiscard]] std::string update(const Frame& frame, std::size_t columns);
    /// The terminal shows something else now: the next update clears it and writes everything.
    void forget() noexcept { forgotten_ = true; }

    [[nodiscard]] Glyphs glyphs() const noexcept { return look_.glyphs; }

    /// One line without position, as it is printed where no screen is.
    [[nodiscard]] std::string line_bytes(const StyledLine& line) const;

private:
    Look look_;
    bool forgotten_ = true;
    std::size_t columns_ = 0;
    std::vector<std::string> shown_;
};

}  // namespace muster
