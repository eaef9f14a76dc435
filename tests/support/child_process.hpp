// A child process that a test starts, signals and reaps; killed when the object goes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"

namespace muster::testing {

/// A directory of its own under the system's temporary one, removed with all its content.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
    /// Writes a file (mode 600) and returns its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::string path_;
};

class ChildProcess {
public:
    /// Starts `argv[0]` (a path, or a name looked up in PATH) with stdout and stderr appended to
    /// `output_file`. Its XDG state directory is one of its own, so that no test keeps a journal in
    /// the home of whoever runs it, or finds another's. It dies with the test process, however that
    /// ends.
    ChildProcess(const std::vector<std::string>& argv, const std::string& output_file);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    void send(int signal) const;
    /// Its exit code (128 + signal if killed) once it has ended; absent if it runs after
    /// `deadline`.
    [[nodiscard]] std::optional<int> wait(Duration deadline);
    /// SIGKILL and reap.
    void kill();

private:
    TempDir state_;
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

}  // namespace muster::testing
