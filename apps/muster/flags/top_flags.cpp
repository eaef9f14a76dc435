// `muster top` on the command line.
#include <array>
#include <string>
#include <utility>

#include "flags/command.hpp"
#include "flags/http_flags.hpp"
#include "flags/journal_place.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"
#include "local_zone.hpp"
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

constexpr std::array kPastFlags = {
    Flag{"--at", "TIME", "As it was: 03:12, RFC 3339 or 15m (ago)"},
    kStateDirFlag,
};

constexpr std::array kGroups = {
    kSourceGroup,
    kHttpGroup,
    kRuleGroup,
    kServerGroup,
    FlagGroup{"The past", kPastFlags},
    FlagGroup{"Output", kShowFlags},
};

// Where --at is given, the journal is asked, and whatever the file says of sources is of no
// account.
Result<PastLook> read_past(const GivenFlags& given) {
    for (const char* const source : {"--nats", "--worker", "--discover"}) {
        if (given.origin(source) != FlagOrigin::command_line) continue;
        return wrong_usage(std::string("contradiction: --at and ") + source +
                           ": the past is in a journal: give --state-dir or --server");
    }
    auto place = read_journal_place(given);
    if (!place) return std::unexpected(std::move(place.error()));
    const auto when = read_moment_flag(given, "--at", wall_time_now());
    if (!when) return std::unexpected(when.error());
    // Asked after it was read: "0s" is now, not a little later.
    if (*when > wall_time_now()) {
        return wrong_usage("in the future: " + given.where("--at") + ' ' + given.text("--at") +
                           ": nothing has happened there yet");
    }
    return PastLook{std::move(*place), *when};
}

Result<void> read_present(const GivenFlags& given, TopOptions& options) {
    if (given.origin("--state-dir") == FlagOrigin::command_line) {
        return wrong_usage(
            "nothing to do: --state-dir: the journal in it tells of the past: give --at TIME");
    }
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    options.collect = std::move(road->collect);
    options.server = std::move(road->server.server);
    options.client = std::move(road->server.client);
    return {};
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    auto filter = read_fleet_filter(given);
    if (!filter) return std::unexpected(std::move(filter.error()));
    TopOptions options;
    auto refresh = read_duration(given, "--refresh", kRefreshLeast, options.refresh);
    if (!refresh) return std::unexpected(std::move(refresh.error()));
    if (given.is_given("--at")) {
        auto past = read_past(given);
        if (!past) return std::unexpected(std::move(past.error()));
        options.past = std::move(*past);
    } else if (auto present = read_present(given, options); !present) {
        return std::unexpected(std::move(present.error()));
    }
    options.filter = std::move(*filter);
    options.color = !given.is_given("--no-color");
    return make_command(std::move(options), run_top);
}

}  // namespace

CommandSpec top_spec() {
    return {.name = "top",
            .about = "Watch the fleet, live, in this terminal",
            .examples =
                "  muster top --nats nats://127.0.0.1:4222        without a `muster serve`\n"
                "  muster top --at 03:12                          as it was, by the journal",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
