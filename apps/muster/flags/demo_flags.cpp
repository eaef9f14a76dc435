// `muster demo` on the command line.
#include <array>
#include <utility>

#include "demo_command.hpp"
#include "flags/command.hpp"
#include "flags/view_flags.hpp"

namespace muster {
namespace {

constexpr std::array kDemoFlags = {
    Flag{"--once", "", "One view, then the end", FlagKind::toggle},
    Flag{"--json", "", "Documents instead of tables", FlagKind::toggle},
    Flag{"--listen", "ADDRESS", "Serve there"},
    kNoColorFlag,
};

constexpr std::array kGroups = {FlagGroup{"Options", kDemoFlags}};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    DemoOptions options;
    options.once = given.is_given("--once");
    options.json = given.is_given("--json");
    options.color = !given.is_given("--no-color");
    options.listen = given.text("--listen");
    return make_command(std::move(options), run_demo);
}

}  // namespace

CommandSpec demo_spec() {
    return {.name = "demo",
            .about = "Show a simulated fleet, live, with faults",
            .examples =
                "  muster demo\n"
                "  muster demo --once --json",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
