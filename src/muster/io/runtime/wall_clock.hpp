// WallClock hands out the anchor by which steady times are shown as wall times.
//
// The pair (steady, wall) is taken at start and again when the machine's wall clock has been set:
// small corrections (NTP slewing) do not move moments that were already shown, a real step does.
#pragma once

#include <mutex>

#include "muster/base/clock.hpp"
#include "muster/base/wall_anchor.hpp"

namespace muster {

/// Thread rule: any.
class WallClock {
public:
    /// Off by more than this, the anchor is taken anew. Smaller differences would only make the
    /// same moment print differently from one response to the next.
    static constexpr Duration kTolerance = std::chrono::milliseconds(50);

    /// `clock` must outlive this.
    explicit WallClock(const Clock& clock);

    /// The anchor in force now.
    [[nodiscard]] WallAnchor anchor() const;
    /// The wall time of `when`, by the anchor in force now.
    [[nodiscard]] WallTime wall_at(Time when) const { return anchor().wall_at(when); }
    [[nodiscard]] WallTime now() const { return wall_at(clock_.now()); }

    /// What anchor() does with a fresh pair: keeps `held` if it tells the same within kTolerance.
    [[nodiscard]] static WallAnchor choose(const WallAnchor& held,
                                           const WallAnchor& fresh) noexcept;

private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable WallAnchor held_;
};

}  // namespace muster
