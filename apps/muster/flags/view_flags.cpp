// From flags to a road and a filter.
#include "flags/view_flags.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "flags/usage_error.hpp"

namespace muster {
Result<ViewRoad> read_view_road(const GivenFlags& given) {
    ViewRoad road;
    const FlagOrigin server_at = given.origin("--server");
    FlagOrigin source_at = std::max(given.origin("--nats"), http_source_origin(given));
    const bool nats_named = given.origin("--nats") == source_at;
    const bool worker_named = given.origin("--worker") == source_at;
    const std::string source_flag = nats_named ? "nats" : worker_named ? "worker" : "discover";
    if (source_at == FlagOrigin::nowhere && has_source(given)) source_at = FlagOrigin::file;
    if (server_at == source_at && server_at == FlagOrigin::command_line) {
        return wrong_usage("contradiction: --server and --" + source_flag +
                           ": give one of the two");
    }
    if (server_at == source_at && server_at == FlagOrigin::environment) {
        return wrong_usage("contradiction: MUSTER_SERVER and " + variable_of("--" + source_flag) +
                           ": give --server or --" + source_flag);
    }
    if (source_at > server_at) {
        auto collect = read_collect_options(given);
        if (!collect) return std::unexpected(std::move(collect.error()));
        road.collect = std::move(*collect);
        return road;
    }
    auto server = read_server_road(given);
    if (!server) return std::unexpected(std::move(server.error()));
    road.server = std::move(*server);
    return road;
}

Result<FleetFilter> read_fleet_filter(const GivenFlags& given) {
    FleetFilter filter;
    filter.components = given.texts("--component");
    std::vector<std::string> names(kWorkerStateNames.begin(), kWorkerStateNames.end());
    names.emplace_back("lost");
    for (const std::string& text : given.texts("--state")) {
        const auto found = std::find(names.begin(), names.end(), text);
        if (found == names.end()) {
            return wrong_usage("unknown state: " + given.where("--state") + ' ' + text + ": " +
                               suggestion(text, names, "give unknown, fresh, late, stale or lost"));
        }
        const auto index = static_cast<std::size_t>(found - names.begin());
        if (index == kWorkerStateCount)
            filter.lost = true;
        else
            filter.states.push_back(static_cast<WorkerState>(index));
    }
    for (const std::string& text : given.texts("--label")) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return wrong_usage("not a label: " + given.where("--label") + ' ' + text +
                               ": give NAME=VALUE, such as zone=a");
        }
        filter.labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return filter;
}

}  // namespace muster
