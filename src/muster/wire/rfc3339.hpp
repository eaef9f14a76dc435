// Times as RFC 3339 text, read and written. Pure; used for `started` of a service and by every
// surface that shows a wall clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

/// Takes `T`, `t` or a space between date and time, no fraction or one
/// of any length (digits beyond the ninth are dropped), and `Z`, `z` or an offset `+hh:mm`. Absent
/// for everything else, for a leap second, and for what lies in UTC outside of the years 1678-2261
/// (64 bits of ns).
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text) noexcept;

/// `2026-11-23T10:15:02.114Z`, with exactly `digits` (0-9) digits of the second's fraction, cut off
/// rather than rounded.
void append_rfc3339(std::string& out, WallTime time, int digits = 3);

/// As a Dynamo worker writes it: nanoseconds without trailing zeros, no point if there are none.
void append_rfc3339_trimmed(std::string& out, WallTime time);

}  // namespace muster
