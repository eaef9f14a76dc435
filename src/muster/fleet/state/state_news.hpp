// Which passages from one state to another are told one by one, and which as one sum.
//
// On a machine that is too slow for its network a thousand workers pass between fresh and late,
// some times a second each. Told one by one they would fill the journal, and nobody would read
// them. So a component has a number of single events for a while; what is more is told at its end
// in one event. One part of ComponentRecord; bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "muster/base/time.hpp"
#include "muster/fleet/freshness.hpp"

namespace muster {

struct FleetParts;
struct WorkerRow;

/// For so long single events are counted.
inline constexpr Duration kStateNewsFor = std::chrono::seconds(10);
/// So many are told singly: what a screen holds. As many again where stale or unknown is one of the
/// two states, so that a fleet that flickers does not hide a worker that goes stale.
inline constexpr std::uint32_t kStateNewsSingle = 20;

struct StateNews {
    using Passages = std::array<std::array<std::uint32_t, kWorkerStateCount>, kWorkerStateCount>;

    Time ends_at = kNotDue;    ///< Of the time that is counted now; kNotDue: none is.
    std::uint32_t blinks = 0;  ///< Told singly: between fresh and late.
    std::uint32_t others = 0;  ///< Told singly: the rest.
    Passages untold{};         ///< By state before, then by state after.
};

/// The worker was shown as `row.published_state` and is `state` now.
void tell_state(FleetParts& parts, WorkerRow& row, WorkerState state, Time now);

/// Tells the sums that are due.
void tell_state_sums(FleetParts& parts, Time now);
/// Tells all of them, also those that count on: nobody will be there to tell them later.
void tell_state_sums_now(FleetParts& parts, Time now);

}  // namespace muster
