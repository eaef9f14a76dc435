// `muster get` on the command line.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "flags/command.hpp"
#include "flags/http_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"
#include "get_command.hpp"

namespace muster {
namespace {

constexpr std::array kArguments = {
    Flag{"WORKER", "", "Only this one, by its id", FlagKind::argument},
};

constexpr std::array<std::string_view, 3> kForms = {"table", "wide", "json"};

constexpr std::array kOutputFlags = {
    kStateFlag,
    kLabelFlag,
    Flag{.name = "--output", .type = "FORM", .about = "table|wide|json [table]", .choices = kForms},
    Flag{"--watch", "", "A line or document per change", FlagKind::toggle},
};

constexpr std::array kOtherFlags = {kNoColorFlag};

constexpr std::array kGroups = {
    FlagGroup{"", kArguments},
    kSourceGroup,
    kHttpGroup,
    kRuleGroup,
    kServerGroup,
    FlagGroup{"Output", kOutputFlags},
    FlagGroup{"Options", kOtherFlags},
};

Result<OutputForm> read_output(const GivenFlags& given) {
    const std::string text = given.text("--output", "table");
    const std::vector<std::string> names(kForms.begin(), kForms.end());
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == text) return static_cast<OutputForm>(i);
    }
    return wrong_usage("unknown form: " + given.where("--output") + ' ' + text + ": " +
                       suggestion(text, names, "give table, wide or json"));
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    auto filter = read_fleet_filter(given);
    if (!filter) return std::unexpected(std::move(filter.error()));
    auto output = read_output(given);
    if (!output) return std::unexpected(std::move(output.error()));
    GetOptions options;
    options.collect = std::move(road->collect);
    options.server = std::move(road->server.server);
    options.client = std::move(road->server.client);
    options.filter = std::move(*filter);
    options.output = *output;
    options.worker = given.text("WORKER");
    options.watch = given.is_given("--watch");
    options.color = !given.is_given("--no-color");
    return make_command(std::move(options), run_get);
}

}  // namespace

CommandSpec get_spec() {
    return {.name = "get",
            .about = "Show the fleet, or one worker, once or at changes",
            .examples =
                "  muster get --nats nats://127.0.0.1:4222 --output wide\n"
                "  muster get --state stale --state lost --watch",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
