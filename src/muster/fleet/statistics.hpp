// Fleet statistics: over the fresh and late workers that are neither zombies nor restored, in id
// order, so that the last bit does not depend on the order of arrival.
//
// Computed by whoever asks, from a view and the time: which workers count depends on their ages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// Over no worker: count 0, every other figure absent (an outage is not an idle fleet).
struct Statistic {
    std::size_t count = 0;
    std::optional<double> mean;
    std::optional<double> stddev;  ///< Population form.
    std::optional<double> min;
    std::optional<double> max;
    std::optional<double> sum;
};

struct FleetStatistics {
    std::array<std::size_t, kWorkerStateCount> workers{};  ///< Per state, all workers counted.
    std::size_t lost = 0;                                  ///< Tombstones.
    Statistic kv_active_blocks;
    Statistic waiting;
    Statistic running;
    Statistic kv_usage;
    std::optional<Duration> oldest_age;  ///< Of the workers that count.
};

/// Cost: one pass over the columns, about 6 ns a row. Allocates nothing.
[[nodiscard]] FleetStatistics statistics_at(const FleetView& view, Time now) noexcept;

/// The rows of a block at one moment.
struct BlockMoment {
    FleetBlock::Column<WorkerState> states;
    FleetBlock::Column<std::optional<Duration>> ages;  ///< Absent: no load.
};

/// What the values of one field in some rows come to.
struct StatisticSum {
    std::size_t count = 0;
    double sum = 0.0;
    double mean = 0.0;
    double m2 = 0.0;  ///< Sum of squared distances from the mean.
    double min = 0.0;
    double max = 0.0;
};

struct BlockSums {
    StatisticSum kv_active_blocks;
    StatisticSum waiting;
    StatisticSum running;
    StatisticSum kv_usage;
};

/// Statistics for who asks again and again: what a block came to is kept as long as it is the same
/// block and the same rows of it count. One thread.
class KeptStatistics {
public:
    /// The same as statistics_at(view, now), to the last bit.
    [[nodiscard]] FleetStatistics at(const FleetView& view, Time now);
    /// The rows as the last answer saw them. REQUIRES: block < block_count() of its view.
    [[nodiscard]] const BlockMoment& rows(std::size_t block) const noexcept {
        return blocks_[block].rows;
    }

private:
    struct Block {
        std::shared_ptr<const FleetBlock> block;
        std::uint64_t counted = 0;  ///< One bit for each row that counts.
        BlockSums sums;
        BlockMoment rows;
    };
    std::vector<Block> blocks_;
};

/// Whether a row enters the statistics at `now`.
[[nodiscard]] bool counts_in_statistics(const FleetView& view, std::size_t row, Time now) noexcept;

}  // namespace muster
