// Counts by component what would count as present.
#include "expect_command.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "flags/config_tables.hpp"
#include "fleet_feed.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

struct Counted {
    std::size_t present = 0;
    std::size_t left_out = 0;  // Zombies, restored ones, silent ones, and the lost.
};

// The same workers that the view counts as present.
bool counts(const WorkerEntry& worker) {
    return std::ranges::none_of(worker.flags, [](const std::string& flag) {
        return flag == "zombie" || flag == "restored";
    });
}

// "dynamo/backend" of "dynamo/backend/7": the lost entries of an older muster have no component.
std::string component_of(const std::string& worker_id) {
    const std::size_t first = worker_id.find('/');
    const std::size_t second = first == std::string::npos ? first : worker_id.find('/', first + 1);
    return worker_id.substr(0, second);
}

ExitCode learn(FleetFeed& feed, const std::stop_token& stop) {
    auto text = feed.fleet({}, stop);
    if (!text) return report_unreachable(text.error());
    const auto fleet = parse_fleet_document(*text);
    if (!fleet) {
        report_error("unreadable answer: " + fleet.error().what +
                     ": is this a `muster serve` of the same version?");
        return ExitCode::unreachable;
    }
    if (const auto unreached = feed.unreached(); !unreached.empty()) {
        // Half a fleet is not what there should be.
        for (const std::string& why : unreached) report_error(why);
        return ExitCode::unreachable;
    }
    const std::string section = learnt_section(*fleet);
    if (section.empty()) {
        report_error(
            "no workers: muster expect learn: start them first, nobody is there to expect");
        return ExitCode::trouble;
    }
    return print_output(section);
}

}  // namespace

std::string learnt_section(const FleetDocument& fleet) {
    std::map<std::string, Counted> components;
    for (const WorkerEntry& worker : fleet.workers) {
        Counted& counted = components[worker.component];
        ++(counts(worker) ? counted.present : counted.left_out);
    }
    for (const LostEntry& lost : fleet.lost) ++components[component_of(lost.id)].left_out;
    std::vector<Expectation> expected;
    std::string comments;
    for (const auto& [component, counted] : components) {
        if (counted.present > 0) expected.push_back({component, counted.present});
        if (counted.left_out == 0) continue;
        comments += "# Not counted: " + std::to_string(counted.left_out) + " of " +
                    toml_text(component) + ", lost or about to be.\n";
    }
    if (expected.empty()) return {};
    std::string text = "# What was there";
    if (fleet.time) {
        text += " at ";
        append_rfc3339(text, *fleet.time, 0);
    }
    return text + ". Look it over, then put it into muster.toml.\n" + comments + toml_of(expected);
}

ExitCode run_expect(const ExpectOptions& options, const std::stop_token& stop) {
    if (!options.road.collect) {
        return learn(*server_feed(options.road.server.server, options.road.server.client), stop);
    }
    auto fleet = FleetCollector::start(*options.road.collect);
    if (!fleet) {
        report_error(fleet.error().what);
        return ExitCode::usage;
    }
    return learn(*collector_feed(**fleet), stop);
}

}  // namespace muster
