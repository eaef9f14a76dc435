// ViewCell publishes views, ViewReader reads them for the price of one load.
//
// Writers: one (the collector, under its lock). Readers: any number of threads, each through a
// ViewReader of its own. Invariants:
// (1) The cell always holds a view; before the first publication the empty one, version 0.
// (2) Versions only rise; a reader sees them in order and may skip some.
// (3) A reader takes the lock only when the version moved; between publications a read is one
//     acquire load of the counter, which has a cache line of its own.
// (4) Old views are freed by the publisher (publish, sweep), not by whichever reader lets go last.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// Told of every publication. Called on the publishing thread with the cell's listener lock held:
/// it must not block, throw, or call the cell.
class ViewListener {
public:
    virtual ~ViewListener() = default;
    virtual void on_published(std::uint64_t version) noexcept = 0;
};

class ViewCell {
public:
    ViewCell();
    ViewCell(const ViewCell&) = delete;
    ViewCell& operator=(const ViewCell&) = delete;

    /// REQUIRES: one caller at a time; `view->version()` above the published one.
    void publish(FleetViewPtr view);
    /// Frees retired views that no reader holds any more. Same caller rule as publish.
    void sweep();

    /// The published version. Thread rule: any.
    [[nodiscard]] std::uint64_t version() const noexcept {
        return version_.load(std::memory_order_acquire);
    }
    /// The published view; takes the lock. For occasional readers; others use ViewReader.
    [[nodiscard]] FleetViewPtr current() const;

    /// Thread rule: any. The listener must be removed before it dies.
    void add_listener(ViewListener& listener);
    void remove_listener(ViewListener& listener);

    /// Retired views still held by a reader (for tests and metrics).
    [[nodiscard]] std::size_t retired_count() const;

private:
    // A line of its own: readers poll it, and nothing the publisher writes often lies beside it.
    alignas(64) std::atomic<std::uint64_t> version_{0};
    alignas(64) mutable std::mutex mutex_;
    FleetViewPtr current_;
    std::vector<FleetViewPtr> retired_;
    mutable std::mutex listeners_mutex_;
    std::vector<ViewListener*> listeners_;
};

/// One per thread. Not thread-safe; cheap to make. Holds at most one view alive.
class ViewReader {
public:
    /// The cell must outlive the reader.
    explicit ViewReader(const ViewCell& cell) : cell_(&cell), view_(cell.current()) {}

    /// The newest view. The reference is good until the next current() on this reader. To keep a
    /// view longer, hold().
    ///
    /// 1. [publisher] stores the new pointer under the lock;
    /// 2. [publisher] stores the version (release), still under the lock;
    /// 3. [reader] loads the version (acquire): if it is the one of the view it holds, that view is
    ///    the newest the reader can know of;
    /// 4. [reader] otherwise takes the lock and copies the pointer of step 1, or of a later one;
    /// 5. [reader] remembers the copied view's own version, not the counter of step 3, which may be
    ///    older: else a publication between 3 and 4 would cost a second, useless reload.
    [[nodiscard]] const FleetView& current() & {
        if (cell_->version() != view_->version()) [[unlikely]]
            reload();
        return *view_;
    }
    const FleetView& current() && = delete;  // The view would die with the reader.

    /// The newest view, shared: stays true while it is held (see RowSlot).
    [[nodiscard]] FleetViewPtr hold() & {
        (void)current();
        return view_;
    }

private:
    void reload();  // Not inline: a caller's loop keeps its registers.

    const ViewCell* cell_;
    FleetViewPtr view_;
};

}  // namespace muster
