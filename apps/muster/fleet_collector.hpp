// FleetCollector: everything that a view needs, put together: clock, collector and its thread, the
// sources, and the moments to print it with.
//
// The object graph of every command that collects (`get --nats`, `serve`, `demo`), and an example
// of how a program embeds the library. Thread rule: made, used and destroyed on one thread; the
// view cell and the clock may be read from any.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "event_fan.hpp"
#include "muster/base/error.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/io/discovery/discovery.hpp"
#include "muster/io/discovery/rest_workers.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/http_source.hpp"
#include "muster/io/journal/journal.hpp"
#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

/// Workers may be named over REST: where they are kept.
struct RestPlace {
    std::string directory;  ///< Empty: for this run only.
};

class FleetCollector {
    struct Passkey {};

public:
    /// Begins to connect and to collect; does not wait for any broker. With a journal it goes on
    /// where that one ends, and keeps it.
    [[nodiscard]] static Result<std::unique_ptr<FleetCollector>> start(
        CollectOptions options, std::optional<JournalOptions> journal = std::nullopt,
        std::optional<RestPlace> rest = std::nullopt);
    /// For start() only: nobody holds one without its sources.
    FleetCollector(Passkey, Collector::Options options);
    ~FleetCollector();
    FleetCollector(const FleetCollector&) = delete;
    FleetCollector& operator=(const FleetCollector&) = delete;

    [[nodiscard]] ViewCell& view_cell() noexcept { return host_.view_cell(); }
    [[nodiscard]] Collector& collector() noexcept { return host_.collector(); }
    [[nodiscard]] const Clock& clock() const noexcept { return host_.clock(); }
    [[nodiscard]] const WallClock& wall_clock() const noexcept { return wall_clock_; }
    /// What happens in the fleet; the journal listens already. Whoever runs this object pumps it.
    [[nodiscard]] EventFan& events() noexcept { return events_; }
    /// Null if none is kept.
    [[nodiscard]] Journal* journal() noexcept { return journal_.get(); }
    /// Null where nobody may name workers over REST.
    [[nodiscard]] RestWorkers* rest() noexcept { return rest_.get(); }
    /// Random, new at every start.
    [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }
    /// Now, as the writers of JSON want it. Good while this object lives.
    [[nodiscard]] FleetMoment moment() const;

    /// Waits until each source was reached or has said why not, and those behind them had the time
    /// to tell their load (see FirstPicture). Gives the view; fails with `closed` if no source
    /// could be reached (a whole sentence) or the stop was asked.
    [[nodiscard]] Result<FleetViewPtr> wait_settled(const std::stop_token& stop);

    /// Of each source that is not connected in this view, or too busy to tell anything: why, a
    /// whole sentence. One more tells of the workers that were asked and have told no load, if
    /// there are any.
    [[nodiscard]] std::vector<std::string> unreached(const FleetView& view) const;

    /// These rules hold from now on: a configuration was read again.
    void set_options(const Collector::Options& options);

private:
    /// Makes the journal; what the earlier run knew goes to the collector, and to the sources.
    void open_journal(JournalOptions options, std::vector<NatsSourceOptions>& sources);
    [[nodiscard]] Result<void> start_http(HttpOptions options, const HttpSourceOptions& common);
    [[nodiscard]] Result<void> start_rest(RestPlace place, const HttpOptions& http,
                                          HttpSourceOptions common);
    [[nodiscard]] std::size_t source_count() const noexcept {
        return sources_.size() + http_sources_.size();
    }
    [[nodiscard]] Result<FleetViewPtr> wait_connected(const std::stop_token& stop);

    CollectorHost host_;
    WallClock wall_clock_;
    Duration patience_;
    Duration connect_patience_{};  // The longest of any source.
    std::string epoch_;
    EventFan events_;
    std::unique_ptr<Journal> journal_;
    // Go first, the last one first: they call the collector, and those before them.
    std::vector<std::unique_ptr<NatsSource>> sources_;
    std::unique_ptr<NameResolver> names_;  // Null without engines over HTTP.
    std::vector<std::unique_ptr<HttpSource>> http_sources_;
    std::vector<std::unique_ptr<Discovery>> discoveries_;
    std::unique_ptr<RestWorkers> rest_;
};

}  // namespace muster
