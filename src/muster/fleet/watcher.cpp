#include "muster/fleet/watcher.hpp"

#include <algorithm>

namespace muster {
namespace {

// A longer wait would overflow the clock that the condition variable adds it to.
constexpr Duration kWaitMax = std::chrono::hours(24 * 365);

}  // namespace

Watcher::Watcher(ViewCell& cell) : cell_(cell) {
    cell_.add_listener(*this);
    // After the registration: a publication in between is seen by one of the two.
    const std::uint64_t published = cell_.version();
    const std::scoped_lock lock(mutex_);
    published_ = std::max(published_, published);
}

Watcher::~Watcher() {
    cell_.remove_listener(*this);
}

FleetViewPtr Watcher::wait(Duration timeout, std::stop_token stop) {
    return wait_above(seen_, timeout, std::move(stop));
}

FleetViewPtr Watcher::wait_above(std::uint64_t version, Duration timeout, std::stop_token stop) {
    {
        std::unique_lock lock(mutex_);
        const bool news = changed_.wait_for(lock, stop, std::min(timeout, kWaitMax),
                                            [&] { return published_ > version; });
        if (!news) return nullptr;
    }
    FleetViewPtr view = cell_.current();
    seen_ = view->version();
    return view;
}

void Watcher::on_published(std::uint64_t version) noexcept {
    {
        const std::scoped_lock lock(mutex_);
        published_ = version;
    }
    changed_.notify_all();
}

}  // namespace muster
