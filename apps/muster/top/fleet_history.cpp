// A ring of buckets for each worker, numbered by the steady time.
#include "top/fleet_history.hpp"

#include <algorithm>
#include <limits>

namespace muster {
namespace {

template <typename T>
void keep_highest(std::optional<T>& held, std::optional<T> value) {
    if (value && (!held || *held < *value)) held = value;
}

std::optional<std::uint32_t> small(std::optional<std::uint64_t> count) {
    if (!count) return std::nullopt;
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(*count, kMost));
}

bool is_of_use(const WorkerEntry& worker) {
    return worker.state == "fresh" || worker.state == "late";
}

}  // namespace

std::size_t FleetHistory::place_of(std::int64_t bucket) noexcept {
    return static_cast<std::size_t>(bucket) % kBuckets;
}

FleetHistory::Track* FleetHistory::track_of(const std::string& worker, std::int64_t bucket) {
    auto found = tracks_.find(worker);
    if (found == tracks_.end()) {
        if (tracks_.size() >= kWorkersMax) return nullptr;
        found = tracks_.emplace(worker, std::make_unique<Track>()).first;
        found->second->newest = bucket;
    }
    Track& track = *found->second;
    const std::int64_t passed = std::min<std::int64_t>(bucket - track.newest, kBuckets);
    for (std::int64_t i = 0; i < passed; ++i) track.samples[place_of(bucket - i)] = {};
    track.newest = std::max(track.newest, bucket);
    return &track;
}

void FleetHistory::forget_older(std::int64_t bucket) {
    if (bucket == forgot_at_) return;
    forgot_at_ = bucket;
    std::erase_if(tracks_, [bucket](const auto& entry) {
        return bucket - entry.second->newest >= static_cast<std::int64_t>(kBuckets);
    });
}

void FleetHistory::record(const FleetDocument& fleet, Time now) {
    const std::int64_t bucket = bucket_of(now);
    forget_older(bucket);
    for (const WorkerEntry& worker : fleet.workers) {
        if (!is_of_use(worker)) continue;
        Track* const track = track_of(worker.id, bucket);
        if (track == nullptr) continue;
        Sample& sample = track->samples[place_of(bucket)];
        if (const auto usage = worker.load.fraction(LoadField::kv_usage)) {
            keep_highest(sample.kv_usage, std::optional(static_cast<float>(*usage)));
        }
        keep_highest(sample.waiting, small(worker.load.count(LoadField::waiting)));
        keep_highest(sample.running, small(worker.load.count(LoadField::running)));
    }
}

std::vector<std::optional<double>> FleetHistory::last(const std::string& worker, HistoryOf what,
                                                      std::size_t buckets, Time now) const {
    buckets = std::min(buckets, kBuckets);
    std::vector<std::optional<double>> values(buckets);
    const auto found = tracks_.find(worker);
    if (found == tracks_.end()) return values;
    const Track& track = *found->second;
    const std::int64_t newest = bucket_of(now);
    for (std::size_t i = 0; i < buckets; ++i) {
        const std::int64_t bucket = newest - static_cast<std::int64_t>(buckets - 1 - i);
        const bool held =
            bucket <= track.newest && track.newest - bucket < static_cast<std::int64_t>(kBuckets);
        if (!held || bucket < 0) continue;
        const Sample& sample = track.samples[place_of(bucket)];
        if (what == HistoryOf::kv_usage && sample.kv_usage) values[i] = *sample.kv_usage;
        if (what == HistoryOf::waiting && sample.waiting) values[i] = *sample.waiting;
        if (what == HistoryOf::running && sample.running) values[i] = *sample.running;
    }
    return values;
}

}  // namespace muster
