// The load record of a Dynamo worker, complete, as it publishes it: what the writers write and the
// strict reader reads. The liberal reader makes a LoadRecord instead, in which fields may be
// unknown.
#pragma once

#include <cstdint>
#include <optional>

#include "muster/fleet/load.hpp"

namespace muster {

struct MetricsRecord {
    std::optional<std::uint32_t> data_parallel_rank;
    std::uint64_t request_active_slots = 0;
    std::uint64_t request_total_slots = 0;
    std::uint64_t num_requests_waiting = 0;
    std::uint64_t kv_active_blocks = 0;
    std::uint64_t kv_total_blocks = 0;
    /// Fractions 0-1, in spite of the name; what is not finite is written as null.
    float gpu_cache_usage_perc = 0.0F;
    float gpu_prefix_cache_hit_rate = 0.0F;
    std::optional<SpecDecodeStats> spec_decode_stats;
    friend bool operator==(const MetricsRecord&, const MetricsRecord&) = default;
};

}  // namespace muster
