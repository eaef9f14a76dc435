// `muster top` on the command line.
#include <array>
#include <utility>

#include "flags/command.hpp"
#include "flags/source_flags.hpp"
#include "flags/view_flags.hpp"
#include "source_options.hpp"
#include "top_command.hpp"

namespace muster {
namespace {

constexpr std::array kShowFlags = {
    kStateFlag,
    kLabelFlag,
    Flag{"--refresh", "TIME", "Least time between two screens [250ms]"},
    kNoColorFlag,
};

constexpr std::array kGroups = {
    kSourceGroup,
    kRuleGroup,
    kServerGroup,
    FlagGroup{"Output", kShowFlags},
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    auto filter = read_fleet_filter(given);
    if (!filter) return std::unexpected(std::move(filter.error()));
    TopOptions options;
    auto refresh = read_duration(given, "--refresh", kRefreshLeast, options.refresh);
    if (!refresh) return std::unexpected(std::move(refresh.error()));
    options.collect = std::move(road->collect);
    options.server = std::move(road->server.server);
    options.client = std::move(road->server.client);
    options.filter = std::move(*filter);
    options.color = !given.is_given("--no-color");
    return make_command(std::move(options), run_top);
}

}  // namespace

CommandSpec top_spec() {
    return {.name = "top",
            .about = "Watch the fleet, live, in this terminal",
            .examples =
                "  muster top                                     of a `muster serve` here\n"
                "  muster top --nats nats://127.0.0.1:4222        without one",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
