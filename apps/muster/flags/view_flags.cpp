// From flags to a road and a filter.
#include "flags/view_flags.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"

namespace muster {
Result<ViewRoad> read_view_road(const GivenFlags& given) {
    ViewRoad road;
    const bool server_flag = given.origin("--server") == FlagOrigin::command_line;
    const bool nats_flag = given.origin("--nats") == FlagOrigin::command_line;
    if (server_flag && nats_flag) {
        return wrong_usage("contradiction: --server and --nats: give one of the two");
    }
    const bool server_named = server_flag || (given.is_given("--server") && !nats_flag);
    if (server_named && !server_flag && given.is_given("--nats")) {
        return wrong_usage("contradiction: MUSTER_SERVER and MUSTER_NATS: give --server or --nats");
    }
    if (!server_named && given.is_given("--nats")) {
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
            return wrong_usage("unknown state: --state " + text + ": " +
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
        if (equals == 0 || equals == std::string::npos) {
            return wrong_usage("not a label: --label " + text + ": give KEY=VALUE");
        }
        filter.labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return filter;
}

}  // namespace muster
