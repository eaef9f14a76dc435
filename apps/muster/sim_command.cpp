// sim: flags to options, the truth file, and the closing account.
#include "sim_command.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "muster/base/duration_text.hpp"

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

Result<void> read_faults(const SimFlags& flags, SimulatedFleetOptions& fleet) {
    for (const std::string& text : flags.faults) {
        Result<PlannedFault> planned = parse_planned_fault(text, fleet.workers);
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
        parse_fault_script(text, flags.script, fleet.workers);
    if (!script) return std::unexpected(std::move(script.error()));
    fleet.faults.insert(fleet.faults.end(), script->begin(), script->end());
    return {};
}

/// Where the truth goes, line by line, each written whole.
class TruthFile {
public:
    TruthFile(std::FILE* file, ComponentName component)
        : file_(file), component_(std::move(component)) {}
    ~TruthFile() {
        if (file_ == stdout)
            std::fflush(file_);
        else
            std::fclose(file_);
    }
    TruthFile(const TruthFile&) = delete;
    TruthFile& operator=(const TruthFile&) = delete;

    static Result<std::unique_ptr<TruthFile>> open(const std::string& path,
                                                   const ComponentName& component) {
        std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "we");
        if (file == nullptr) {
            return wrong("cannot write the truth: --print-truth " + path +
                         ": give a file in a folder that can be written");
        }
        return std::make_unique<TruthFile>(file, component);
    }
    void write(const WorkerTruth& truth) {
        line_.clear();
        append_truth_line(line_, truth, component_);
        has_failed_ |= std::fwrite(line_.data(), 1, line_.size(), file_) != line_.size();
        // Whoever reads the truth as it grows sees it at once.
        has_failed_ |= std::fflush(file_) != 0;
    }
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

private:
    std::FILE* file_;
    ComponentName component_;
    std::string line_;
    bool has_failed_ = false;
};

void wait_for_end(const std::stop_token& stop, Duration duration) {
    std::mutex mutex;
    std::condition_variable_any asked;
    std::unique_lock lock(mutex);
    const auto never = [] { return false; };
    if (duration == kForever)
        asked.wait(lock, stop, never);
    else
        asked.wait_for(lock, stop, duration, never);
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string account(const SimulatedFleetCounters& counters) {
    return fmt::format(
        "said: {} questions, {} answers, {} pushes, {} changes, {} not sent; own CPU {:.2f} s",
        counters.questions, counters.answers, counters.pushes, counters.changes,
        counters.send_failures, cpu_seconds());
}

}  // namespace

Result<SimOptions> read_sim_flags(const SimFlags& flags) {
    if (flags.engine != "dynamo") {
        return wrong("no such simulation: " + (flags.engine.empty() ? "muster sim" : flags.engine) +
                     ": give `muster sim dynamo`");
    }
    SimOptions options;
    options.fleet.nats_url = flags.nats;
    options.fleet.push = !flags.no_push;
    options.truth_file = flags.print_truth;
    options.quiet = flags.quiet;
    Result<ComponentName> component = parse_component_name(flags.component);
    if (!component) return std::unexpected(std::move(component.error()));
    options.fleet.component = *std::move(component);
    const auto release = parse_dynamo_release(flags.release);
    if (!release)
        return wrong("not a release: --release " + flags.release + ": write one like 0.5.1");
    options.fleet.release = *release;
    if (auto read = read_sizes(flags, options.fleet); !read) return std::unexpected(read.error());
    if (auto read = read_times(flags, options); !read) return std::unexpected(read.error());
    Result<LoadPlan> load = parse_load_plan(flags.load);
    if (!load) return std::unexpected(std::move(load.error()));
    options.fleet.load = *std::move(load);
    if (auto read = read_faults(flags, options.fleet); !read) return std::unexpected(read.error());
    return options;
}

ExitCode run_sim(const SimOptions& options, const std::stop_token& stop) {
    SimulatedFleetOptions fleet_options = options.fleet;
    std::unique_ptr<TruthFile> truth;
    if (!options.truth_file.empty()) {
        auto opened = TruthFile::open(options.truth_file, options.fleet.component);
        if (!opened) {
            report_error(opened.error().what);
            return ExitCode::usage;
        }
        truth = *std::move(opened);
        fleet_options.on_truth = [&truth](const WorkerTruth& told) { truth->write(told); };
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
    if (truth && truth->has_failed()) {
        report_error("cannot write the truth: " + options.truth_file + ": is the disk full?");
        return ExitCode::trouble;
    }
    return ExitCode::done;
}

}  // namespace muster
