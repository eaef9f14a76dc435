#include "muster/fleet/view_cell.hpp"

#include <algorithm>
#include <utility>

namespace muster {

ViewCell::ViewCell() : current_(std::make_shared<const FleetView>()) {}

void ViewCell::publish(FleetViewPtr view) {
    const std::uint64_t version = view->version();
    {
        const std::scoped_lock lock(mutex_);
        retired_.push_back(std::exchange(current_, std::move(view)));
        version_.store(version, std::memory_order_release);
    }
    sweep();
    const std::scoped_lock lock(listeners_mutex_);
    for (ViewListener* listener : listeners_) listener->on_published(version);
}

void ViewCell::sweep() {
    // Freed outside the lock: a view's end may free thousands of blocks, and readers wait for the
    // lock.
    std::vector<FleetViewPtr> unheld;
    {
        const std::scoped_lock lock(mutex_);
        // A retired view can gain no new holder, so a count of one is final.
        const auto held = std::partition(retired_.begin(), retired_.end(),
                                         [](const FleetViewPtr& v) { return v.use_count() > 1; });
        unheld.assign(std::make_move_iterator(held), std::make_move_iterator(retired_.end()));
        retired_.erase(held, retired_.end());
    }
}

FleetViewPtr ViewCell::current() const {
    const std::scoped_lock lock(mutex_);
    return current_;
}

void ViewCell::add_listener(ViewListener& listener) {
    const std::scoped_lock lock(listeners_mutex_);
    listeners_.push_back(&listener);
}

void ViewCell::remove_listener(ViewListener& listener) {
    const std::scoped_lock lock(listeners_mutex_);
    std::erase(listeners_, &listener);
}

std::size_t ViewCell::retired_count() const {
    const std::scoped_lock lock(mutex_);
    return retired_.size();
}

void ViewReader::reload() {
    view_ = cell_->current();
}

}  // namespace muster
