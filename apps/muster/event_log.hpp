// EventLog: what happens in the fleet, told on stderr, one line each, as much of it as the log's
// level asks for.
//
// Belongs to one thread. At level debug it also tells which rules decided something, now and then.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/rule_counts.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "stderr_log.hpp"

namespace muster {

/// How loud an event is: what an operator should look at is a warning.
[[nodiscard]] LogLevel level_of(FleetEventKind kind) noexcept;

/// "10:15:02.114 worker lost: dynamo/backend/7: silent for 10 s"
[[nodiscard]] std::string event_line(const FleetEvent& event, const WallClock& wall_clock);

/// "load_changed +12, round_missed +1": what decided something since `before`; empty if nothing.
[[nodiscard]] std::string rules_line(const RuleCounts& before, const RuleCounts& now);

class EventLog {
public:
    /// `log` must outlive it.
    explicit EventLog(const StderrLog& log) noexcept : log_(log) {}

    /// At most some at once: a fleet of 10,000 that comes or goes must not fill a terminal or a
    /// disk. A lost connection of which the source has just told is not told again.
    void tell(const std::vector<FleetEvent>& events, const WallClock& wall_clock) const;
    /// At level debug, at most every 10 s.
    void tell_rules(const RuleCounts& counts, Time now);

private:
    const StderrLog& log_;
    RuleCounts rules_told_;
    Time rules_told_at_ = kNever;
};

/// "error", "warning", "info" or "debug".
[[nodiscard]] std::optional<LogLevel> log_level_of(std::string_view name) noexcept;

}  // namespace muster
