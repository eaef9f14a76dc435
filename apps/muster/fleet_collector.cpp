// Putting the parts together, and waiting for a first complete picture.
#include "fleet_collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "muster/fleet/watcher.hpp"

namespace muster {
namespace {

std::string random_word() {
    std::random_device device;
    const auto high = static_cast<std::uint64_t>(device()) << 32;
    return fmt::format("{:012x}", (high | device()) & 0xffff'ffff'ffffULL);
}

bool every_worker_known(const FleetView& view) {
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (!view.has_load(row)) return false;
    }
    return view.size() > 0;
}

std::unexpected<Error> stopped() {
    return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
}

// How long a wait for a publication may sleep past the moment that ends it.
constexpr Duration kLook = std::chrono::milliseconds(50);

}  // namespace

FleetCollector::FleetCollector(Passkey /*key*/, Collector::Options options)
    : host_(options),
      wall_clock_(host_.clock()),
      patience_(options.rules.patience),
      epoch_(random_word()) {}

Result<std::unique_ptr<FleetCollector>> FleetCollector::start(CollectOptions options) {
    auto fleet = std::make_unique<FleetCollector>(Passkey{}, options.collector);
    fleet->target_ = shown_target(options.nats.connect);
    fleet->connect_patience_ =
        options.nats.connect.connect_timeout * options.nats.connect.servers.size();
    auto source =
        NatsSource::start(std::move(options.nats), fleet->collector(), fleet->host_.clock());
    if (!source) return std::unexpected(std::move(source.error()));
    fleet->source_ = std::move(*source);
    fleet->host_.start();
    return fleet;
}

FleetCollector::~FleetCollector() {
    if (source_) source_->stop();
    host_.stop();
}

FleetMoment FleetCollector::moment() const {
    return {host_.clock().now(), wall_clock_.anchor(), epoch_};
}

Result<FleetViewPtr> FleetCollector::wait_connected(const std::stop_token& stop) {
    Watcher watcher(view_cell());
    // One second more than the connection's own limit, so that its reason is heard.
    const Time deadline = clock().now() + connect_patience_ + std::chrono::seconds(1);
    for (;;) {
        FleetViewPtr view = view_cell().current();
        const bool known = !view->sources().empty();
        if (known && view->sources().front().state == SourceState::connected) return view;
        const std::string why = known ? view->sources().front().last_error.value_or("") : "";
        if (!why.empty() || clock().now() > deadline) {
            // What the source says is a whole sentence.
            return fail(
                ErrorKind::closed, ErrorOrigin::upstream,
                why.empty() ? "no answer: " + target_ + ": is nats-server running there?" : why);
        }
        if (stop.stop_requested()) return stopped();
        (void)watcher.wait(kLook, stop);
    }
}

Result<FleetViewPtr> FleetCollector::wait_settled(const std::stop_token& stop) {
    auto connected = wait_connected(stop);
    if (!connected) return connected;
    Watcher watcher(view_cell());
    Time asked = kNever;
    const Time connected_at = clock().now();
    for (;;) {
        FleetViewPtr view = view_cell().current();
        const Time now = clock().now();
        const bool was_asked = !view->sources().empty() && view->sources().front().asked_once;
        if (was_asked && asked == kNever) asked = now;
        const Duration waited = age_between(asked == kNever ? connected_at : asked, now);
        // Within one patience a worker may still turn up that nobody knows of.
        if (asked != kNever && waited >= patience_ && every_worker_known(*view)) return view;
        // Where services must be found first, the question comes after two more exchanges.
        const Duration limit = asked == kNever ? 4 * patience_ : 2 * patience_;
        if (waited >= limit) return view;
        if (stop.stop_requested()) return stopped();
        (void)watcher.wait(std::min(kLook, limit - waited), stop);
    }
}

}  // namespace muster
