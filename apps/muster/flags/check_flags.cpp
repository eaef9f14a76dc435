// `muster check` on the command line.
#include <array>
#include <utility>

#include "check_command.hpp"
#include "flags/command.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"

namespace muster {
namespace {

constexpr std::array kCheckFlags = {
    Flag{"--fleet", "", "Is the fleet as [expect] says?", FlagKind::toggle},
};

constexpr std::array kGroups = {
    FlagGroup{"Check", kCheckFlags},
    kSourceGroup,
    kRuleGroup,
    kServerGroup,
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    if (!given.is_given("--fleet")) {
        return wrong_usage("nothing to check: muster check: give --fleet");
    }
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    return make_command(CheckOptions{std::move(*road)}, run_check);
}

}  // namespace

CommandSpec check_spec() {
    return {.name = "check",
            .about = "Say whether the fleet is as expected: exit 1 if not",
            .examples =
                "  muster check --fleet\n"
                "  muster check --fleet --config muster.toml",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
