#include "muster/dynamo/processed_endpoints.hpp"

#include <cmath>
#include <utility>

namespace muster::dynamo {
namespace {

struct Aggregates {
    double mean;
    double stddev;
};

/// In the seed's order of operations, to the last bit. Over nothing: 0/0, NaN.
Aggregates aggregates_of(const std::vector<double>& blocks) {
    const double count = static_cast<double>(blocks.size());
    double sum = 0.0;
    for (const double value : blocks) sum += value;
    const double mean = sum / count;
    double squares = 0.0;
    for (const double value : blocks) squares += (value - mean) * (value - mean);
    return {mean, std::sqrt(squares / count)};
}

}  // namespace

Result<ProcessedEndpoints> ProcessedEndpoints::from_list(std::vector<Endpoint> list) {
    ProcessedEndpoints processed;
    std::vector<double> blocks;
    blocks.reserve(list.size());
    for (const Endpoint& endpoint : list) {
        blocks.push_back(static_cast<double>(endpoint.data.kv_active_blocks()));
    }
    for (Endpoint& endpoint : list) {
        const Result<std::uint64_t> id = endpoint.worker_id();
        if (!id) return std::unexpected(id.error());
        processed.endpoints.insert_or_assign(WorkerId(*id), std::move(endpoint));
    }
    const Aggregates aggregates = aggregates_of(blocks);
    processed.load_avg = aggregates.mean;
    processed.load_std = aggregates.stddev;
    return processed;
}

ProcessedEndpoints ProcessedEndpoints::from_set(std::map<WorkerId, Endpoint> set) {
    ProcessedEndpoints processed;
    processed.endpoints = std::move(set);
    std::vector<double> blocks;
    blocks.reserve(processed.endpoints.size());
    for (const auto& [id, endpoint] : processed.endpoints) {
        if (!endpoint.data.knows_kv_active_blocks()) continue;
        blocks.push_back(static_cast<double>(endpoint.data.kv_active_blocks()));
    }
    if (blocks.empty()) return processed;
    const Aggregates aggregates = aggregates_of(blocks);
    processed.load_avg = aggregates.mean;
    processed.load_std = aggregates.stddev;
    return processed;
}

std::vector<WorkerId> ProcessedEndpoints::worker_ids() const {
    std::vector<WorkerId> ids;
    ids.reserve(endpoints.size());
    for (const auto& entry : endpoints) ids.push_back(entry.first);
    return ids;
}

std::vector<std::uint64_t> ProcessedEndpoints::active_blocks() const {
    std::vector<std::uint64_t> blocks;
    blocks.reserve(endpoints.size());
    for (const auto& entry : endpoints) blocks.push_back(entry.second.data.kv_active_blocks());
    return blocks;
}

const Endpoint* ProcessedEndpoints::find(std::uint64_t id) const {
    const auto at = endpoints.lower_bound(WorkerId(id));
    return at != endpoints.end() && at->first.id == id ? &at->second : nullptr;
}

}  // namespace muster::dynamo
