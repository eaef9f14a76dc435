// What is wrong with a fleet, in words, worst first: the first lines of the screen.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "muster/wire/fleet_document.hpp"
#include "top/styled_line.hpp"
#include "top/view_link.hpp"

namespace muster {

struct Trouble {
    std::string words;          ///< Harmless.
    Tone tone = Tone::warning;  ///< `bad`: numbers are missing or old. `dim`: somebody meant it.
};

/// Views that do not come, sources in trouble, workers that are missing, stale, unknown, flagged,
/// late, lost. Empty: all is well.
[[nodiscard]] std::vector<Trouble> troubles_of(const FleetDocument& fleet, const ViewLink& link);

/// At most `lines` lines; what finds no line of its own is counted in the last. With no trouble
/// one line says so.
[[nodiscard]] std::vector<StyledLine> trouble_lines(const std::vector<Trouble>& troubles,
                                                    std::size_t lines, std::size_t columns);

/// All of each trouble, on as many lines as it takes.
[[nodiscard]] std::vector<StyledLine> whole_trouble_lines(const std::vector<Trouble>& troubles,
                                                          std::size_t columns);

}  // namespace muster
