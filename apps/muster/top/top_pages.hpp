// The pages behind the table: details of a worker, who was lost, sources and troubles, help. And
// the lines that stand around all of them.
//
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "top/bars.hpp"
#include "top/styled_line.hpp"
#include "top/top_model.hpp"

namespace muster {

struct PageText {
    std::string title;
    std::vector<StyledLine> lines;  ///< All of them; the frame shows what fits.
};

/// What model.page() shows. REQUIRES: it is not the table.
[[nodiscard]] PageText page_text(const TopModel& model, std::size_t columns, Glyphs glyphs);

[[nodiscard]] PageText details_page(const TopModel& model, std::size_t columns, Glyphs glyphs);
[[nodiscard]] PageText help_page(const TopModel& model, Glyphs glyphs);

/// How many workers, how they are, what is expected, where it all comes from.
[[nodiscard]] StyledLine summary_line(const TopModel& model);
/// Sums and means of the whole fleet.
[[nodiscard]] StyledLine totals_line(const TopModel& model, std::size_t columns, Glyphs glyphs);
/// "lost ID 2m22s ago: silent for 10 s".
[[nodiscard]] StyledLine lost_line(const LostEntry& lost, std::optional<WallTime> now,
                                   std::size_t columns);
/// Keys and time; what is typed; that the picture stands still.
[[nodiscard]] StyledLine footer_line(const TopModel& model, std::size_t columns, Time now);

}  // namespace muster
