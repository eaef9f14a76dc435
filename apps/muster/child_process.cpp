// fork and exec by hand, because posix_spawn cannot set the parent-death signal.
#include "child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace muster {
namespace {

bool is_program(const std::string& path) {
    struct stat status{};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           access(path.c_str(), X_OK) == 0;
}

// Runs in the child between fork and exec, where only async-signal-safe calls are allowed.
[[noreturn]] void become(char* const* argv, int input, int log, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before the line above; then nobody would ever stop us.
    if (getppid() != parent) _exit(127);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    dup2(input, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(argv[0], argv);
    _exit(127);
}

std::string system_words(int number) {
    return std::generic_category().message(number);
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string folders = path != nullptr ? path : "";
    folders += ":/usr/sbin:/usr/local/sbin";
    std::string_view left = folders;
    while (!left.empty()) {
        const std::string_view folder = left.substr(0, left.find(':'));
        left.remove_prefix(std::min(left.size(), folder.size() + 1));
        const std::string candidate = std::string(folder) + '/' + name;
        if (!folder.empty() && is_program(candidate)) return candidate;
    }
    return std::nullopt;
}

Result<ChildProcess> ChildProcess::start(const std::string& path,
                                         const std::vector<std::string>& arguments,
                                         const std::string& log_path) {
    const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int log_errno = errno;
    std::vector<std::string> words = {path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    pid_t pid = -1;
    int fork_errno = log_errno;
    if (log >= 0) {
        const pid_t parent = getpid();
        pid = fork();
        fork_errno = errno;
        if (pid == 0) become(argv.data(), input, log, parent);
    }
    if (input >= 0) close(input);
    if (log >= 0) close(log);
    if (pid < 0) {
        return fail(ErrorKind::internal, ErrorOrigin::self,
                    "cannot start: " + path + ": " + system_words(fork_errno));
    }
    const int end_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    return ChildProcess(pid, end_fd);
}

ChildProcess::~ChildProcess() {
    stop();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), end_fd_(std::exchange(other.end_fd_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(end_fd_, other.end_fd_);
    return *this;
}

bool ChildProcess::wait_for_end(Duration patience) const {
    pollfd waited = {end_fd_, POLLIN, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    for (;;) {
        const int ready = poll(&waited, 1, static_cast<int>(ms));
        if (ready < 0 && errno == EINTR) continue;
        return ready > 0;
    }
}

void ChildProcess::signal(int number) const noexcept {
    // Until it is waited for, a dead child keeps its number: this reaches nobody else.
    if (pid_ > 0) kill(pid_, number);
}

void ChildProcess::stop(Duration patience) noexcept {
    if (pid_ <= 0) return;
    signal(SIGTERM);
    signal(SIGCONT);  // A child that was paused would never see the first.
    if (!wait_for_end(patience)) signal(SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (end_fd_ >= 0) close(end_fd_);
    pid_ = -1;
    end_fd_ = -1;
}

}  // namespace muster
