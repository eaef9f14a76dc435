// The fleet as a table for people, and its changes as lines.
//
// Pure: a FleetDocument in, text out; `muster get` and `muster demo` print it. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

struct TableStyle {
    bool wide = false;          ///< More columns: hit rate, life, round trip, misses, source...
    bool color = false;         ///< ANSI colours for states and troubles.
    std::size_t columns = 0;    ///< Of the screen; 0: as wide as needed.
    std::size_t rows_max = 0;   ///< Of workers; 0: all. What is left out is counted in a last line.
    std::size_t lost_max = 10;  ///< Of lost workers, newest first; and of cordoned ones.
};

/// First the sources, those with troubles first, and the number of workers by state: one line, or
/// one each where the screen is too narrow. Then the workers by id; then who is cordoned and why;
/// then who was lost, when and why. Ends with a newline.
[[nodiscard]] std::string fleet_table(const FleetDocument& fleet, const TableStyle& style);

/// The first line alone, without a newline or colours.
[[nodiscard]] std::string fleet_summary(const FleetDocument& fleet);

/// "61 workers: 58 fresh, 3 stale; 2 lost".
[[nodiscard]] std::string workers_words(const FleetDocument& fleet);

/// "nats-1 disconnected for 12s: connection refused (nats://...)", as of `now`. The address once.
[[nodiscard]] std::string source_words(const SourceEntry& source, std::optional<WallTime> now);

/// The state of a source as far as we care: one that speaks of mass silence is suspect.
[[nodiscard]] std::string state_of(const SourceEntry& source);

/// How long ago, not below zero; both must be known.
[[nodiscard]] std::optional<Duration> ago(std::optional<WallTime> then,
                                          std::optional<WallTime> now);

/// One line, without a newline, for each worker and source of `after` that is not as in `before`
/// (ages and counters aside), and for each worker that left, in id order. With an empty `before`
/// everything is told.
[[nodiscard]] std::vector<std::string> change_lines(const FleetDocument& before,
                                                    const FleetDocument& after);

}  // namespace muster
