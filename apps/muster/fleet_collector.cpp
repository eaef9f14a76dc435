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
      epoch_(random_word()),
      events_(host_.collector()) {}

Result<std::unique_ptr<FleetCollector>> FleetCollector::start(
    CollectOptions options, std::optional<JournalOptions> journal) {
    auto fleet = std::make_unique<FleetCollector>(Passkey{}, std::move(options.collector));
    if (journal) fleet->open_journal(std::move(*journal), options.sources);
    for (NatsSourceOptions& nats : options.sources) {
        const Duration longest =
            nats.connect.connect_timeout * static_cast<std::int64_t>(nats.connect.servers.size());
        fleet->connect_patience_ = std::max(fleet->connect_patience_, longest);
        auto source = NatsSource::start(std::move(nats), fleet->collector(), fleet->host_.clock());
        if (!source) return std::unexpected(std::move(source.error()));
        fleet->sources_.push_back(std::move(*source));
    }
    fleet->host_.start();
    if (fleet->journal_) fleet->journal_->start(fleet->view_cell());
    return fleet;
}

void FleetCollector::open_journal(JournalOptions options, std::vector<NatsSourceOptions>& sources) {
    options.epoch = epoch_;
    journal_ = std::make_unique<Journal>(std::move(options), host_.clock(), wall_clock_);
    events_.add([this](const std::vector<FleetEvent>& events) { journal_->note(events); });
    auto restored = journal_->open();
    if (!restored) return;
    for (NatsSourceOptions& nats : sources) {
        nats.known = known_services(*restored, nats.id, shown_target(nats.connect));
    }
    collector().restore(std::move(*restored), clock().now());
}

FleetCollector::~FleetCollector() {
    for (const auto& source : sources_) source->stop();
    host_.stop();
    events_.pump();
    if (journal_) journal_->stop();
}

FleetMoment FleetCollector::moment() const {
    return {host_.clock().now(), wall_clock_.anchor(), epoch_};
}

std::vector<std::string> FleetCollector::unreached(const FleetView& view) const {
    std::vector<std::string> reasons;
    for (const SourceInfo& source : view.sources()) {
        if (source.state != SourceState::disconnected) continue;
        // What the source says is a whole sentence.
        reasons.push_back(source.last_error.value_or("no answer: " + source.target +
                                                     ": is nats-server running there?"));
    }
    return reasons;
}

Result<FleetViewPtr> FleetCollector::wait_connected(const std::stop_token& stop) {
    Watcher watcher(view_cell());
    // One second more than the connection's own limit, so that its reason is heard.
    const Time deadline = clock().now() + connect_patience_ + std::chrono::seconds(1);
    for (;;) {
        FleetViewPtr view = view_cell().current();
        const auto decided = [](const SourceInfo& source) {
            return source.state != SourceState::disconnected || source.last_error.has_value();
        };
        const bool all_told = view->sources().size() == sources_.size() &&
                              std::ranges::all_of(view->sources(), decided);
        if (all_told || clock().now() > deadline) {
            std::vector<std::string> reasons = unreached(*view);
            if (reasons.size() < sources_.size()) return view;
            return fail(ErrorKind::closed, ErrorOrigin::upstream,
                        reasons.empty() ? "no answer: muster: no source began" : reasons.front());
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
        const bool was_asked = std::ranges::all_of(view->sources(), [](const SourceInfo& source) {
            return source.asked_once || source.state != SourceState::connected;
        });
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
