// top: the first view before the terminal is taken, so that what cannot be reached is one line on
// an untouched screen.
#include "top_command.hpp"

#include <memory>
#include <string>
#include <utility>

#include "fleet_feed.hpp"
#include "local_zone.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/wire/fleet_document.hpp"
#include "past_feed.hpp"
#include "past_fleet.hpp"
#include "screen.hpp"
#include "top/live_table.hpp"
#include "top/printed_table.hpp"
#include "top/terminal.hpp"

namespace muster {
namespace {

// A view that was asked for, on the terminal or, where there is none, once.
ExitCode show(FollowedFeed& feed, FleetDocument fleet, const TopOptions& options, LiveTable table,
              const std::stop_token& stop) {
    const BootClock clock;
    table.follow = {options.filter, options.refresh};
    table.color = options.color;
    if (live_screen_possible()) {
        return run_live_table(feed, std::move(fleet), table, clock, stop);
    }
    TopModel model(table.place, table.past);
    model.take(std::move(fleet), clock.now());
    return print_output(printed_table(model, options.color));
}

ExitCode run(FleetFeed& feed, const TopOptions& options, const std::string& place,
             const std::stop_token& stop) {
    auto text = feed.fleet(options.filter, stop);
    if (!text) return report_unreachable(text.error());
    auto fleet = parse_fleet_document(*text);
    if (!fleet) {
        report_error("unreadable answer: " + fleet.error().what +
                     ": is this a `muster serve` of the same version?");
        return ExitCode::unreachable;
    }
    LiveTable table;
    table.place = place;
    return show(feed, *std::move(fleet), options, std::move(table), stop);
}

ExitCode run_past(const TopOptions& options, const std::stop_token& stop) {
    const PastLook& look = *options.past;
    auto fleet = past_fleet(look.place, look.when, options.filter, stop);
    if (!fleet) {
        if (fleet.error().kind != ErrorKind::bad_input) return report_unreachable(fleet.error());
        report_error(fleet.error().what);
        return ExitCode::trouble;
    }
    const LocalZone zone;
    PastFeed feed(look.place);
    LiveTable table;
    table.place = look.place.shown();
    table.past.emplace(zone, look.when, wall_time_now(), BootClock().now());
    table.seek = [&feed](WallTime when) { feed.seek(when); };
    return show(feed, *std::move(fleet), options, std::move(table), stop);
}

}  // namespace

ExitCode run_top(const TopOptions& options, const std::stop_token& stop) {
    const TerminalSignalsHeld held;
    if (options.past) return run_past(options, stop);
    if (!options.collect) {
        const auto feed = server_feed(options.server, options.client);
        return run(*feed, options, options.server.to_text(), stop);
    }
    auto fleet = FleetCollector::start(*options.collect);
    if (!fleet) {
        report_error(fleet.error().what);
        return ExitCode::usage;
    }
    const auto feed = collector_feed(**fleet);
    return run(*feed, options, "", stop);
}

}  // namespace muster
