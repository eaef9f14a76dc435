// Numbers and names as people read them in a terminal: ages, shares, counts, and foreign text made
// harmless.
//
// Pure functions; any thread. What is not known is "-", never 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

/// "42ms", "3.2s", "2m10s", "3h05m", "2d04h": about three digits, whatever the size.
[[nodiscard]] std::string age_text(Duration age);
[[nodiscard]] std::string age_text(std::optional<double> age_ms);

[[nodiscard]] std::string count_text(std::optional<std::uint64_t> count);
/// "37/256", "-/256", "37/-"; "-" if neither is known.
[[nodiscard]] std::string ratio_text(std::optional<std::uint64_t> part,
                                     std::optional<std::uint64_t> whole);
/// "41.3%" of a fraction 0-1.
[[nodiscard]] std::string percent_text(std::optional<double> fraction);
/// A rate of a second to three digits, "2.5", "1234"; a dash if it is unknown.
[[nodiscard]] std::string rate_text(std::optional<double> rate);

/// The text without control characters (also those beyond ASCII, and those that turn the direction
/// of writing) and broken UTF-8, each replaced by '?': a name that somebody else chose must not
/// move the cursor.
[[nodiscard]] std::string harmless(std::string_view text);

/// Columns that it takes on a screen: none for what is drawn over the character before, two for
/// East Asian characters and pictures, else one. REQUIRES: harmless.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

/// The longest beginning that takes at most so many columns. REQUIRES: harmless.
[[nodiscard]] std::string first_columns(std::string_view text, std::size_t columns);

/// At most `columns` wide: ".." in the middle stands for what is left out, because both ends of an
/// id tell workers apart. REQUIRES: harmless.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

/// The same for sentences, which say most at their beginning: ".." stands at the end.
[[nodiscard]] std::string shortened_at_end(std::string_view text, std::size_t columns);

/// "10:15:02.114", UTC.
[[nodiscard]] std::string clock_text(WallTime time);

}  // namespace muster
