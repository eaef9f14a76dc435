// What the seed knows of a worker's load: the record an engine fills at each forward pass, and the
// placeholder that stands where only the endpoint matters.
//
// Plain values; made from the strict wire record (exact mode) or from a view's row (live mode).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "muster/fleet/load.hpp"
#include "muster/wire/metrics_record.hpp"

namespace muster::dynamo {

struct WorkerStats {
    std::optional<std::uint32_t> data_parallel_rank;
    std::uint64_t request_active_slots = 0;
    std::uint64_t request_total_slots = 0;
    std::uint64_t num_requests_waiting = 0;
    friend bool operator==(const WorkerStats&, const WorkerStats&) = default;
};

struct KvStats {
    std::uint64_t kv_active_blocks = 0;
    std::uint64_t kv_total_blocks = 0;
    /// Fractions 0-1, in spite of the name.
    float gpu_cache_usage_perc = 0.0F;
    float gpu_prefix_cache_hit_rate = 0.0F;
    friend bool operator==(const KvStats&, const KvStats&) = default;
};

/// All seven fields of a load.
[[nodiscard]] constexpr LoadFields all_load_fields() noexcept {
    return LoadFields((1U << kLoadFieldCount) - 1U);
}

struct ForwardPassMetrics {
    WorkerStats worker_stats;
    KvStats kv_stats;
    std::optional<SpecDecodeStats> spec_decode_stats;
    /// Live mode only: which of the seven fields the worker told; the others are 0 above. A record
    /// that the strict reading accepted has all of them.
    LoadFields known = all_load_fields();
    friend bool operator==(const ForwardPassMetrics&, const ForwardPassMetrics&) = default;
};

/// No load of a worker's own: a predicted one, or (always, here) 0 where only the endpoint matters.
struct PredictiveLoadMetrics {
    std::uint64_t kv_active_blocks = 0;
    friend bool operator==(const PredictiveLoadMetrics&, const PredictiveLoadMetrics&) = default;
};

/// One or the other; by default the predictive one with 0 blocks.
struct LoadMetrics {
    std::variant<PredictiveLoadMetrics, ForwardPassMetrics> value;

    /// Null if it is the predictive one.
    [[nodiscard]] const ForwardPassMetrics* engine_load_metrics() const noexcept {
        return std::get_if<ForwardPassMetrics>(&value);
    }
    /// Null if it is the engine's.
    [[nodiscard]] const PredictiveLoadMetrics* predictive_load_metrics() const noexcept {
        return std::get_if<PredictiveLoadMetrics>(&value);
    }
    /// 0 where the worker did not tell it: see knows_kv_active_blocks.
    [[nodiscard]] std::uint64_t kv_active_blocks() const noexcept;
    /// False for an engine's record without that field (live mode only).
    [[nodiscard]] bool knows_kv_active_blocks() const noexcept;
    friend bool operator==(const LoadMetrics&, const LoadMetrics&) = default;
};

/// As the seed's decoder fills it.
[[nodiscard]] ForwardPassMetrics forward_pass_metrics_of(const MetricsRecord& record);
/// From a row of a view: its load, its rank, what it told about speculative decoding (may be null).
[[nodiscard]] ForwardPassMetrics forward_pass_metrics_of(const Load& load,
                                                         std::optional<std::uint32_t> rank,
                                                         const SpecDecodeStats* spec_decode);

}  // namespace muster::dynamo
