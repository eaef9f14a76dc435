// sim: flags to options, the truth file, and the closing account.
#include "sim_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "muster/base/duration_text.hpp"
#include "sim_run.hpp"

namespace muster {
namespace {

/// A script of a hundred thousand lines fits; a wrong path does not fill the memory.
constexpr std::size_t kScriptBytesMax = 8 * 1024 * 1024;

std::unexpected<Error> wrong(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
    Number value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Result<void> read_sizes(const SimFlags& flags, SimulatedFleetOptions& fleet) {
    const auto workers = read_number<std::uint32_t>(flags.workers);
    if (!workers || *workers == 0 || *workers > kSimulatedWorkersMax) {
        return wrong(fmt::format("not a number of workers: --workers {}: give 1 to {}",
                                 flags.workers, kSimulatedWorkersMax));
    }
    const auto seed = read_number<std::uint64_t>(flags.seed);
    if (!seed)
        return wrong("not a seed: --seed " + flags.seed + ": give a number from 0 to 2^64-1");
    const auto rate = read_number<double>(flags.rate);
    if (!rate || !(*rate >= 0.001 && *rate <= 10'000.0)) {
        return wrong("not a rate: --rate " + flags.rate +
                     ": give changes per second and worker, 0.001 to 10000");
    }
    fleet.workers = *workers;
    fleet.seed = *seed;
    fleet.changes_per_second = *rate;
    return {};
}

Result<void> read_times(const SimFlags& flags, SimOptions& options) {
    const auto jitter = parse_duration(flags.jitter);
    if (!jitter) return wrong("not a duration: --jitter " + flags.jitter + ": write one like 20ms");
    options.fleet.jitter = *jitter;
    if (flags.duration.empty()) return {};
    const auto duration = parse_duration(flags.duration);
    if (!duration) return wrong("not a duration: --for " + flags.duration + ": write one like 30s");
    options.duration = *duration;
    return {};
}

Result<void> read_faults(const SimFlags& flags, FaultRealm realm, SimulatedFleetOptions& fleet) {
    for (const std::string& text : flags.faults) {
        Result<PlannedFault> planned = parse_planned_fault(text, fleet.workers, realm);
        if (!planned) return wrong("--fault " + text + ": " + planned.error().what);
        fleet.faults.push_back(*planned);
    }
    if (flags.script.empty()) return {};
    std::ifstream file(flags.script, std::ios::binary);
    std::string text(kScriptBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (!file.is_open() || file.bad() || (text.empty() && !file.eof()))
        return wrong("cannot read the script: --script " + flags.script + ": give a readable file");
    if (text.size() > kScriptBytesMax)
        return wrong("the script is above 8 MiB: --script " + flags.script +
                     ": give a shorter one");
    Result<std::vector<PlannedFault>> script =
        parse_fault_script(text, flags.script, fleet.workers, realm);
    if (!script) return std::unexpected(std::move(script.error()));
    fleet.faults.insert(fleet.faults.end(), script->begin(), script->end());
    return {};
}

std::string account(const SimulatedFleetCounters& counters) {
    return fmt::format(
        "said: {} questions, {} answers, {} pushes, {} changes, {} not sent; own CPU {:.2f} s",
        counters.questions, counters.answers, counters.pushes, counters.changes,
        counters.send_failures, cpu_seconds());
}

/// What both kinds of simulation read alike; the workers' own is in `fleet` for the time being.
Result<void> read_common(const SimFlags& flags, FaultRealm realm, SimOptions& options) {
    options.truth_file = flags.print_truth;
    options.quiet = flags.quiet;
    if (auto read = read_sizes(flags, options.fleet); !read) return std::unexpected(read.error());
    if (auto read = read_times(flags, options); !read) return std::unexpected(read.error());
    Result<LoadPlan> load = parse_load_plan(flags.load);
    if (!load) return std::unexpected(std::move(load.error()));
    options.fleet.load = *std::move(load);
    return read_faults(flags, realm, options.fleet);
}

/// An engine over HTTP: its own flags, and what both kinds have.
Result<SimOptions> read_engine_flags(const SimFlags& flags, Engine engine) {
    SimOptions options;
    if (auto read = read_common(flags, FaultRealm::http, options); !read) {
        return std::unexpected(read.error());
    }
    const auto port = read_number<std::uint16_t>(flags.port);
    if (!port) {
        return wrong("not a port: --port " + flags.port + ": give 1 to 65535, or 0 for free ones");
    }
    const auto ranks = read_number<std::uint32_t>(flags.ranks);
    if (!ranks || *ranks == 0) {
        return wrong("not a number of ranks: --ranks " + flags.ranks + ": give 1 or more");
    }
    SimulatedEnginesOptions& engines = options.engines.emplace();
    engines.engine = engine;
    engines.host = flags.host;
    engines.first_port = *port;
    engines.ranks = *ranks;
    engines.model = flags.model;
    engines.workers = options.fleet.workers;
    engines.seed = options.fleet.seed;
    engines.load = options.fleet.load;
    engines.changes_per_second = options.fleet.changes_per_second;
    engines.faults = options.fleet.faults;
    return options;
}

}  // namespace

Result<SimOptions> read_sim_flags(const SimFlags& flags) {
    for (const Engine engine : {Engine::vllm, Engine::sglang, Engine::llamacpp, Engine::trtllm}) {
        if (flags.engine == name_of(engine)) return read_engine_flags(flags, engine);
    }
    if (flags.engine != "dynamo") {
        return wrong("no such simulation: " + (flags.engine.empty() ? "muster sim" : flags.engine) +
                     ": give `muster sim dynamo`, vllm, sglang, llamacpp or trtllm");
    }
    SimOptions options;
    options.fleet.nats_url = flags.nats;
    options.fleet.push = !flags.no_push;
    Result<ComponentName> component = parse_component_name(flags.component);
    if (!component) return std::unexpected(std::move(component.error()));
    options.fleet.component = *std::move(component);
    const auto release = parse_dynamo_release(flags.release);
    if (!release)
        return wrong("not a release: --release " + flags.release + ": write one like 0.5.1");
    options.fleet.release = *release;
    if (auto read = read_common(flags, FaultRealm::nats, options); !read) {
        return std::unexpected(read.error());
    }
    return options;
}

ExitCode run_sim(const SimOptions& options, const std::stop_token& stop) {
    if (options.engines) return run_engine_sim(options, stop);
    SimulatedFleetOptions fleet_options = options.fleet;
    auto truth = TruthFile::open(options.truth_file);
    if (!truth) {
        report_error(truth.error().what);
        return ExitCode::usage;
    }
    if (*truth) {
        fleet_options.on_truth = [&file = **truth, &options](const WorkerTruth& told) {
            file.write(
                [&](std::string& line) { append_truth_line(line, told, options.fleet.component); });
        };
    }
    const std::uint32_t workers = options.fleet.workers;
    auto fleet = SimulatedFleet::start(std::move(fleet_options));
    if (!fleet) {
        report_error(fleet.error().what);
        return fleet.error().kind == ErrorKind::bad_input ? ExitCode::usage : ExitCode::unreachable;
    }
    if (!options.quiet) {
        report_error(fmt::format("simulating {} workers of service {}, from {} to {}", workers,
                                 (*fleet)->service_name(), (*fleet)->worker_id(0),
                                 (*fleet)->worker_id(workers - 1)));
    }
    wait_for_end(stop, options.duration);
    (*fleet)->stop();
    if (!options.quiet) report_error(account((*fleet)->counters()));
    return truth_outcome(truth->get());
}

}  // namespace muster
