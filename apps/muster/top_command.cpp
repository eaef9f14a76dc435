// top: the first view before the terminal is taken, so that what cannot be reached is one line on
// an untouched screen.
#include "top_command.hpp"

#include <memory>
#include <string>
#include <utility>

#include "fleet_feed.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/wire/fleet_document.hpp"
#include "screen.hpp"
#include "top/live_table.hpp"
#include "top/printed_table.hpp"
#include "top/terminal.hpp"

namespace muster {
namespace {

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
    const BootClock clock;
    if (!live_screen_possible()) {
        return print_output(printed_table(*std::move(fleet), place, options.color, clock.now()));
    }
    LiveTable table;
    table.follow = {options.filter, options.refresh};
    table.place = place;
    table.color = options.color;
    return run_live_table(feed, *std::move(fleet), table, clock, stop);
}

}  // namespace

ExitCode run_top(const TopOptions& options, const std::stop_token& stop) {
    const TerminalSignalsHeld held;
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
