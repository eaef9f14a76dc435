// RestoredFleet: what an earlier run of muster knew, on its way from the journal into a new state.
//
// A plain value; io/journal reads it, FleetState::restore takes it. Every time in it is on the
// clock of the run that restores, and may lie before that run, or before the machine's start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/cordon.hpp"
#include "muster/fleet/load.hpp"
#include "muster/fleet/report.hpp"
#include "muster/fleet/tombstone.hpp"
#include "muster/fleet/worker_identity.hpp"

namespace muster {

struct RestoredWorker {
    WorkerIdentity identity;  ///< `source` and `component_id` are of the earlier run: not read.
    std::string source;       ///< SourceSpec::id
    Load load;
    Time as_of = kNever;  ///< kNever: no load was known.
    Time known_at = kNever;
    Time alive_at = kNever;
    std::uint32_t generation = 1;
    std::uint64_t sequence = 0;
    Duration interval{};
    Duration patience{};
    Road road = Road::polled;
    bool triggers_only = false;
    std::optional<std::int64_t> started;
    std::optional<std::uint64_t> requests_total;
};

/// A source of the earlier run. One with the same id is the same only if its target is.
struct RestoredSource {
    std::string id;
    std::string target;
};

struct RestoredFleet {
    Time heard_until = kNever;  ///< When the earlier run last looked. kNever: nobody knows.
    std::vector<RestoredSource> sources;
    std::vector<RestoredWorker> workers;
    Tombstones tombstones;
    std::vector<Cordon> cordons;
};

}  // namespace muster
