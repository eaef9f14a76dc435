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

void write_row(FleetBlock& block, std::size_t i, const WorkerRow& row) {
    block.sequence[i] = row.sequence;
    block.as_of[i] = row.slot->rounded(row.as_of);
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

using ExtrasColumn = FleetBlock::Column<RowExtrasPtr>;

/// The extras of a block, copied when the first one differs. Null where no row has any.
class ChangedExtras {
public:
    explicit ChangedExtras(std::shared_ptr<const ExtrasColumn> before)
        : before_(std::move(before)) {}

    void set(std::size_t i, RowExtrasPtr extras) {
        if (extras == nullptr && (before_ == nullptr || (*before_)[i] == nullptr)) return;
        if (changed_ == nullptr) {
            changed_ = before_ ? std::make_shared<ExtrasColumn>(*before_)
                               : std::make_shared<ExtrasColumn>();
        }
        (*changed_)[i] = std::move(extras);
    }
    [[nodiscard]] std::shared_ptr<const ExtrasColumn> take() {
        if (changed_ == nullptr) return std::move(before_);
        const bool any = std::ranges::any_of(*changed_, [](const auto& e) { return e != nullptr; });
        return any ? std::move(changed_) : nullptr;
    }

private:
    std::shared_ptr<const ExtrasColumn> before_;
    std::shared_ptr<ExtrasColumn> changed_;
};

}  // namespace

void Roster::add(WorkerRow& row) {
    by_id_.insert(&row);
    added_.push_back(&row);
    changed_ = membership_changed_ = true;
}

void Roster::remove(std::unique_ptr<WorkerRow> row) {
    by_id_.take(row->identity->id);
    row->removed = true;
    removed_.push_back(std::move(row));
    changed_ = membership_changed_ = true;
}

void Roster::rename(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity) {
    by_id_.take(row.identity->id);
    row.identity = std::move(identity);
    by_id_.insert(&row);
    changed_ = membership_changed_ = true;
}

void Roster::relabel(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity) {
    // The key lives in the identity that goes.
    by_id_.take(row.identity->id);
    row.identity = std::move(identity);
    by_id_.insert(&row);
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
    WorkerRow* const* const at = by_id_.find(worker_id);
    return at == nullptr ? nullptr : *at;
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
    added_ = {};  // And its room: as much as there are workers, after a start.
    std::erase_if(order_, [](const WorkerRow* row) { return row->removed; });
    removed_.clear();
    std::sort(order_.begin(), order_.end(), id_less);
    for (std::size_t i = 0; i < order_.size(); ++i)
        order_[i]->position = static_cast<std::uint32_t>(i);
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
    ChangedExtras extras(std::move(block->extras));
    for (std::uint64_t rest = dirty_rows; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(rest));
        if (i >= rows) break;
        WorkerRow& row = *order_[first + i];
        write_row(*block, i, row);
        extras.set(i, row.shared_extras);
        if (row.as_of != kNever) row.slot->confirm(row.sequence, row.known_at);
        row.is_shown = true;
    }
    block->extras = extras.take();
    return block;
}

}  // namespace muster
