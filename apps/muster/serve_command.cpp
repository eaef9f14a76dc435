// serve: the collector and the server; what happens is told on the log and to systemd.
#include "serve_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "event_log.hpp"
#include "fleet_collector.hpp"
#include "fleet_table.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/io/journal/journal.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "service_notifier.hpp"
#include "stderr_log.hpp"
#include "stop_deadline.hpp"

namespace muster {
namespace {

// Events are told at least so often where no view is published.
constexpr Duration kLook = std::chrono::milliseconds(500);

std::string shown_sources(const CollectOptions& collect) {
    std::string shown;
    for (const NatsSourceOptions& nats : collect.sources) {
        shown += (shown.empty() ? "" : " and ") + shown_target(nats.connect);
    }
    if (collect.http.wanted()) {
        shown += (shown.empty() ? "" : " and ") + shown_workers(collect.http);
    }
    return shown;
}

// One line, whatever comes of it; a file with a mistake changes nothing.
void read_again(const Rereading& reread, FleetCollector& fleet, FleetServer& server,
                StderrLog& log) {
    const auto refuse = [&](const Error& error) {
        log.announce(LogLevel::error,
                     "configuration not read again, nothing is changed: " + error.what);
    };
    auto again = reread();
    if (!again) return refuse(again.error());
    // First, for a certificate may be no good.
    const auto renewed = server.renew(again->options.access.token);
    if (!renewed) return refuse(renewed.error());
    if (renewed->token) again->change.applied.emplace_back("the token");
    if (renewed->certificate) again->change.applied.emplace_back("the certificate");
    fleet.set_options(again->options.collect.collector);
    log.set_level(again->options.log_level);
    log.set_format(again->options.log_format);
    log.announce(LogLevel::info, words_of(again->change));
}

// Says what changed for the journal: its trouble is a warning, its end worth knowing.
class JournalTeller {
public:
    explicit JournalTeller(StderrLog& log) noexcept : log_(log) {}

    void look(const JournalStatus& status) {
        if (status.reason == reason_) return;
        const bool ill = !status.reason.empty();
        reason_ = status.reason;
        if (ill) {
            log_.tell({.level = LogLevel::warning,
                       .source = "journal",
                       .words = reason_ + " (no journal until then, all else goes on)",
                       .fields = {}});
        } else {
            log_.tell({.level = LogLevel::info,
                       .source = "journal",
                       .words = "the journal is written again: " + status.directory,
                       .fields = {}});
        }
    }

private:
    StderrLog& log_;
    std::string reason_;
};

std::optional<JournalOptions> journal_options(const ServeOptions& options, StderrLog& log) {
    if (options.journal_size == 0) return std::nullopt;
    if (options.state_dir.empty()) {
        log.announce(
            LogLevel::warning,
            "no journal: neither HOME nor STATE_DIRECTORY nor XDG_STATE_HOME is set: name a "
            "directory with --state-dir");
        return std::nullopt;
    }
    JournalOptions journal;
    journal.directory = options.state_dir;
    journal.bytes_max = options.journal_size;
    journal.software = std::string("muster ") + MUSTER_VERSION;
    return journal;
}

FleetServerOptions server_options_of(const ServeOptions& options, FleetCollector& fleet) {
    FleetServerOptions served;
    served.http.listen = options.listen;
    served.http.tls = options.tls;
    served.access = options.access;
    served.text_table = [](const FleetDocument& shown) { return fleet_table(shown, {}); };
    served.collector = &fleet.collector();
    served.rest = fleet.rest();
    if (Journal* const journal = fleet.journal()) {
        served.journal = ServedJournal{options.state_dir, [journal] { return journal->status(); }};
    }
    return served;
}

}  // namespace

ExitCode run_serve(const ServeOptions& options, const Rereading& reread, StopSignals& signals) {
    if (reread) signals.reread_on_hangup();
    const std::stop_token stop = signals.token();
    const BootClock log_clock;
    const WallClock log_wall_clock(log_clock);
    StderrLog log({.level = options.log_level, .format = options.log_format}, log_clock,
                  log_wall_clock);
    StopDeadline deadline(stop, log_clock, {}, [&log](const std::string& words) {
        log.announce(LogLevel::error, words);
        _exit(static_cast<int>(ExitCode::trouble));
    });
    EventLog events(log);  // Before the fleet, which tells its last events when it goes.
    CollectOptions collect = options.collect;
    for (NatsSourceOptions& nats : collect.sources) nats.log = &log;
    auto fleet = FleetCollector::start(std::move(collect), journal_options(options, log),
                                       RestPlace{options.state_dir});
    if (!fleet) {
        log.fail(fleet.error().what);
        return ExitCode::usage;
    }
    const FleetServerOptions server_options = server_options_of(options, **fleet);
    auto server = FleetServer::start((*fleet)->view_cell(), (*fleet)->clock(),
                                     (*fleet)->wall_clock(), (*fleet)->epoch(), server_options);
    if (!server) {
        log.fail(server.error().what);
        return server.error().kind == ErrorKind::bad_input ? ExitCode::usage
                                                           : ExitCode::unreachable;
    }
    if (log.tells(LogLevel::info)) {
        log.announce(LogLevel::info,
                     std::string("serving ") + (options.tls.wanted() ? "https://" : "http://") +
                         (*server)->address() + "/v1/fleet from " + shown_sources(options.collect));
    }
    ServiceNotifier notifier(server_options.collector_step_max);
    notifier.ready();
    // That its sources go when it is stopped is no news.
    (*fleet)->events().add([&events, stop](const std::vector<FleetEvent>& happened) {
        if (!stop.stop_requested()) events.tell(happened);
    });
    JournalTeller journal_teller(log);
    Journal* const journal = (*fleet)->journal();
    Watcher watcher((*fleet)->view_cell());
    ViewReader reader((*fleet)->view_cell());
    const Duration look = std::min(kLook, notifier.look_every().value_or(kLook));
    while (!stop.stop_requested()) {
        (void)watcher.wait(look, stop);
        if (signals.take_hangup()) {
            notifier.reloading();
            read_again(reread, **fleet, **server, log);
            notifier.ready();
        }
        (*fleet)->events().pump();
        if (journal != nullptr) journal_teller.look(journal->status());
        events.tell_rules((*fleet)->collector().rule_counts(), (*fleet)->clock().now());
        log.look();
        deadline.watch(reader.current().parts().pulse);
        notifier.look(reader.current(), (*fleet)->clock().now());
    }
    notifier.stopping();
    (*server)->stop();
    return ExitCode::done;
}

}  // namespace muster
