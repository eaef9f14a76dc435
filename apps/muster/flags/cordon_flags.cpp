// `muster cordon` and `muster uncordon` on the command line.
#include <array>
#include <utility>

#include "cordon_command.hpp"
#include "flags/command.hpp"
#include "flags/server_flags.hpp"
#include "flags/usage_error.hpp"
#include "muster/wire/cordon_request.hpp"

namespace muster {
namespace {

constexpr std::array kArguments = {
    Flag{"WORKER", "", "Its id", FlagKind::argument},
};

constexpr Flag kByFlag{"--by", "NAME", "Who does it [login name]"};
constexpr std::array kCordonFlags = {Flag{"--why", "TEXT", "The reason, shown to every reader"},
                                     kByFlag};
constexpr std::array kUncordonFlags = {kByFlag};

constexpr std::array kCordonGroups = {
    FlagGroup{"", kArguments},
    FlagGroup{"Cordon", kCordonFlags},
    FlagGroup{"Server", kServerFlags},
};
constexpr std::array kUncordonGroups = {
    FlagGroup{"", kArguments},
    FlagGroup{"Cordon", kUncordonFlags},
    FlagGroup{"Server", kServerFlags},
};

/// Server, worker and --by, which the two share.
template <typename Options>
Result<Options> read_common(const GivenFlags& given, const char* command) {
    Options options;
    options.worker = given.text("WORKER");
    if (options.worker.empty()) {
        return wrong_usage("no worker: muster " + std::string(command) +
                           ": name one by its id: `muster get` lists them");
    }
    options.by = given.text("--by");
    if (given.is_given("--by")) {
        if (const std::string complaint = complaint_of_by(options.by); !complaint.empty()) {
            return wrong_usage("not a name: --by: " + complaint);
        }
    }
    auto road = read_server_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    options.server = std::move(road->server);
    options.client = std::move(road->client);
    return options;
}

Result<std::unique_ptr<Command>> read_cordon(const GivenFlags& given) {
    auto options = read_common<CordonOptions>(given, "cordon");
    if (!options) return std::unexpected(std::move(options.error()));
    options->why = given.text("--why");
    if (!given.is_given("--why")) {
        return wrong_usage("no reason: muster cordon: say it with --why TEXT");
    }
    if (const std::string complaint = complaint_of_why(options->why); !complaint.empty()) {
        return wrong_usage("not a reason: --why: " + complaint);
    }
    return make_command(std::move(*options), run_cordon);
}

Result<std::unique_ptr<Command>> read_uncordon(const GivenFlags& given) {
    auto options = read_common<UncordonOptions>(given, "uncordon");
    if (!options) return std::unexpected(std::move(options.error()));
    return make_command(std::move(*options), run_uncordon);
}

}  // namespace

CommandSpec cordon_spec() {
    return {.name = "cordon",
            .about = "Mark a worker for every reader, until uncordon",
            .examples =
                "  muster cordon dynamo/backend/7587888657184927289 --why 'new driver'\n"
                "  muster cordon dynamo/backend/7 --why 'fan' --server https://muster.lab:6878",
            .groups = kCordonGroups,
            .read = read_cordon};
}

CommandSpec uncordon_spec() {
    return {.name = "uncordon",
            .about = "Lift a worker's mark",
            .examples =
                "  muster uncordon dynamo/backend/7587888657184927289\n"
                "  muster uncordon dynamo/backend/7 --by ada",
            .groups = kUncordonGroups,
            .read = read_uncordon};
}

}  // namespace muster
