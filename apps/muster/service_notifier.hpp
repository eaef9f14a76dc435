// ServiceNotifier: what `serve` tells the manager that started it, such as systemd (Type=notify).
//
// Speaks to the socket that NOTIFY_SOCKET names; without one every call does nothing. The watchdog
// is fed by proof that the collector steps, not by the mere fact that this program runs.
// Belongs to one thread.
#pragma once

#include <optional>
#include <string>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

class ServiceNotifier {
public:
    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, once. A collector whose last step is
    /// older than `step_max` gets the watchdog no food.
    explicit ServiceNotifier(Duration step_max);

    /// How often look() wants to be called, at least; nothing if nobody watches.
    [[nodiscard]] std::optional<Duration> look_every() const noexcept;

    /// It listens: what depends on it may start. Also ends reloading().
    void ready();
    void reloading();
    void stopping();
    /// Feeds the watchdog when that is due, if the collector's last step is recent enough; and at
    /// most once a second tells the status line, if it differs from the last.
    void look(const FleetView& view, Time now);

private:
    void feed(Time collector_step, Time now);
    void tell_status(const FleetView& view, Time now);

    Duration step_max_;
    bool is_managed_;
    std::optional<Duration> feed_every_;
    Time fed_at_ = kNever;
    Time status_at_ = kNever;
    std::string last_status_;
};

/// One line for `systemctl status`: "12 workers: 11 fresh, 1 late | nats-1 connected".
[[nodiscard]] std::string status_line(const FleetView& view, Time now);

}  // namespace muster
