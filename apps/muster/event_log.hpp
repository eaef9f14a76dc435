// EventLog: what happens in the fleet, told on the log of `serve`, as much of it as the log's level
// asks for.
//
// Belongs to one thread. At level debug it also tells which rules decided something, now and then.
#pragma once

#include <string>
#include <vector>

#include "log_record.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/rule_counts.hpp"
#include "stderr_log.hpp"

namespace muster {

/// How loud an event is: what an operator should look at is a warning.
[[nodiscard]] LogLevel level_of(FleetEventKind kind) noexcept;

/// `warning [fleet] worker lost: worker=dynamo/backend/7 detail="silent for 10 s"`; a source's own
/// events have its id for `fleet`.
[[nodiscard]] LogRecord record_of(const FleetEvent& event);

/// "load_changed +12, round_missed +1": what decided something since `before`; empty if nothing.
[[nodiscard]] std::string rules_line(const RuleCounts& before, const RuleCounts& now);

class EventLog {
public:
    /// `log` must outlive it.
    explicit EventLog(StderrLog& log) noexcept : log_(log) {}

    /// A lost connection of which the source has just told is not told again.
    void tell(const std::vector<FleetEvent>& events);
    /// At level debug, at most every 10 s.
    void tell_rules(const RuleCounts& counts, Time now);

private:
    StderrLog& log_;
    RuleCounts rules_told_;
    Time rules_told_at_ = kNever;
};

}  // namespace muster
