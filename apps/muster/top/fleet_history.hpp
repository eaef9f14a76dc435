// FleetHistory: the last minutes of each worker's load, as far as this program saw them.
//
// Fed with every fleet that arrives, read by whoever draws. A bucket of a few seconds holds the
// highest value seen in it; a bucket without a fresh or late load holds nothing, and is a gap on
// the screen. Belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

enum class HistoryOf : std::uint8_t { kv_usage, waiting, running };

class FleetHistory {
public:
    static constexpr Duration kBucket = std::chrono::seconds(5);
    static constexpr std::size_t kBuckets = 60;
    /// Some 7 MB; workers beyond it have no history.
    static constexpr std::size_t kWorkersMax = 10'000;

    void record(const FleetDocument& fleet, Time now);

    /// The last `buckets` (at most kBuckets) up to now, oldest first.
    [[nodiscard]] std::vector<std::optional<double>> last(const std::string& worker, HistoryOf what,
                                                          std::size_t buckets, Time now) const;
    /// How many workers have one.
    [[nodiscard]] std::size_t size() const noexcept { return tracks_.size(); }

private:
    struct Sample {
        std::optional<float> kv_usage;
        std::optional<std::uint32_t> waiting;
        std::optional<std::uint32_t> running;
    };
    struct Track {
        std::array<Sample, kBuckets> samples{};
        std::int64_t newest = 0;  // Number of the newest bucket in it.
    };

    static std::int64_t bucket_of(Time now) noexcept { return now.time_since_epoch() / kBucket; }
    static std::size_t place_of(std::int64_t bucket) noexcept;
    Track* track_of(const std::string& worker, std::int64_t bucket);
    void forget_older(std::int64_t bucket);

    std::unordered_map<std::string, std::unique_ptr<Track>> tracks_;
    std::int64_t forgot_at_ = 0;
};

}  // namespace muster
