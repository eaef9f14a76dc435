#include "muster/fleet/fleet_view.hpp"

#include <algorithm>

namespace muster {

FleetView::FleetView()
    : parts_{.version = 0,
             .frozen_at = Time{},
             .stale_after = Duration::zero(),
             .directory = std::make_shared<Directory>(),
             .blocks = {},
             .tombstones = std::make_shared<Tombstones>(),
             .sources = std::make_shared<std::vector<SourceInfo>>(),
             .components = std::make_shared<std::vector<ComponentInfo>>(),
             .cordons = std::make_shared<Cordons>(),
             .expected = nullptr,
             .pulse = std::make_shared<CollectorPulse>()},
      entries_(parts_.directory->data()) {}

bool same_row(BlockRow a, BlockRow b) noexcept {
    const auto same = [&](const auto& column) {
        return (a.block.*column)[a.index] == (b.block.*column)[b.index];
    };
    const auto extras = [](BlockRow row) {
        return row.block.extras ? (*row.block.extras)[row.index].get() : nullptr;
    };
    const RowExtras* const mine = extras(a);
    const RowExtras* const theirs = extras(b);
    using Block = FleetBlock;
    return same(&Block::sequence) && same(&Block::as_of) && same(&Block::running) &&
           same(&Block::slots) && same(&Block::waiting) && same(&Block::kv_active_blocks) &&
           same(&Block::kv_total_blocks) && same(&Block::kv_usage) &&
           same(&Block::prefix_hit_rate) && same(&Block::interval_us) &&
           same(&Block::patience_us) && same(&Block::generation) && same(&Block::known) &&
           same(&Block::flags) && same(&Block::road) && same(&Block::cut_off) &&
           same(&Block::triggers_only) &&
           (mine == theirs || (mine != nullptr && theirs != nullptr && *mine == *theirs));
}

Load FleetView::load(std::size_t row) const noexcept {
    const FleetBlock& block = block_of(row);
    const std::size_t i = row % kBlockRows;
    return Load{.running = block.running[i],
                .slots = block.slots[i],
                .waiting = block.waiting[i],
                .kv_active_blocks = block.kv_active_blocks[i],
                .kv_total_blocks = block.kv_total_blocks[i],
                .kv_usage = block.kv_usage[i],
                .prefix_hit_rate = block.prefix_hit_rate[i],
                .known = block.known[i]};
}

const RowExtras* FleetView::extras(std::size_t row) const noexcept {
    const FleetBlock& block = block_of(row);
    return block.extras ? (*block.extras)[row % kBlockRows].get() : nullptr;
}

std::optional<Time> FleetView::record_known_at(std::size_t row) const noexcept {
    const FleetBlock& block = block_of(row);
    const std::size_t i = row % kBlockRows;
    if (!block.triggers_only[i]) return known_at(row);
    if (block.as_of[i] == kNever) return std::nullopt;
    return block.as_of[i];
}

std::optional<Duration> FleetView::record_age_at(std::size_t row, Time now) const noexcept {
    const std::optional<Time> then = record_known_at(row);
    if (!then) return std::nullopt;
    return age_between(*then, now);
}

std::optional<Duration> FleetView::captured_age_at(std::size_t row, Time now) const noexcept {
    const auto lag = slot(row).captured_lag();
    const auto age = age_at(row, now);
    if (!lag || !age) return std::nullopt;
    return *age + *lag;
}

WorkerState FleetView::state_at(std::size_t row, Time now) const noexcept {
    const Time then = known_or_never(row);
    if (then == kNever) return WorkerState::unknown;
    if (block_of(row).cut_off[row % kBlockRows]) return WorkerState::stale;
    return state_of_age(age_between(then, now),
                        freshness_limits(interval(row), patience(row), parts_.stale_after));
}

std::optional<std::size_t> FleetView::find(std::string_view id) const noexcept {
    const Directory& directory = *parts_.directory;
    const auto at = std::lower_bound(directory.begin(), directory.end(), id,
                                     [](const DirectoryEntry& entry, std::string_view wanted) {
                                         return entry.identity->id < wanted;
                                     });
    if (at == directory.end() || at->identity->id != id) return std::nullopt;
    return static_cast<std::size_t>(at - directory.begin());
}

const Tombstone* FleetView::find_tombstone(std::string_view id) const noexcept {
    const auto at = std::find_if(parts_.tombstones->rbegin(), parts_.tombstones->rend(),
                                 [&](const Tombstone& t) { return t.identity->id == id; });
    return at == parts_.tombstones->rend() ? nullptr : &*at;
}

}  // namespace muster
