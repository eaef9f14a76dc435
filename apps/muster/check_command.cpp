// Asks until everything expected is known, or for some seconds.
#include "check_command.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine_check.hpp"
#include "expected_words.hpp"
#include "fleet_feed.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

// A source shows all its workers within 2 s and the patience; then there is nothing to wait for.
constexpr Duration kWait = std::chrono::seconds(5);
// So long a change is waited for at a time.
constexpr Duration kHold = std::chrono::milliseconds(500);

bool all_known(const FleetDocument& fleet) {
    return std::ranges::all_of(fleet.expected,
                               [](const ExpectedEntry& e) { return e.missing.has_value(); });
}

Result<FleetDocument> parsed(Result<std::string> text) {
    if (!text) return std::unexpected(std::move(text.error()));
    auto fleet = parse_fleet_document(*text);
    if (fleet) return fleet;
    return fail(ErrorKind::unsupported, ErrorOrigin::upstream,
                "unreadable answer: " + fleet.error().what +
                    ": is this a `muster serve` of the same version?");
}

ExitCode check(FleetFeed& feed, const std::stop_token& stop) {
    const BootClock clock;
    const Time deadline = clock.now() + kWait;
    auto fleet = parsed(feed.fleet({}, stop));
    while (fleet && !all_known(*fleet) && clock.now() < deadline) {
        fleet = parsed(feed.fleet_above(fleet->version, kHold, {}, stop));
    }
    if (!fleet) return report_unreachable(fleet.error());
    if (fleet->expected.empty()) {
        report_error(
            "nothing is expected: muster check --fleet: put an [expect] section into the "
            "configuration, `muster expect learn` prints one");
        return ExitCode::usage;
    }
    const FleetVerdict verdict = verdict_on(*fleet);
    const ExitCode printed = print_output(verdict.words);
    if (printed != ExitCode::done) return printed;
    return verdict.as_expected ? ExitCode::done : ExitCode::trouble;
}

}  // namespace

FleetVerdict verdict_on(const FleetDocument& fleet) {
    FleetVerdict verdict;
    for (const ExpectedEntry& expected : fleet.expected) {
        verdict.as_expected = verdict.as_expected && is_met(expected);
        verdict.words += expected_words(expected, fleet.time) + '\n';
    }
    for (const SourceEntry& source : fleet.sources) {
        if (source.state == "connected") continue;
        verdict.as_expected = false;
        verdict.words += harmless(source.id) + ' ' + harmless(source.state);
        if (source.since && fleet.time) {
            verdict.words += " for " + age_text(std::max(Duration::zero(),
                                                         Duration(*fleet.time - *source.since)));
        }
        if (!source.reason.empty()) verdict.words += ": " + harmless(source.reason);
        verdict.words += '\n';
    }
    return verdict;
}

ExitCode run_check(const CheckOptions& options, const std::stop_token& stop) {
    if (!options.targets.empty()) return check_engines(options, stop);
    if (!options.road.collect) {
        return check(*server_feed(options.road.server.server, options.road.server.client), stop);
    }
    auto fleet = FleetCollector::start(*options.road.collect);
    if (!fleet) {
        report_error(fleet.error().what);
        return ExitCode::usage;
    }
    return check(*collector_feed(**fleet), stop);
}

}  // namespace muster
