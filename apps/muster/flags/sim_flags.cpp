// `muster sim` on the command line.
#include <array>
#include <string_view>
#include <utility>

#include "flags/command.hpp"
#include "sim_command.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 1> kEngines = {"dynamo"};

constexpr std::array kArguments = {
    Flag{.name = "ENGINE",
         .type = "",
         .about = "What to imitate: dynamo",
         .kind = FlagKind::argument,
         .choices = kEngines},
};

constexpr std::array kWorkerFlags = {
    Flag{"--nats", "URL", "Server to answer on [nats://127.0.0.1:4222]"},
    Flag{"--component", "NS/NAME", "Whose workers [dynamo/backend]"},
    Flag{"--workers", "N", "How many [8]"},
    Flag{"--seed", "S", "The same seed gives the same loads [1]"},
    Flag{"--rate", "R", "Changes per second and worker [1]"},
    Flag{"--load", "PLAN", "model|fixed:JSON|sine|step [model]"},
    Flag{"--jitter", "TIME", "Each answer late by up to this [0]"},
    Flag{"--release", "X.Y.Z", "Dynamo release to speak as [0.5.1]"},
    Flag{"--no-push", "", "Answer only, push nothing", FlagKind::toggle},
};

constexpr std::array kFaultFlags = {
    Flag{"--fault", "KIND@WORKER[:START+DURATION]",
         "slow=MS mute dead restart twice garbage nan zeros\n"
         "stopped frozen ranks=N flood=N;\n"
         "WORKER is 3, 3-7 or * (repeatable)",
         FlagKind::list},
    Flag{"--script", "FILE", "The same, one per line"},
};

constexpr std::array kRunFlags = {
    Flag{"--for", "TIME", "End after this"},
    Flag{"--print-truth", "FILE", "Each change as a JSON line (- stdout)"},
    Flag{"--quiet", "", "Only errors on stderr", FlagKind::toggle, "quiet"},
};

constexpr std::array kGroups = {
    FlagGroup{"", kArguments},
    FlagGroup{"Workers", kWorkerFlags},
    FlagGroup{"Faults", kFaultFlags},
    FlagGroup{"Run", kRunFlags},
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    SimFlags flags;
    flags.engine = given.text("ENGINE");
    flags.nats = given.text("--nats", flags.nats);
    flags.component = given.text("--component", flags.component);
    flags.workers = given.text("--workers", flags.workers);
    flags.seed = given.text("--seed", flags.seed);
    flags.rate = given.text("--rate", flags.rate);
    flags.load = given.text("--load", flags.load);
    flags.jitter = given.text("--jitter", flags.jitter);
    flags.release = given.text("--release", flags.release);
    flags.duration = given.text("--for");
    flags.faults = given.texts("--fault");
    flags.script = given.text("--script");
    flags.print_truth = given.text("--print-truth");
    flags.no_push = given.is_given("--no-push");
    flags.quiet = given.is_given("--quiet");
    auto options = read_sim_flags(flags);
    if (!options) return std::unexpected(std::move(options.error()));
    return make_command(*std::move(options), run_sim);
}

}  // namespace

CommandSpec sim_spec() {
    return {.name = "sim",
            .about = "Simulate workers on a real NATS server",
            .examples =
                "  muster sim dynamo --nats nats://127.0.0.1:4222 --workers 100\n"
                "  muster sim dynamo --rate 10 --fault mute@3:5s+10s --for 30s",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
