// Shares as bars and rows of values as sparklines, in block characters or in plain ASCII.
//
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "top/styled_line.hpp"

namespace muster {

enum class Glyphs : std::uint8_t { ascii, blocks };

/// Exactly `columns` wide: the filled part in `tone`, the rest dim. A share above 0 shows at least
/// a trace, one below 1 never fills it; not known: blanks.
void add_bar(StyledLine& line, std::optional<double> share, std::size_t columns, Tone tone,
             Glyphs glyphs);

/// One character for each value, a share 0-1; a gap where it is not known.
[[nodiscard]] std::string sparkline(std::span<const std::optional<double>> shares, Glyphs glyphs);

/// What the environment says of the terminal's characters: UTF-8 by LC_ALL, LC_CTYPE or LANG (the
/// first that is not empty) is `blocks`.
[[nodiscard]] Glyphs glyphs_of_locale(const char* lc_all, const char* lc_ctype, const char* lang);

/// For a terminal that shows ASCII only: every other character becomes a '?' (two if it is wide).
[[nodiscard]] std::string ascii_only(std::string_view text);

}  // namespace muster
