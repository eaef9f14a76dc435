// `muster expect` on the command line.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expect_command.hpp"
#include "flags/command.hpp"
#include "flags/http_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 1> kActs = {"learn"};

constexpr std::array kArguments = {
    Flag{.name = "ACT",
         .type = "",
         .about = "learn: print what is there now",
         .kind = FlagKind::argument,
         .choices = kActs},
};

constexpr std::array kGroups = {
    FlagGroup{"", kArguments}, kSourceGroup, kHttpGroup, kRuleGroup, kServerGroup,
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    const std::string act = given.text("ACT");
    if (act != "learn") {
        const std::vector<std::string> acts(kActs.begin(), kActs.end());
        return wrong_usage(
            (act.empty() ? "nothing to do: muster expect" : "unknown act: muster expect " + act) +
            ": " + suggestion(act, acts, "write `muster expect learn`"));
    }
    auto road = read_view_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    return make_command(ExpectOptions{std::move(*road)}, run_expect);
}

}  // namespace

CommandSpec expect_spec() {
    return {.name = "expect",
            .about = "Print what is there as what is expected (learn)",
            .examples =
                "  muster expect learn >> muster.toml\n"
                "  muster expect learn --nats nats://127.0.0.1:4222",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
