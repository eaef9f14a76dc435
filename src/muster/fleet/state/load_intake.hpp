// Load intake: one record of one worker becomes what its row shows, or does not. Field checks, the
// zeros of a starting worker, news or confirmation, and the suspicion of being frozen.
#pragma once

#include <cstdint>
#include <optional>

#include "muster/fleet/report.hpp"
#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {

struct LoadRecord {
    const Load& load;
    const SpecDecodePtr& spec_decode;
    Road road = Road::polled;
    Time holds_at{};  ///< The moment for which it surely holds: sent, or received.
    Time received{};
    Duration interval{};  ///< In force when it was asked.
    Duration patience{};  ///< The same.
    std::optional<std::uint64_t> requests_total;
    bool zeros_are_idle = false;            ///< As in Answer.
    std::optional<std::uint64_t> progress;  ///< The same.
};

/// REQUIRES: nothing that the row holds is newer than the record.
Verdict take_load(FleetParts& parts, ComponentRecord& component, InstanceRecord& instance,
                  WorkerRow& row, const LoadRecord& record);

/// The row's load (or, where triggers_only, its trigger fields) held at `when` too.
void confirm_load(WorkerRow& row, Time when);

}  // namespace muster
