// One pass, block by block: a block's counting rows are found first, then each field's partial sums
// are made and combined in block order (Chan's parallel variance). A sum of squares would cancel to
// zero near 10^12, mean and M2 do not.
#include "muster/fleet/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace muster {
namespace {

struct Partial {
    std::size_t count = 0;
    double sum = 0.0;
    double mean = 0.0;
    double m2 = 0.0;  // Sum of squared distances from the mean.
    double min = 0.0;
    double max = 0.0;
};

template <typename T>
Partial partial_of(const FleetBlock::Column<T>& column, const FleetBlock::Column<LoadFields>& known,
                   LoadField field, std::uint64_t counted) noexcept {
    Partial p;
    std::array<double, kBlockRows> values;
    for (std::uint64_t rest = counted; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(rest));
        if (known[i].has(field)) values[p.count++] = static_cast<double>(column[i]);
    }
    if (p.count == 0) return p;
    p.min = p.max = values[0];
    for (std::size_t i = 0; i < p.count; ++i) {
        p.sum += values[i];
        p.min = std::min(p.min, values[i]);
        p.max = std::max(p.max, values[i]);
    }
    p.mean = p.sum / static_cast<double>(p.count);
    for (std::size_t i = 0; i < p.count; ++i) {
        p.m2 += (values[i] - p.mean) * (values[i] - p.mean);
    }
    return p;
}

void combine(Partial& total, const Partial& block) noexcept {
    if (block.count == 0) return;
    if (total.count == 0) {
        total = block;
        return;
    }
    const auto before = static_cast<double>(total.count);
    const auto added = static_cast<double>(block.count);
    const double delta = block.mean - total.mean;
    total.count += block.count;
    const auto after = static_cast<double>(total.count);
    total.mean += delta * added / after;
    total.m2 += block.m2 + delta * delta * before * added / after;
    total.sum += block.sum;
    total.min = std::min(total.min, block.min);
    total.max = std::max(total.max, block.max);
}

Statistic finish(const Partial& p) noexcept {
    if (p.count == 0) return {};
    const auto n = static_cast<double>(p.count);
    return {.count = p.count,
            .mean = p.mean,
            .stddev = std::sqrt(p.m2 / n),
            .min = p.min,
            .max = p.max,
            .sum = p.sum};
}

bool counts(WorkerState state, WorkerFlags flags) noexcept {
    return (state == WorkerState::fresh || state == WorkerState::late) &&
           !flags.has(WorkerFlag::zombie) && !flags.has(WorkerFlag::restored);
}

}  // namespace

bool counts_in_statistics(const FleetView& view, std::size_t row, Time now) noexcept {
    return counts(view.state_at(row, now), view.flags(row));
}

FleetStatistics statistics_at(const FleetView& view, Time now) noexcept {
    FleetStatistics stats;
    stats.lost = view.tombstones().size();
    Partial kv_active, waiting, running, kv_usage;
    for (std::size_t b = 0; b < view.block_count(); ++b) {
        const FleetBlock& block = view.block(b);
        std::uint64_t counted = 0;
        for (std::size_t i = 0; i < block.rows; ++i) {
            const std::size_t row = b * kBlockRows + i;
            const WorkerState state = view.state_at(row, now);
            ++stats.workers[static_cast<std::size_t>(state)];
            if (!counts(state, block.flags[i])) continue;
            counted |= std::uint64_t{1} << i;
            const Duration age = view.age_at(row, now).value_or(Duration::zero());
            stats.oldest_age = std::max(stats.oldest_age.value_or(age), age);
        }
        combine(kv_active, partial_of(block.kv_active_blocks, block.known,
                                      LoadField::kv_active_blocks, counted));
        combine(waiting, partial_of(block.waiting, block.known, LoadField::waiting, counted));
        combine(running, partial_of(block.running, block.known, LoadField::running, counted));
        combine(kv_usage, partial_of(block.kv_usage, block.known, LoadField::kv_usage, counted));
    }
    stats.kv_active_blocks = finish(kv_active);
    stats.waiting = finish(waiting);
    stats.running = finish(running);
    stats.kv_usage = finish(kv_usage);
    return stats;
}

}  // namespace muster
