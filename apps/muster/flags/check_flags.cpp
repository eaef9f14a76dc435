// `muster check` on the command line.
#include <array>
#include <utility>

#include "check_command.hpp"
#include "flags/command.hpp"
#include "flags/http_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"

namespace muster {
namespace {

constexpr std::array kTargets = {
    Flag{"TARGET", "", "http://HOST:PORT of an engine: asked seven times", FlagKind::arguments},
};

constexpr std::array kCheckFlags = {
    Flag{"--fleet", "", "Is the fleet as [expect] says?", FlagKind::toggle},
    Flag{"--json", "", "Tell of engines for programs", FlagKind::toggle},
};

constexpr std::array kGroups = {
    FlagGroup{"", kTargets},
    FlagGroup{"Check", kCheckFlags},
    kSourceGroup,
    kHttpGroup,
    kRuleGroup,
    kServerGroup,
};

Result<std::unique_ptr<Command>> read_targets(const GivenFlags& given) {
    if (given.is_given("--fleet")) {
        return wrong_usage("contradiction: --fleet and TARGET: give one of the two");
    }
    CheckOptions options;
    for (const std::string& text : given.texts("TARGET")) {
        auto target = parse_scrape_target(text);
        if (!target) {
            return wrong_usage("not an engine's URL: " + text + ": " + target.error().what +
                               ": give http://HOST:PORT or https://HOST:PORT");
        }
        options.targets.push_back(std::move(*target));
    }
    auto http = read_http_options(given);
    if (!http) return std::unexpected(std::move(http.error()));
    options.http = std::move(*http);
    options.json = given.is_given("--json");
    return make_command(std::move(options), run_check);
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    if (!given.texts("TARGET").empty()) return read_targets(given);
    if (!given.is_given("--fleet")) {
        return wrong_usage(
            "nothing to check: muster check: give an engine's URL, such as "
            "http://127.0.0.1:8000, or --fleet");
    }
    if (given.is_given("--json")) {
        return wrong_usage("contradiction: --json and --fleet: `muster get --output json` has it");
    }
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    return make_command(CheckOptions{.road = std::move(*road), .targets = {}, .http = {}},
                        run_check);
}

}  // namespace

CommandSpec check_spec() {
    return {.name = "check",
            .about = "Say what an engine offers, or whether the fleet is as expected",
            .examples =
                "  muster check http://127.0.0.1:8000 http://127.0.0.1:8080\n"
                "  muster check --fleet --config muster.toml",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
