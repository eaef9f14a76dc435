// Durations as people write them: a number with its unit, "250ms", "1m30s", "0.5s".
//
// One reading for command-line flags, query parameters and fault scripts. Pure functions; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

/// Reads one or more numbers, each with a unit (ns, us, ms, s, m, h, d), in falling order of units.
/// Nothing for anything else: a bare number (except 0), a sign, a blank, more than 10 years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;

/// The shortest text that parse_duration reads back as exactly `duration` ("1m30s", "0").
/// A negative duration is printed as "0".
[[nodiscard]] std::string print_duration(Duration duration);

}  // namespace muster
