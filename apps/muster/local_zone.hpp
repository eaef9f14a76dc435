// LocalZone: the time zone of this machine or of TZ, behind the port that moments are read by.
#pragma once

#include "muster/wire/moment_text.hpp"

namespace muster {

/// Thread rule: any.
class LocalZone final : public TimeZone {
public:
    [[nodiscard]] std::chrono::seconds offset_at(WallTime when) const override;
};

/// The machine's wall clock.
[[nodiscard]] WallTime wall_time_now();

}  // namespace muster
