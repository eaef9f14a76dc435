// FleetCollector: everything that a view needs, put together: clock, collector and its thread, the
// NATS source, and the moments to print it with.
//
// The object graph of every command that collects (`get --nats`, `serve`, `demo`), and an example
// of how a program embeds the library. Thread rule: made, used and destroyed on one thread; the
// view cell and the clock may be read from any.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "muster/base/error.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

class FleetCollector {
    struct Passkey {};

public:
    /// Begins to connect and to collect; does not wait for the broker.
    [[nodiscard]] static Result<std::unique_ptr<FleetCollector>> start(CollectOptions options);
    /// For start() only: nobody holds one without its source.
    FleetCollector(Passkey, Collector::Options options);
    ~FleetCollector();
    FleetCollector(const FleetCollector&) = delete;
    FleetCollector& operator=(const FleetCollector&) = delete;

    [[nodiscard]] ViewCell& view_cell() noexcept { return host_.view_cell(); }
    [[nodiscard]] Collector& collector() noexcept { return host_.collector(); }
    [[nodiscard]] const Clock& clock() const noexcept { return host_.clock(); }
    [[nodiscard]] const WallClock& wall_clock() const noexcept { return wall_clock_; }
    /// Random, new at every start.
    [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }
    /// Now, as the writers of JSON want it. Good while this object lives.
    [[nodiscard]] FleetMoment moment() const;

    /// Waits until the source was reached and every worker it then knows has told its load, or two
    /// patiences have passed. Gives the view; fails with `closed` if the source could not be
    /// reached (a whole sentence) or the stop was asked.
    [[nodiscard]] Result<FleetViewPtr> wait_settled(const std::stop_token& stop);

private:
    [[nodiscard]] Result<FleetViewPtr> wait_connected(const std::stop_token& stop);

    CollectorHost host_;
    WallClock wall_clock_;
    Duration patience_;
    Duration connect_patience_{};
    std::string target_;
    std::string epoch_;
    std::unique_ptr<NatsSource> source_;  // Goes first: it calls the collector.
};

}  // namespace muster
