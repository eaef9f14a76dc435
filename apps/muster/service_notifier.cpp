// Over libsystemd, which knows the protocol's details: abstract sockets, vsock, the watchdog's pid.
#include "service_notifier.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>

#include "muster/fleet/statistics.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

constexpr Duration kStatusEvery = std::chrono::seconds(1);
// A fleet of many brokers must not make the line longer than a screen is wide.
constexpr std::size_t kSourcesToldMax = 4;

// A manager that cannot be reached is no reason to serve nobody: what sd_notify returns is not
// looked at.
void tell(const std::string& state) {
    (void)sd_notify(0, state.c_str());
}

bool is_due(Time last, Duration every, Time now) {
    return last == kNever || now - last >= every;
}

}  // namespace

ServiceNotifier::ServiceNotifier(Duration step_max)
    : step_max_(step_max), is_managed_(std::getenv("NOTIFY_SOCKET") != nullptr) {
    std::uint64_t watchdog_us = 0;
    if (is_managed_ && sd_watchdog_enabled(0, &watchdog_us) > 0) {
        // With looks at half of it, the longest gap is half of the deadline.
        feed_every_ = std::chrono::microseconds(watchdog_us) / 3;
    }
}

std::optional<Duration> ServiceNotifier::look_every() const noexcept {
    if (!feed_every_) return std::nullopt;
    return *feed_every_ / 2;
}

void ServiceNotifier::ready() {
    tell("READY=1");
}

void ServiceNotifier::reloading() {
    tell("RELOADING=1");
}

void ServiceNotifier::stopping() {
    tell("STOPPING=1");
}

void ServiceNotifier::look(const FleetView& view, Time now) {
    if (!is_managed_) return;
    feed(view.collector_step(), now);
    tell_status(view, now);
}

void ServiceNotifier::feed(Time collector_step, Time now) {
    if (!feed_every_ || !is_due(fed_at_, *feed_every_, now)) return;
    if (age_between(collector_step, now) > step_max_) return;
    fed_at_ = now;
    tell("WATCHDOG=1");
}

void ServiceNotifier::tell_status(const FleetView& view, Time now) {
    if (!is_due(status_at_, kStatusEvery, now)) return;
    status_at_ = now;
    std::string line = status_line(view, now);
    if (line == last_status_) return;
    tell("STATUS=" + line);
    last_status_ = std::move(line);
}

std::string status_line(const FleetView& view, Time now) {
    const FleetStatistics statistics = statistics_at(view, now);
    std::string line = std::to_string(view.size()) + (view.size() == 1 ? " worker" : " workers");
    char before = ':';
    for (std::size_t state = 0; state < kWorkerStateCount; ++state) {
        if (statistics.workers[state] == 0) continue;
        line += before;
        line += ' ' + std::to_string(statistics.workers[state]) + ' ';
        line += name_of(static_cast<WorkerState>(state));
        before = ',';
    }
    std::size_t told = 0;
    for (const SourceInfo& source : view.sources()) {
        if (told++ == kSourcesToldMax) {
            line += " | and " + std::to_string(view.sources().size() - kSourcesToldMax) + " more";
            break;
        }
        line += " | " + harmless(source.id) + ' ';
        line += name_of(source.state);
    }
    return line;
}

}  // namespace muster
