// A program that we start and that never outlives us: the broker of `muster demo`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster {

/// Searches the folders of $PATH, then /usr/sbin and /usr/local/sbin, which a user's PATH often
/// lacks. Nothing if no executable file of that name is there.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

/// Owns one child. Not thread-safe. The destructor stops it.
class ChildProcess {
public:
    /// Starts `path` with `arguments` (without the program's own name). Its input is /dev/null, its
    /// output goes to the file `log_path`. It is in a process group of its own, so that Ctrl-C
    /// reaches only us, and the kernel ends it if we are killed.
    /// REQUIRES: called on the main thread (the kernel ties the child to the thread).
    [[nodiscard]] static Result<ChildProcess> start(const std::string& path,
                                                    const std::vector<std::string>& arguments,
                                                    const std::string& log_path);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Readable once the child has ended.
    [[nodiscard]] int end_descriptor() const noexcept { return end_fd_; }
    /// Waits at most `patience` for the child to end.
    [[nodiscard]] bool wait_for_end(Duration patience) const;
    /// SIGTERM, and SIGKILL when it has not ended within `patience`. Returns when it is gone.
    void stop(Duration patience = std::chrono::seconds(1)) noexcept;
    /// Sends a signal, unless it has ended.
    void signal(int number) const noexcept;

private:
    ChildProcess(pid_t pid, int end_fd) noexcept : pid_(pid), end_fd_(end_fd) {}

    pid_t pid_ = -1;
    int end_fd_ = -1;
};

}  // namespace muster
