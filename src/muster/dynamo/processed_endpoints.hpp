// ProcessedEndpoints: the set of workers that the seed publishes, with its two aggregates.
//
// Two ways to make one: as the seed does, over the list of endpoints as they came (from_list), or
// over the set itself, each worker once and in id order (from_set). Plain values, no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/dynamo/endpoint.hpp"

namespace muster::dynamo {

/// Without entries and computed by neither: what a reader sees before the first publication.
struct ProcessedEndpoints {
    std::map<WorkerId, Endpoint> endpoints;
    /// Mean of `kv_active_blocks`.
    double load_avg = 0.0;
    /// Its population standard deviation.
    double load_std = 0.0;

    /// The seed's: the aggregates count every entry of the list, the last of several entries with
    /// one worker id stands in the map; over nothing both aggregates are NaN. bad_input (where the
    /// seed panics) if a subject ends in no worker id.
    [[nodiscard]] static Result<ProcessedEndpoints> from_list(std::vector<Endpoint> list);
    /// Live mode's: the aggregates count each worker whose `kv_active_blocks` is known once, in id
    /// order, so that equal sets have equal aggregates; over nothing both are 0.
    [[nodiscard]] static ProcessedEndpoints from_set(std::map<WorkerId, Endpoint> set);

    [[nodiscard]] std::vector<WorkerId> worker_ids() const;
    /// Of each worker, in the order of worker_ids().
    [[nodiscard]] std::vector<std::uint64_t> active_blocks() const;
    /// The first rank of that worker; null if it is not in the set.
    [[nodiscard]] const Endpoint* find(std::uint64_t id) const;

    /// As the seed compares: doubles by IEEE, so a set with NaN differs from itself.
    friend bool operator==(const ProcessedEndpoints&, const ProcessedEndpoints&) = default;
};

}  // namespace muster::dynamo
