// What happened, for the log and the journal: transitions with their reasons, in words and facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "muster/base/time.hpp"

namespace muster {

enum class FleetEventKind : std::uint8_t {
    worker_appeared,
    worker_returned,   ///< From a tombstone.
    worker_restarted,  ///< A new generation.
    worker_renamed,    ///< A rank became known.
    worker_lost,
    worker_state,  ///< fresh, late, stale, unknown.
    flag_raised,
    flag_cleared,
    source_connected,
    source_suspect,
    source_disconnected,
    mass_silence_began,
    mass_silence_ended,
    interval_changed,
    workers_missing,   ///< Fewer of a component than expected, or another number of them.
    workers_complete,  ///< As many as expected again.
};

struct FleetEvent {
    FleetEventKind kind = FleetEventKind::worker_appeared;
    Time when{};
    std::string subject;  ///< Worker id, source id or component name.
    std::string detail;   ///< One line for people.
};

/// Kept between two take_events(); the oldest are dropped above it.
inline constexpr std::size_t kEventsMax = 10'000;

}  // namespace muster
