// What happened, for the log and the journal: transitions with their reasons, in words and facts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
    workers_restored,  ///< From the journal of an earlier run.
    muster_started,
    muster_stopped,
    journal_gap,    ///< The journal could not be written for a while.
    trouble_began,  ///< A worker that is asked tells no load, and why.
    trouble_ended,
    workers_state,  ///< So many more of a component passed from one state to another.
};

inline constexpr std::size_t kFleetEventKindCount = 23;
inline constexpr std::array<std::string_view, kFleetEventKindCount> kFleetEventNames = {
    "worker_appeared",    "worker_returned",  "worker_restarted",    "worker_renamed",
    "worker_lost",        "worker_state",     "flag_raised",         "flag_cleared",
    "source_connected",   "source_suspect",   "source_disconnected", "mass_silence_began",
    "mass_silence_ended", "interval_changed", "workers_missing",     "workers_complete",
    "workers_restored",   "muster_started",   "muster_stopped",      "journal_gap",
    "trouble_began",      "trouble_ended",    "workers_state"};

/// As machines read it.
[[nodiscard]] constexpr std::string_view name_of(FleetEventKind kind) noexcept {
    return kFleetEventNames[static_cast<std::size_t>(kind)];
}

/// As people read it: "worker appeared".
[[nodiscard]] std::string words_of(FleetEventKind kind);

struct FleetEvent {
    FleetEventKind kind = FleetEventKind::worker_appeared;
    Time when{};
    std::string subject;  ///< Worker id, source id or component name.
    std::string detail;   ///< One line for people.
};

/// An event as it is told afterwards, perhaps by another process: by the wall clock.
struct PastEvent {
    FleetEventKind kind = FleetEventKind::worker_appeared;
    WallTime when{};
    std::string subject;
    std::string detail;

    friend bool operator==(const PastEvent&, const PastEvent&) = default;
};

/// Kept between two take_events(); the oldest are dropped above it.
inline constexpr std::size_t kEventsMax = 10'000;

}  // namespace muster
