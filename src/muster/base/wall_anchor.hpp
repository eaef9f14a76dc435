// WallAnchor: one moment on both clocks, so that a steady time can be shown as a wall time.
//
// io/runtime takes one at start; writers of JSON, logs and tables use it to print moments. Only for
// showing: nothing is decided by a wall time. A plain value; any thread.
#pragma once

#include "muster/base/time.hpp"

namespace muster {

struct WallAnchor {
    Time steady{};
    WallTime wall{};

    /// What the wall clock says, or said, at `when`. REQUIRES: `when` is neither kNever nor
    /// kNotDue, and within a century of the anchor.
    [[nodiscard]] constexpr WallTime wall_at(Time when) const noexcept {
        return wall + (when - steady);
    }
    friend constexpr bool operator==(const WallAnchor&, const WallAnchor&) = default;
};

}  // namespace muster
