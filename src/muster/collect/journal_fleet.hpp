// JournalFleet: the fleet at one moment as the journal knows it: what the encoder wrote last, what
// a decoder has read so far.
//
// Place in the data path: FleetView -> JournalEncoder -> bytes -> JournalDecoder -> JournalFleet ->
// a view of the past, or what a new run restores. A plain value; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/restored_fleet.hpp"

namespace muster {

/// How old something was. A worker that answers confirms its load at every question; to write each
/// of these moments would cost more than all loads. So while it is fresh only a bound is kept, and
/// moments exactly as soon as it is not: no age is ever told younger than it was, no state wrongly.
struct JournalAge {
    bool live = false;
    Duration bound{};     ///< If live: at any sample it was at most so old.
    Time since = kNever;  ///< If not: known at this moment, and not since. kNever: not known.

    /// The moment for which it holds, told by a sample taken at `sample`.
    [[nodiscard]] Time moment(Time sample) const noexcept { return live ? sample - bound : since; }
    friend bool operator==(const JournalAge&, const JournalAge&) = default;
};

struct JournalRow {
    std::shared_ptr<const WorkerIdentity> identity;
    Load load;
    JournalAge known;  ///< Of the load; without one: never.
    JournalAge alive;
    std::uint64_t sequence = 0;
    std::uint32_t generation = 0;
    std::uint32_t interval_us = 0;
    std::uint32_t patience_us = 0;
    std::uint32_t missed = 0;  ///< Above 16 rounded down to a power of two.
    Road road = Road::polled;
    WorkerFlags flags;
    FlagTimes flag_times = kNoFlagTimes;
    bool cut_off = false;
    bool triggers_only = false;
    Time as_of = kNever;  ///< Of the record, where only triggers are confirmed by silence.
    Time silent_since = kNever;
    std::optional<std::int64_t> started;
    /// As it was when the process was first seen, or the segment began.
    std::optional<std::uint64_t> requests_total;

    [[nodiscard]] bool has_load() const noexcept { return known.live || known.since != kNever; }
    friend bool operator==(const JournalRow&, const JournalRow&) = default;
};

struct JournalFleet {
    WallAnchor anchor;  ///< The moment of the sample, on both clocks of the run that took it.
    std::uint64_t version = 0;
    Duration stale_after{};
    std::vector<JournalRow> rows;  ///< By id.
    Tombstones tombstones;
    std::vector<SourceInfo> sources;  ///< Without counters.
    std::vector<ComponentInfo> components;
    Cordons cordons;
    std::vector<ExpectedInfo> expected;

    [[nodiscard]] Time time() const noexcept { return anchor.steady; }
};

/// The view at that moment; its ages and states are to be read at `fleet.time()`. Round trip times,
/// counters of sources and speculative decoding are not kept.
[[nodiscard]] FleetViewPtr view_of(const JournalFleet& fleet);

/// What a new run takes over. `shift` leads from the clock of the earlier run to that of the new.
[[nodiscard]] RestoredFleet restored_from(const JournalFleet& fleet, Duration shift);

}  // namespace muster
