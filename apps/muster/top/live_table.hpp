// The live table on a terminal: feed, model, frame and keys put together. `muster top` is this,
// `muster demo` is this with a story below.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "error_report.hpp"
#include "fleet_feed.hpp"
#include "muster/base/clock.hpp"
#include "muster/wire/fleet_document.hpp"
#include "top/fleet_follower.hpp"
#include "top/past_moment.hpp"
#include "top/styled_line.hpp"

namespace muster {

struct LiveTable {
    FleetFollower::Options follow;
    std::string place;  ///< See ViewLink.
    bool color = true;  ///< Unless the terminal or NO_COLOR say otherwise.
    /// A table of the past: the moment of the first view. With `seek`, which is called when keys
    /// step to another.
    std::optional<PastMoment> past;
    std::function<void(WallTime when)> seek;
    /// Called before each frame, and at least five times a second: lines below the table. May be
    /// empty.
    std::function<std::vector<StyledLine>(Time now)> panel;
};

/// Runs until q, the stop, or the end of the terminal. `first` is shown at once. REQUIRES:
/// stdout_is_terminal(), the main thread, and no other thread that TerminalSignalsHeld was not made
/// before.
[[nodiscard]] ExitCode run_live_table(FollowedFeed& feed, FleetDocument first,
                                      const LiveTable& table, const Clock& clock,
                                      const std::stop_token& stop);

}  // namespace muster
