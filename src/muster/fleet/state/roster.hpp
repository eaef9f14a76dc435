// Roster: all worker rows, in id order, and the view blocks made from them.
//
// Invariants:
// (1) A row belongs to its instance record; the roster points to it until remove().
// (2) Ids are unique among rows.
// (3) A frozen block is never written again: a dirty one is copied, then its dirty rows are
// patched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/state/flat_table.hpp"
#include "muster/fleet/state/records.hpp"

namespace muster {

class Roster {
public:
    /// REQUIRES: no row has this id.
    void add(WorkerRow& row);
    /// Takes the row over from its instance; its id is free at once.
    void remove(std::unique_ptr<WorkerRow> row);
    /// Gives the row another identity. REQUIRES: no other row has its id.
    void rename(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity);
    /// Gives the row the same identity with other labels. REQUIRES: the id is the same.
    void relabel(WorkerRow& row, std::shared_ptr<const WorkerIdentity> identity);
    /// The row's shown values changed.
    void touch(WorkerRow& row);
    /// The row's slot was replaced.
    void touch_slot(WorkerRow& row);

    [[nodiscard]] WorkerRow* find(std::string_view worker_id) const;
    [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }
    [[nodiscard]] bool changed() const noexcept { return changed_; }

    /// Visits every row, in no order; the visit must not add or remove any.
    template <typename Visit>
    void for_each(Visit visit) {
        by_id_.for_each(visit);
    }

    /// Fills directory and blocks; afterwards changed() is false.
    void freeze(FleetView::Parts& parts);

private:
    void rebuild_order();
    void rebuild_directory();
    [[nodiscard]] std::shared_ptr<const FleetBlock> make_block(std::size_t index,
                                                               std::uint64_t dirty_rows);

    struct IdOfRow {
        [[nodiscard]] std::string_view operator()(const WorkerRow& row) const noexcept {
            return row.identity->id;
        }
    };

    FlatTable<WorkerRow*, std::string_view, IdOfRow> by_id_;
    std::vector<WorkerRow*> order_;  // Sorted by id, as of the last rebuild_order().
    std::vector<WorkerRow*> added_;  // Since then.
    std::vector<std::unique_ptr<WorkerRow>> removed_;  // order_ may point to them until then.
    std::vector<std::uint64_t> dirty_;                 // Per block, one bit per row.
    std::vector<std::shared_ptr<const FleetBlock>> blocks_;
    std::shared_ptr<const Directory> directory_ = std::make_shared<const Directory>();
    bool changed_ = false;
    bool membership_changed_ = false;
    bool directory_changed_ = false;
};

}  // namespace muster
