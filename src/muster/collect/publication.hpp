// Publication: when a changed state becomes a view.
//
// The first change after a quiet period is published at once, or with the rest of its burst if that
// is over within 0.4 ms. Under sustained load a view is frozen at most every max(floor, 20 x the
// CPU time of the last freeze), so that publication never takes more than 5 % of a core. Of the
// time in which none was frozen 2 ms are saved up: a burst that comes in pieces is shown piece by
// piece.
#pragma once

#include "muster/base/time.hpp"

namespace muster {

class Publication {
public:
    explicit Publication(Duration floor) noexcept : floor_(floor) {}

    /// Whether a change seen at `now` may be published: the gap has passed, and either no more is
    /// waiting to be received or the change has waited for the rest of its burst long enough.
    [[nodiscard]] bool due(Time now, bool queue_empty) const noexcept;
    /// When a change that is not due yet will be, at the latest.
    [[nodiscard]] Time due_at() const noexcept { return paid_until_; }
    /// Notes that something is waiting since `now` (the first call counts).
    void note_change(Time now) noexcept;
    void published(Time now, Duration freeze_cpu) noexcept;
    [[nodiscard]] bool pending() const noexcept { return waiting_since_ != kNever; }
    /// Since when the oldest change waits. REQUIRES: pending().
    [[nodiscard]] Time waiting_since() const noexcept { return waiting_since_; }
    /// Another floor, from the next publication on.
    void set_floor(Duration floor) noexcept { floor_ = floor; }

private:
    Duration floor_;
    // Each publication takes a gap of the time; up to here it is taken.
    Time paid_until_{};
    Time waiting_since_ = kNever;
};

}  // namespace muster
