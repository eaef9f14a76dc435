// `muster sim` on the command line.
#include <fmt/format.h>

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "flags/command.hpp"
#include "sim_command.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 5> kEngines = {"dynamo", "vllm", "sglang", "llamacpp",
                                                      "trtllm"};

constexpr std::array kArguments = {
    Flag{.name = "ENGINE",
         .type = "",
         .about = "dynamo|vllm|sglang|llamacpp|trtllm",
         .kind = FlagKind::argument,
         .choices = kEngines},
};

constexpr std::array kWorkerFlags = {
    Flag{"--workers", "N", "How many [8]"},
    Flag{"--seed", "S", "The same seed gives the same loads [1]"},
    Flag{"--rate", "R", "Changes per second and worker [1]"},
    Flag{"--load", "PLAN", "model|fixed:JSON|sine|step|burst [model]"},
};

constexpr std::array kDynamoFlags = {
    Flag{"--nats", "URL", "Server to answer on [nats://127.0.0.1:4222]"},
    Flag{"--component", "NS/NAME", "Whose workers [dynamo/backend]"},
    Flag{"--jitter", "TIME", "Each answer late by up to this [0]"},
    Flag{"--release", "X.Y.Z", "Dynamo release to speak as [0.5.1]"},
    Flag{"--no-push", "", "Answer only, push nothing", FlagKind::toggle},
};

constexpr std::array kHttpFlags = {
    Flag{"--host", "ADDRESS", "IPv4 address to listen on [127.0.0.1]"},
    Flag{"--port", "P", "First port; 0: any free ones [0]"},
    Flag{"--ranks", "N", "Data-parallel ranks of each [1]"},
    Flag{"--model", "NAME", "Model that they serve [acme/chat-8b]"},
};

constexpr std::array kFaultFlags = {
    Flag{"--fault", "KIND@WORKER[:START+DURATION]",
         "slow=MS mute dead restart twice garbage nan zeros\n"
         "stopped frozen ranks=N flood=N, over HTTP\n"
         "refuse reset half drip hang status=CODE;\n"
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
    FlagGroup{"", kArguments},         FlagGroup{"Workers", kWorkerFlags},
    FlagGroup{"dynamo", kDynamoFlags}, FlagGroup{"Engines over HTTP", kHttpFlags},
    FlagGroup{"Faults", kFaultFlags},  FlagGroup{"Run", kRunFlags},
};

/// A flag of the other kind of simulation would have no effect: that is a mistake. In a file or
/// the environment it may stand for the times when it has one.
Result<void> refuse_flags(const GivenFlags& given, std::span<const Flag> others,
                          std::string_view whose) {
    for (const Flag& flag : others) {
        if (given.origin(flag.name) != FlagOrigin::command_line) continue;
        return fail(
            ErrorKind::bad_input, ErrorOrigin::client,
            fmt::format("{} has no effect here: it is of {}: leave it out", flag.name, whose));
    }
    return {};
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    SimFlags flags;
    flags.engine = given.text("ENGINE");
    const auto only = flags.engine == "dynamo"
                          ? refuse_flags(given, kHttpFlags, "engines over HTTP")
                          : refuse_flags(given, kDynamoFlags, "`muster sim dynamo`");
    if (!only) return std::unexpected(only.error());
    flags.nats = given.text("--nats", flags.nats);
    flags.component = given.text("--component", flags.component);
    flags.workers = given.text("--workers", flags.workers);
    flags.seed = given.text("--seed", flags.seed);
    flags.rate = given.text("--rate", flags.rate);
    flags.load = given.text("--load", flags.load);
    flags.jitter = given.text("--jitter", flags.jitter);
    flags.release = given.text("--release", flags.release);
    flags.host = given.text("--host", flags.host);
    flags.port = given.text("--port", flags.port);
    flags.ranks = given.text("--ranks", flags.ranks);
    flags.model = given.text("--model", flags.model);
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
            .about = "Simulate workers: of Dynamo, or engines over HTTP",
            .examples =
                "  muster sim dynamo --rate 10 --fault mute@3:5s+10s --for 30s\n"
                "  muster sim vllm --workers 4 --port 8000 --fault half@1",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
