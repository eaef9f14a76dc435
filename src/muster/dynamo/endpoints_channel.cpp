#include "muster/dynamo/endpoints_channel.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace muster::dynamo {

struct EndpointsReceiver::Shared {
    mutable std::mutex mutex;
    std::condition_variable_any changed;
    EndpointsPtr value = std::make_shared<const ProcessedEndpoints>();
    std::uint64_t version = 0;
    std::size_t receivers = 0;
    bool closed = false;
};

EndpointsReceiver::EndpointsReceiver(std::shared_ptr<Shared> shared, std::uint64_t seen)
    : shared_(std::move(shared)), seen_(seen) {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->receivers;
}

EndpointsReceiver::EndpointsReceiver(const EndpointsReceiver& other)
    : EndpointsReceiver(other.shared_, other.seen_) {}

EndpointsReceiver::EndpointsReceiver(EndpointsReceiver&& other) noexcept
    : shared_(std::move(other.shared_)), seen_(other.seen_) {}

EndpointsReceiver& EndpointsReceiver::operator=(const EndpointsReceiver& other) {
    EndpointsReceiver copy(other);
    *this = std::move(copy);
    return *this;
}

EndpointsReceiver& EndpointsReceiver::operator=(EndpointsReceiver&& other) noexcept {
    std::swap(shared_, other.shared_);
    std::swap(seen_, other.seen_);
    return *this;
}

EndpointsReceiver::~EndpointsReceiver() {
    if (shared_ == nullptr) return;
    const std::lock_guard lock(shared_->mutex);
    --shared_->receivers;
}

EndpointsPtr EndpointsReceiver::borrow() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->value;
}

EndpointsPtr EndpointsReceiver::borrow_and_update() {
    const std::lock_guard lock(shared_->mutex);
    seen_ = shared_->version;
    return shared_->value;
}

bool EndpointsReceiver::has_changed() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->version != seen_;
}

Changed EndpointsReceiver::changed(Duration timeout, const std::stop_token& stop) {
    std::unique_lock lock(shared_->mutex);
    const auto news = [this] { return shared_->version != seen_ || shared_->closed; };
    // "For ever" as a duration would overflow when the present is added to it.
    const Duration bounded = std::min<Duration>(timeout, std::chrono::hours(24 * 365));
    (void)shared_->changed.wait_for(lock, stop, bounded, news);
    if (shared_->version != seen_) {
        seen_ = shared_->version;
        return Changed::changed;
    }
    if (shared_->closed) return Changed::closed;
    return stop.stop_requested() ? Changed::stopped : Changed::timed_out;
}

EndpointsSender::EndpointsSender() : shared_(std::make_shared<EndpointsReceiver::Shared>()) {}

EndpointsSender::EndpointsSender(EndpointsSender&&) noexcept = default;

EndpointsSender& EndpointsSender::operator=(EndpointsSender&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
}

EndpointsSender::~EndpointsSender() {
    if (shared_ == nullptr) return;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->closed = true;
    }
    shared_->changed.notify_all();
}

EndpointsReceiver EndpointsSender::subscribe() const {
    std::uint64_t seen = 0;
    {
        const std::lock_guard lock(shared_->mutex);
        seen = shared_->version;
    }
    return EndpointsReceiver(shared_, seen);
}

std::size_t EndpointsSender::receiver_count() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->receivers;
}

bool EndpointsSender::send(ProcessedEndpoints value) {
    EndpointsPtr next = std::make_shared<const ProcessedEndpoints>(std::move(value));
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->receivers == 0) return false;
        // The old value ends after the lock is released: it may be large.
        std::swap(shared_->value, next);
        ++shared_->version;
    }
    shared_->changed.notify_all();
    return true;
}

}  // namespace muster::dynamo
