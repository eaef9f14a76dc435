// Both kinds of `muster sim`: the truth file, the wait, the run of engines over HTTP. One thread.
#include "sim_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace muster {

Result<std::unique_ptr<TruthFile>> TruthFile::open(const std::string& path) {
    if (path.empty()) return nullptr;
    std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "we");
    if (file == nullptr) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "cannot write the truth: --print-truth " + path +
                        ": give a file in a folder that can be written");
    }
    return std::make_unique<TruthFile>(file, path);
}

TruthFile::~TruthFile() {
    if (file_ == stdout)
        std::fflush(file_);
    else
        std::fclose(file_);
}

void TruthFile::write(const std::function<void(std::string&)>& append) {
    line_.clear();
    append(line_);
    has_failed_ |= std::fwrite(line_.data(), 1, line_.size(), file_) != line_.size();
    has_failed_ |= std::fflush(file_) != 0;
}

ExitCode truth_outcome(const TruthFile* truth) {
    if (truth == nullptr || !truth->has_failed()) return ExitCode::done;
    report_error("cannot write the truth: " + truth->path() + ": is the disk full?");
    return ExitCode::trouble;
}

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

ExitCode run_engine_sim(const SimOptions& options, const std::stop_token& stop) {
    SimulatedEnginesOptions engine_options = *options.engines;
    auto truth = TruthFile::open(options.truth_file);
    if (!truth) {
        report_error(truth.error().what);
        return ExitCode::usage;
    }
    if (*truth) {
        engine_options.on_truth = [&file = **truth](const EngineTruth& told) {
            file.write([&](std::string& line) { append_truth_line(line, told); });
        };
    }
    const std::uint32_t workers = engine_options.workers;
    const Engine engine = engine_options.engine;
    auto engines = SimulatedEngines::start(std::move(engine_options));
    if (!engines) {
        report_error(engines.error().what);
        return engines.error().kind == ErrorKind::bad_input ? ExitCode::usage
                                                            : ExitCode::unreachable;
    }
    if (!options.quiet) {
        report_error(fmt::format("simulating {} {} servers, from http://{} to http://{}", workers,
                                 title_of(engine), (*engines)->address(0),
                                 (*engines)->address(workers - 1)));
    }
    wait_for_end(stop, options.duration);
    (*engines)->stop();
    if (!options.quiet) {
        const SimulatedEnginesCounters said = (*engines)->counters();
        report_error(fmt::format(
            "said: {} connections, {} requests, {} answers, {} bytes, {} changes; own CPU {:.2f} s",
            said.connections, said.requests, said.answers, said.bytes, said.changes,
            cpu_seconds()));
    }
    return truth_outcome(truth->get());
}

}  // namespace muster
