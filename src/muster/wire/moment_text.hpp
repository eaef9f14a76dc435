// Moments as people give them and read them: RFC 3339, a local time of day, "so long ago".
//
// One reading for every flag that takes a TIME. Pure: the zone and the present are parameters; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster {

/// The rules by which some place's clocks show the time.
class TimeZone {
public:
    virtual ~TimeZone() = default;
    /// What is added to UTC there at that moment.
    [[nodiscard]] virtual std::chrono::seconds offset_at(WallTime when) const = 0;
};

class UtcZone final : public TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime /*when*/) const override {
        return std::chrono::seconds(0);
    }
};

/// Reads RFC 3339 (`2026-11-23T03:12:00+01:00`), a local `03:12` or `03:12:30` (the last such
/// moment that is not after `now`; where clocks were set back and it was twice, the later), or a
/// duration
/// (`15m`: so long before `now`). Fails (bad_input) in a few words that do not repeat the text.
[[nodiscard]] Result<WallTime> parse_moment(std::string_view text, WallTime now,
                                            const TimeZone& zone);

/// In full, as the zone's clocks showed it: `2026-11-23T03:12:00.114+01:00`; with exactly `digits`
/// (0-9) of the second's fraction.
void append_moment(std::string& out, WallTime when, const TimeZone& zone, int digits = 0);

}  // namespace muster
