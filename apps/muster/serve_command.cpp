// serve: the collector and the server, and what happens told on stderr.
#include "serve_command.hpp"

#include <string_view>
#include <utility>

#include "fleet_collector.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/serve/fleet_server.hpp"
#include "people_text.hpp"
#include "stderr_log.hpp"

namespace muster {
namespace {

// Events are told at least so often where no view is published.
constexpr Duration kLook = std::chrono::milliseconds(500);
// Lines told at once; a fleet of 10,000 that comes or goes must not fill a terminal or a disk.
constexpr std::size_t kLinesMax = 50;

std::string_view words_of(FleetEventKind kind) {
    switch (kind) {
        case FleetEventKind::worker_appeared: return "worker appeared";
        case FleetEventKind::worker_returned: return "worker returned";
        case FleetEventKind::worker_restarted: return "worker restarted";
        case FleetEventKind::worker_renamed: return "worker renamed";
        case FleetEventKind::worker_lost: return "worker lost";
        case FleetEventKind::worker_state: return "worker state";
        case FleetEventKind::flag_raised: return "flag raised";
        case FleetEventKind::flag_cleared: return "flag cleared";
        case FleetEventKind::source_connected: return "source connected";
        case FleetEventKind::source_suspect: return "source suspect";
        case FleetEventKind::source_disconnected: return "source disconnected";
        case FleetEventKind::mass_silence_began: return "mass silence";
        case FleetEventKind::mass_silence_ended: return "mass silence ended";
        case FleetEventKind::interval_changed: return "interval changed";
        case FleetEventKind::workers_missing: return "workers missing";
        case FleetEventKind::workers_complete: return "workers complete";
    }
    return "event";
}

void tell_events(FleetCollector& fleet, const StderrLog& log, bool quiet) {
    const auto events = fleet.collector().take_events();
    if (quiet) return;
    std::size_t told = 0;
    for (const FleetEvent& event : events) {
        const bool is_loss = event.kind == FleetEventKind::source_disconnected;
        if (is_loss && log.just_said(event.detail)) continue;
        if (told++ == kLinesMax) {
            report_error("and " + std::to_string(events.size() - kLinesMax) + " more events");
            return;
        }
        std::string line = clock_text(fleet.wall_clock().wall_at(event.when)) + ' ' +
                           std::string(words_of(event.kind)) + ": " + event.subject;
        if (!event.detail.empty()) line += ": " + event.detail;
        report_error(line);
    }
}

std::string shown_sources(const CollectOptions& collect) {
    std::string shown;
    for (const NatsSourceOptions& nats : collect.sources) {
        shown += (shown.empty() ? "" : " and ") + shown_target(nats.connect);
    }
    return shown;
}

}  // namespace

ExitCode run_serve(const ServeOptions& options, const std::stop_token& stop) {
    StderrLog log(options.quiet);
    CollectOptions collect = options.collect;
    for (NatsSourceOptions& nats : collect.sources) nats.log = &log;
    auto fleet = FleetCollector::start(std::move(collect));
    if (!fleet) {
        report_error(fleet.error().what);
        return ExitCode::usage;
    }
    FleetServerOptions server_options;
    server_options.http.listen = options.listen;
    server_options.http.tls = options.tls;
    server_options.access = options.access;
    server_options.collector = &(*fleet)->collector();
    auto server = FleetServer::start((*fleet)->view_cell(), (*fleet)->clock(),
                                     (*fleet)->wall_clock(), (*fleet)->epoch(), server_options);
    if (!server) {
        report_error(server.error().what);
        return server.error().kind == ErrorKind::bad_input ? ExitCode::usage
                                                           : ExitCode::unreachable;
    }
    if (!options.quiet) {
        report_error(std::string("serving ") + (options.tls.wanted() ? "https://" : "http://") +
                     (*server)->address() + "/v1/fleet from " + shown_sources(options.collect));
    }
    Watcher watcher((*fleet)->view_cell());
    while (!stop.stop_requested()) {
        (void)watcher.wait(kLook, stop);
        tell_events(**fleet, log, options.quiet);
    }
    (*server)->stop();
    return ExitCode::done;
}

}  // namespace muster
