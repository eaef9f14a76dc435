// get: text from a feed, read back, chosen from, shown. Nothing is printed before all of it is
// known to be right.
#include "get_command.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "fleet_feed.hpp"
#include "fleet_table.hpp"
#include "nearest_name.hpp"
#include "people_text.hpp"
#include "screen.hpp"

namespace muster {
namespace {

ExitCode say_why_not_there(const FleetDocument& fleet, const std::string& worker) {
    for (const LostEntry& lost : fleet.lost) {
        if (lost.id != worker) continue;
        const std::string when = lost.since && fleet.time
                                     ? ", " + age_text(Duration(*fleet.time - *lost.since)) + " ago"
                                     : "";
        report_error("worker lost: " + worker + ": " + lost.reason + when);
        return ExitCode::trouble;
    }
    std::vector<std::string> ids;
    for (const WorkerEntry& entry : fleet.workers) ids.push_back(entry.id);
    const auto nearest = nearest_name(worker, ids);
    report_error("unknown worker: " + worker + ": " +
                 (nearest ? "did you mean " + *nearest + "?"
                          : "`muster get` lists the " + std::to_string(ids.size()) + " there are"));
    return ExitCode::trouble;
}

bool has_worker(const FleetDocument& fleet, const std::string& worker) {
    return std::any_of(fleet.workers.begin(), fleet.workers.end(),
                       [&](const WorkerEntry& entry) { return entry.id == worker; });
}

void keep_only(FleetDocument& fleet, const std::string& worker) {
    std::erase_if(fleet.workers, [&](const WorkerEntry& entry) { return entry.id != worker; });
    std::erase_if(fleet.lost, [&](const LostEntry& entry) { return entry.id != worker; });
}

TableStyle style_of(const GetOptions& options) {
    TableStyle style;
    style.wide = options.output == OutputForm::wide;
    style.color = options.color && colors_wanted();
    if (stdout_is_terminal()) style.columns = screen_size().columns;
    return style;
}

class Getting {
public:
    Getting(const GetOptions& options, FleetFeed& feed, const std::stop_token& stop)
        : options_(options), filter_(options.filter), feed_(feed), stop_(stop) {
        // A worker is looked for in all of the fleet, and told even if it is lost.
        if (!options.worker.empty()) filter_ = {};
    }

    ExitCode run() {
        auto text = feed_.fleet(filter_, stop_);
        if (!text) return report_unreachable(text.error());
        auto fleet = parse_fleet_document(*text);
        if (!fleet) return unreadable(fleet.error());
        if (!options_.worker.empty() && !has_worker(*fleet, options_.worker)) {
            return say_why_not_there(*fleet, options_.worker);
        }
        return options_.watch ? watch(std::move(*text), std::move(*fleet)) : once(*text, *fleet);
    }

private:
    static ExitCode unreadable(const Error& error) {
        report_error("unreadable answer: " + error.what +
                     ": is this a `muster serve` of the same version?");
        return ExitCode::unreachable;
    }

    ExitCode once(const std::string& text, FleetDocument& fleet) {
        if (options_.output != OutputForm::json) {
            if (!options_.worker.empty()) keep_only(fleet, options_.worker);
            return print_whole(fleet_table(fleet, style_of(options_)));
        }
        if (options_.worker.empty()) return print_whole(text + '\n');
        auto worker = feed_.worker(options_.worker, stop_);
        if (!worker) return report_unreachable(worker.error());
        if (!*worker) return say_why_not_there({}, options_.worker);
        return print_output(**worker + '\n');
    }

    // The fleet of the sources that could be reached, and that it is not all.
    ExitCode print_whole(const std::string& shown) {
        const std::vector<std::string> unreached = feed_.unreached();
        const ExitCode code = print_output(shown);
        for (const std::string& why : unreached) report_error(why);
        return code == ExitCode::done && !unreached.empty() ? ExitCode::unreachable : code;
    }

    // Ends by the stop, or when the feed or the reader goes away.
    ExitCode watch(std::string text, FleetDocument now) {
        FleetDocument before;
        for (;;) {
            if (!options_.worker.empty()) keep_only(now, options_.worker);
            const auto lines = change_lines(before, now);
            const bool first = before.epoch.empty();
            // A document tells more than the lines do: any new version is a change of it.
            const bool whole = options_.output == OutputForm::json && options_.worker.empty();
            const bool moved = now.version != before.version || now.epoch != before.epoch;
            if (first || !lines.empty() || (whole && moved)) {
                auto printed = write_output(shown(text, lines, now));
                if (!printed) return report_unwritable(printed.error());
            }
            const std::uint64_t version = now.version;
            before = std::move(now);
            auto next = feed_.fleet_above(version, FleetFeed::kHoldMax, filter_, stop_);
            if (!next) return report_unreachable(next.error());
            auto parsed = parse_fleet_document(*next);
            if (!parsed) return unreadable(parsed.error());
            text = std::move(*next);
            now = std::move(*parsed);
        }
    }

    std::string shown(const std::string& text, const std::vector<std::string>& lines,
                      const FleetDocument& now) {
        if (options_.output == OutputForm::json) {
            if (options_.worker.empty()) return text + '\n';
            auto worker = feed_.worker(options_.worker, stop_);
            // Gone meanwhile: the fleet's own document says how.
            return (worker && *worker ? **worker : text) + '\n';
        }
        if (lines.empty()) return fleet_summary(now) + '\n';
        std::string all;
        for (const std::string& line : lines) all += line + '\n';
        return all;
    }

    const GetOptions& options_;
    FleetFilter filter_;
    FleetFeed& feed_;
    const std::stop_token& stop_;
};

}  // namespace

ExitCode run_get(const GetOptions& options, const std::stop_token& stop) {
    if (!options.collect) {
        const auto feed = server_feed(options.server, options.client);
        return Getting(options, *feed, stop).run();
    }
    auto fleet = FleetCollector::start(*options.collect);
    if (!fleet) {
        report_error(fleet.error().what);
        return ExitCode::usage;
    }
    const auto feed = collector_feed(**fleet);
    return Getting(options, *feed, stop).run();
}

}  // namespace muster
