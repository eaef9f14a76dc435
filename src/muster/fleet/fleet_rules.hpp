// What FleetState judges by, all of which a user may set: times, limits, labels, expectations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/expectation.hpp"
#include "muster/fleet/labels.hpp"

namespace muster {

struct FleetRules {
    /// Fixed interval between two questions; absent: max(250 ms, workers / 5,000 s), at most 2 s,
    /// and 1 s while pushes told every difference first.
    std::optional<Duration> interval;
    Duration patience = std::chrono::milliseconds(300);
    Duration stale_after = std::chrono::seconds(2);
    Duration lost_after = std::chrono::seconds(10);
    Duration mass_lost_after = std::chrono::seconds(60);
    Duration frozen_after = std::chrono::seconds(30);
    Duration rank_unheard_after = std::chrono::minutes(15);
    Duration tombstone_kept_for = std::chrono::minutes(15);
    /// What an earlier run knew is shown (as restored) if that run ended at most so long ago.
    Duration restored_within = std::chrono::minutes(15);
    std::size_t workers_max = kWorkersMax;
    std::size_t tombstones_max = kTombstonesMax;
    /// Where sequences of new workers start. Simulations set 65,530, so that they wrap early.
    std::uint64_t first_sequence = 1;
    std::vector<LabelRule> labels;
    std::vector<Expectation> expected;  ///< Each component once.
};

struct SourceSpec {
    std::string id;      ///< "nats-1"; unique.
    std::string kind;    ///< "nats"
    std::string target;  ///< For people; never with a secret.
    /// It asks each worker at a beat of its own, and says what was missed: no rounds, no echoes.
    bool own_beat = false;
};

struct ComponentSpec {
    std::string name;  ///< "dynamo/backend"; unique within its source.
    std::string engine = "dynamo";
    /// Workers named in the configuration stay among the workers however silent they are.
    bool pinned = false;
};

}  // namespace muster
