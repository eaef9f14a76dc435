// The screen of the live table: a model and a size in, exactly that many lines out.
//
// Pure but for the model's scrolling, which is kept within what fits. Belongs to one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "muster/base/time.hpp"
#include "top/bars.hpp"
#include "top/styled_line.hpp"
#include "top/top_model.hpp"

namespace muster {

struct TopLook {
    std::size_t columns = 80;
    std::size_t rows = 24;
    Glyphs glyphs = Glyphs::ascii;
    /// Lines of whoever runs the table (the demo's story), above the last line.
    std::vector<StyledLine> panel;
};

/// `look.rows` lines of at most `look.columns` columns, at any size.
[[nodiscard]] Frame draw_top(TopModel& model, const TopLook& look, Time now);

/// The same table, whole, once, for where no screen is: `columns` 0 is as wide as needed.
[[nodiscard]] Frame print_top(const TopModel& model, std::size_t columns, Glyphs glyphs);

}  // namespace muster
