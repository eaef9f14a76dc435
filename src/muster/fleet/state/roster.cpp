#include "muster/fleet/state/roster.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace muster {
namespace {

bool id_less(const WorkerRow* a, const WorkerRow* b) {
    return a->identity->id < b->identity->id;
}

std::uint32_t micros(Duration d) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

RowExtrasPtr extras_of(const WorkerRow& row) {
    if (!row.flags.any() && !row.spec_decode && row.silent_since == kNever && !row.trouble &&
        !row.activity) {
        return nullptr;
    }
    auto extras = std::make_shared<RowExtras>();
    extras->flag_times = row.flag_times;
    extras->cordon = row.cordon;
    extras->spec_decode = row.spec_decode;
    extras->silent_since = row.silent_since;
    extras->trouble = row.trouble;
    extras->activity = row.activity;
    return extras;
}

void write_row(FleetBlock& block, std::size_t i, const WorkerRow& row) {
    block.sequence[i] = row.sequence;
    block.as_of[i] = row.as_of;
    block.running[i] = row.load.running;
    block.slots[i] = row.load.slots;
    block.waiting[i] = row.load.waiting;
    block.kv_active_blocks[i] = row.load.kv_active_blocks;
    block.kv_total_blocks[i] = row.load.kv_total_blocks;
    block.kv_usage[i] = row.load.kv_usage;
    block.prefix_hit_rate[i] = row.load.prefix_hit_rate;
    block.interval_us[i] = micros(row.interval);
    block.patience_us[i] = micros(row.patience);
    block.generation[i] = row.generation;
    block.known[i] = row.load.known;
    block.flags[i] = row.flags;
    block.road[i] = row.road;
    block.cut_off[i] = row.cut_off;
    block.triggers_only[i] = row.triggers_only;
}

/// Null where no row has extras.
std::shared_ptr<const FleetBlock::Column<RowExtrasPtr>> extras_column(WorkerRow* const* rows,
                                                                      std::size_t count) {
    std::shared_ptr<FleetBlock::Column<RowExtrasPtr>> column;
    for (std::size_t i = 0; i < count; ++i) {
        RowExtrasPtr extras = extras_of(*rows[i]);
        if (!extras) continue;
        if (!column) column = std::make_shared<FleetBlock::Column<RowExtrasPtr>>();
        (*column)[i] = std::move(extras);
    }
    return column;
}

}  // namespace

void Roster::add(WorkerRow& row) {
    by_id_.emplace(row.identity->id, &row);
    added_.push_back(&row);
    changed_ = membership_changed_ = true;
}

void Roster::remove(std::unique_ptr<WorkerRow> row) {
    by_id_.erase(row->identity->id);
    row->removed = true;
    removed_.push_back(std::move(row));
    changed_ = membership_changed_ = true;
}

void Roster::rename(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity) {
    by_id_.erase(row.identity->id);
    row.identity = std::move(identity);
    by_id_.emplace(row.identity->id, &row);
    changed_ = membership_changed_ = true;
}

void Roster::relabel(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity) {
    // The key lives in the identity that goes.
    by_id_.erase(row.identity->id);
    row.identity = std::move(identity);
    by_id_.emplace(row.identity->id, &row);
    touch_slot(row);
}

void Roster::touch(WorkerRow& row) {
    changed_ = true;
    if (membership_changed_) return;  // Every block is made anew.
    dirty_[row.position / kBlockRows] |= std::uint64_t{1} << (row.position % kBlockRows);
}

void Roster::touch_slot(WorkerRow& row) {
    directory_changed_ = true;
    touch(row);
}

WorkerRow* Roster::find(std::string_view worker_id) const {
    const auto at = by_id_.find(worker_id);
    return at == by_id_.end() ? nullptr : at->second;
}

void Roster::freeze(FleetView::Parts& parts) {
    if (membership_changed_) rebuild_order();
    if (directory_changed_) rebuild_directory();
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        if (dirty_[i] == 0) continue;
        blocks_[i] = make_block(i, dirty_[i]);
        dirty_[i] = 0;
    }
    changed_ = membership_changed_ = directory_changed_ = false;
    parts.directory = directory_;
    parts.blocks = blocks_;
}

void Roster::rebuild_order() {
    order_.insert(order_.end(), added_.begin(), added_.end());
    added_.clear();
    std::erase_if(order_, [](const WorkerRow* row) { return row->removed; });
    removed_.clear();
    std::sort(order_.begin(), order_.end(), id_less);
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i]->position = i;
    const std::size_t block_count = (order_.size() + kBlockRows - 1) / kBlockRows;
    blocks_.assign(block_count, nullptr);
    dirty_.assign(block_count, ~std::uint64_t{0});
    directory_changed_ = true;
}

void Roster::rebuild_directory() {
    auto directory = std::make_shared<Directory>();
    directory->reserve(order_.size());
    for (const WorkerRow* row : order_) directory->push_back({row->identity, row->slot});
    directory_ = std::move(directory);
}

std::shared_ptr<const FleetBlock> Roster::make_block(std::size_t index, std::uint64_t dirty_rows) {
    const std::size_t first = index * kBlockRows;
    const std::size_t rows = std::min(kBlockRows, order_.size() - first);
    auto block = blocks_[index] ? std::make_shared<FleetBlock>(*blocks_[index])
                                : std::make_shared<FleetBlock>();
    block->rows = static_cast<std::uint32_t>(rows);
    for (std::uint64_t rest = dirty_rows; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(rest));
        if (i >= rows) break;
        WorkerRow& row = *order_[first + i];
        write_row(*block, i, row);
        if (row.as_of != kNever) row.slot->confirm(row.sequence, row.known_at);
        row.frozen_sequence = row.sequence;
    }
    block->extras = extras_column(&order_[first], rows);
    return block;
}

}  // namespace muster
