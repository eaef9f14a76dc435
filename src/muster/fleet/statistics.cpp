// One pass, block by block: a block's counting rows are found first, then each field's partial sums
// are made and combined in block order (Chan's parallel variance). A sum of squares would cancel to
// zero near 10^12, mean and M2 do not.
#include "muster/fleet/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace muster {
namespace {

template <typename T>
StatisticSum sum_of(const FleetBlock::Column<T>& column,
                    const FleetBlock::Column<LoadFields>& known, LoadField field,
                    std::uint64_t counted) noexcept {
    StatisticSum p;
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

void combine(StatisticSum& total, const StatisticSum& block) noexcept {
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

Statistic finish(const StatisticSum& p) noexcept {
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

BlockSums sums_of(const FleetBlock& block, std::uint64_t counted) noexcept {
    const auto of = [&](const auto& column, LoadField field) {
        return sum_of(column, block.known, field, counted);
    };
    return {.kv_active_blocks = of(block.kv_active_blocks, LoadField::kv_active_blocks),
            .waiting = of(block.waiting, LoadField::waiting),
            .running = of(block.running, LoadField::running),
            .kv_usage = of(block.kv_usage, LoadField::kv_usage)};
}

/// Slots lie apart from each other and from the columns: who reads them one by one waits for memory
/// at each. So many rows ahead they are asked for.
constexpr std::size_t kSlotsAhead = 8;

/// FleetView::state_at for an age that was read before, so that both are of one reading of the
/// slot.
WorkerState state_of(const FleetView& view, std::size_t row, std::optional<Duration> age) noexcept {
    if (!age) return WorkerState::unknown;
    if (view.block(row / kBlockRows).cut_off[row % kBlockRows]) return WorkerState::stale;
    return state_of_age(
        *age, freshness_limits(view.interval(row), view.patience(row), view.stale_after()));
}

/// Judges the rows of a block, counts their states, and tells which of them count.
std::uint64_t look_at(const FleetView& view, std::size_t b, Time now, BlockMoment& rows,
                      FleetStatistics& stats) noexcept {
    const FleetBlock& block = view.block(b);
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < block.rows; ++i) {
        const std::size_t row = b * kBlockRows + i;
        if (row + kSlotsAhead < view.size()) __builtin_prefetch(&view.slot(row + kSlotsAhead));
        const std::optional<Duration> age = view.age_at(row, now);
        const WorkerState state = state_of(view, row, age);
        rows.ages[i] = age;
        rows.states[i] = state;
        ++stats.workers[static_cast<std::size_t>(state)];
        if (!counts(state, block.flags[i])) continue;
        counted |= std::uint64_t{1} << i;
        stats.oldest_age = std::max(stats.oldest_age.value_or(*age), *age);
    }
    return counted;
}

void combine(BlockSums& total, const BlockSums& block) noexcept {
    combine(total.kv_active_blocks, block.kv_active_blocks);
    combine(total.waiting, block.waiting);
    combine(total.running, block.running);
    combine(total.kv_usage, block.kv_usage);
}

void finish(FleetStatistics& stats, const FleetView& view, const BlockSums& total) noexcept {
    stats.lost = view.tombstones().size();
    stats.kv_active_blocks = finish(total.kv_active_blocks);
    stats.waiting = finish(total.waiting);
    stats.running = finish(total.running);
    stats.kv_usage = finish(total.kv_usage);
}

}  // namespace

bool counts_in_statistics(const FleetView& view, std::size_t row, Time now) noexcept {
    return counts(view.state_at(row, now), view.flags(row));
}

FleetStatistics statistics_at(const FleetView& view, Time now) noexcept {
    FleetStatistics stats;
    BlockSums total;
    BlockMoment rows;
    for (std::size_t b = 0; b < view.block_count(); ++b) {
        combine(total, sums_of(view.block(b), look_at(view, b, now, rows, stats)));
    }
    finish(stats, view, total);
    return stats;
}

FleetStatistics KeptStatistics::at(const FleetView& view, Time now) {
    FleetStatistics stats;
    BlockSums total;
    blocks_.resize(view.block_count());
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
        Block& kept = blocks_[b];
        const std::uint64_t counted = look_at(view, b, now, kept.rows, stats);
        const auto& block = view.parts().blocks[b];
        if (kept.block != block || kept.counted != counted) {
            kept.block = block;
            kept.counted = counted;
            kept.sums = sums_of(*block, counted);
        }
        combine(total, kept.sums);
    }
    finish(stats, view, total);
    return stats;
}

}  // namespace muster
