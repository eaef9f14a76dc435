// What both kinds of `muster sim` do alike: write the truth, wait for the end, tell what it cost.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "sim_command.hpp"

namespace muster {

/// Where the truth goes, line by line, each written whole.
class TruthFile {
public:
    /// `path`: `-` is stdout; empty: nothing is written, and the pointer is null.
    [[nodiscard]] static Result<std::unique_ptr<TruthFile>> open(const std::string& path);
    TruthFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
    ~TruthFile();
    TruthFile(const TruthFile&) = delete;
    TruthFile& operator=(const TruthFile&) = delete;

    /// `append` adds a line, its newline included. Whoever reads the file as it grows sees it at
    /// once.
    void write(const std::function<void(std::string&)>& append);
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::FILE* file_;
    std::string path_;
    std::string line_;
    bool has_failed_ = false;
};

/// `done`, or `trouble` (and says so) if the truth could not be written whole. Null: nothing was.
[[nodiscard]] ExitCode truth_outcome(const TruthFile* truth);

void wait_for_end(const std::stop_token& stop, Duration duration);

/// User and system time of this process.
[[nodiscard]] double cpu_seconds();

/// `muster sim` of an engine over HTTP. REQUIRES: options.engines.
[[nodiscard]] ExitCode run_engine_sim(const SimOptions& options, const std::stop_token& stop);

}  // namespace muster
