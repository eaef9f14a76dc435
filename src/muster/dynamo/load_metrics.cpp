#include "muster/dynamo/load_metrics.hpp"

namespace muster::dynamo {

std::uint64_t LoadMetrics::kv_active_blocks() const noexcept {
    if (const ForwardPassMetrics* engine = engine_load_metrics()) {
        return engine->kv_stats.kv_active_blocks;
    }
    return std::get<PredictiveLoadMetrics>(value).kv_active_blocks;
}

bool LoadMetrics::knows_kv_active_blocks() const noexcept {
    const ForwardPassMetrics* engine = engine_load_metrics();
    return engine == nullptr || engine->known.has(LoadField::kv_active_blocks);
}

ForwardPassMetrics forward_pass_metrics_of(const MetricsRecord& record) {
    ForwardPassMetrics metrics;
    metrics.worker_stats = {.data_parallel_rank = record.data_parallel_rank,
                            .request_active_slots = record.request_active_slots,
                            .request_total_slots = record.request_total_slots,
                            .num_requests_waiting = record.num_requests_waiting};
    metrics.kv_stats = {.kv_active_blocks = record.kv_active_blocks,
                        .kv_total_blocks = record.kv_total_blocks,
                        .gpu_cache_usage_perc = record.gpu_cache_usage_perc,
                        .gpu_prefix_cache_hit_rate = record.gpu_prefix_cache_hit_rate};
    metrics.spec_decode_stats = record.spec_decode_stats;
    return metrics;
}

ForwardPassMetrics forward_pass_metrics_of(const Load& load, std::optional<std::uint32_t> rank,
                                           const SpecDecodeStats* spec_decode) {
    ForwardPassMetrics metrics;
    metrics.worker_stats = {.data_parallel_rank = rank,
                            .request_active_slots = load.running,
                            .request_total_slots = load.slots,
                            .num_requests_waiting = load.waiting};
    // The record's fractions are 32-bit floats on the wire, so this narrowing gives them back.
    metrics.kv_stats = {.kv_active_blocks = load.kv_active_blocks,
                        .kv_total_blocks = load.kv_total_blocks,
                        .gpu_cache_usage_perc = static_cast<float>(load.kv_usage),
                        .gpu_prefix_cache_hit_rate = static_cast<float>(load.prefix_hit_rate)};
    if (spec_decode != nullptr) metrics.spec_decode_stats = *spec_decode;
    metrics.known = load.known;
    return metrics;
}

}  // namespace muster::dynamo
