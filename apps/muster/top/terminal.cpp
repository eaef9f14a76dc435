// Raw mode with signals, the alternate screen, and a pipe that handlers write to.
#include "top/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace muster {
namespace {

using namespace std::chrono_literals;

// Own screen, no cursor, no wrapping: a character that is wider than we think costs one line, not
// all of them.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

constexpr std::array kSignals = {SIGWINCH, SIGTSTP, SIGCONT};

// How long a terminal that takes nothing is given when we leave.
constexpr int kLeaveMs = 200;
// How long someone who was called back by a signal may take to be asked to stop.
constexpr int kStopMs = 200;

// For the handler: set before it is there.
std::atomic<int> signal_pipe{-1};

extern "C" void note_signal(int number) {
    const int saved = errno;
    const char byte = static_cast<char>(number);
    // Full: there are signals enough to wake for.
    (void)!::write(signal_pipe.load(), &byte, 1);
    errno = saved;
}

sigset_t terminal_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : kSignals) sigaddset(&signals, number);
    return signals;
}

std::array<int, 2>& pipe_ends() {
    static std::array<int, 2> ends = [] {
        std::array<int, 2> made = {-1, -1};
        (void)!::pipe2(made.data(), O_CLOEXEC | O_NONBLOCK);
        return made;
    }();
    return ends;
}

void handle(int number) {
    struct sigaction action{};
    action.sa_handler = &note_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
}

void set_default(int number) {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
}

}  // namespace

TerminalSignalsHeld::TerminalSignalsHeld() {
    const sigset_t signals = terminal_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

TerminalSignalsHeld::~TerminalSignalsHeld() {
    const sigset_t signals = terminal_signals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

Terminal::Terminal(std::stop_token stop) : stop_(std::move(stop)) {
    output_ = ::open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    own_output_ = output_ >= 0;
    // Another user's terminal, lent by su: it can be written, not opened.
    if (!own_output_) output_ = STDOUT_FILENO;
    if (::isatty(STDIN_FILENO) == 1) {
        keys_ = STDIN_FILENO;
    } else {
        keys_ = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
        own_keys_ = keys_ >= 0;
    }
    signal_pipe = pipe_ends()[1];
    wait_for_foreground();
    if (keys_ >= 0 && ::tcgetattr(keys_, &modes_before_) != 0) keys_ = -1;
    for (const int number : kSignals) handle(number);
    enter();
    const sigset_t signals = terminal_signals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

Terminal::~Terminal() {
    leave();
    for (const int number : kSignals) set_default(number);
    if (own_output_) ::close(output_);
    if (own_keys_) ::close(keys_);
}

// Whoever changes a terminal's modes from the background breaks the line that is being typed there.
void Terminal::wait_for_foreground() {
    const int terminal = keys_ >= 0 ? keys_ : STDOUT_FILENO;
    // Twice: a group without a shell over it is never stopped, and goes on as it is.
    for (int tries = 0; tries < 2 && !stop_.stop_requested(); ++tries) {
        const pid_t group = ::tcgetpgrp(terminal);
        if (group < 0 || group == ::getpgrp()) return;
        // "kill %1" of a stopped job wakes it too: its signal may be a moment behind.
        pollfd nothing{-1, 0, 0};
        for (int waited = 0; waited < kStopMs && !stop_.stop_requested(); waited += 10) {
            (void)::poll(&nothing, 1, 10);
        }
        if (!stop_.stop_requested()) ::raise(SIGTTOU);
    }
}

void Terminal::enter() {
    if (stop_.stop_requested()) return;
    if (keys_ >= 0) {
        termios raw = modes_before_;
        // Signals stay: Ctrl-C, Ctrl-Z and Ctrl-\ do what they always do.
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
        raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        guard_.emplace(output_, kLeave, keys_, modes_before_);
        ::tcsetattr(keys_, TCSANOW, &raw);
    } else {
        guard_.emplace(output_, kLeave, -1, modes_before_);
    }
    entered_ = true;
    (void)show(kEnter);
}

void Terminal::leave() {
    if (!entered_) return;
    entered_ = false;
    write_restoration();
    if (keys_ >= 0) ::tcsetattr(keys_, TCSANOW, &modes_before_);
    guard_.reset();
}

void Terminal::write_restoration() {
    std::string_view rest = kLeave;
    for (int waited = 0; !rest.empty() && waited <= kLeaveMs;) {
        const ssize_t written = ::write(output_, rest.data(), rest.size());
        if (written > 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{output_, POLLOUT, 0};
            (void)::poll(&ready, 1, kLeaveMs / 4);
            waited += kLeaveMs / 4;
            // What it would not take is worth less than the restoration.
            if (waited >= kLeaveMs) ::tcflush(output_, TCOFLUSH);
        } else if (errno != EINTR) {
            return;
        }
    }
}

Result<void> Terminal::show(std::string_view bytes) {
    constexpr int kLookMs = 100;
    while (!bytes.empty()) {
        const ssize_t written = ::write(output_, bytes.data(), bytes.size());
        if (written > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) {
            return fail(ErrorKind::closed, ErrorOrigin::client,
                        "cannot write: terminal: " + std::generic_category().message(errno));
        }
        if (stop_.stop_requested()) return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
        pollfd ready{output_, POLLOUT, 0};
        (void)::poll(&ready, 1, kLookMs);
    }
    return {};
}

void Terminal::put_aside() {
    leave();
    set_default(SIGTSTP);
    // As if nobody had caught it: the shell hears which signal it was.
    ::raise(SIGTSTP);
    handle(SIGTSTP);
    wait_for_foreground();
    enter();
}

Terminal::Event Terminal::wait(Duration at_most, int other) {
    std::array<pollfd, 3> waited = {
        {{pipe_ends()[0], POLLIN, 0}, {other, POLLIN, 0}, {keys_, POLLIN, 0}}};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    (void)::poll(waited.data(), waited.size(),
                 static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000)));
    Event event;
    std::array<char, 256> bytes{};
    ssize_t count = 0;
    bool aside = false;
    while ((count = ::read(pipe_ends()[0], bytes.data(), bytes.size())) > 0) {
        event.redraw = true;
        const auto end = bytes.begin() + count;
        aside = aside || std::find(bytes.begin(), end, static_cast<char>(SIGTSTP)) != end;
        // Stopped by a signal that nobody can catch: the shell has had the terminal meanwhile.
        const bool back = std::find(bytes.begin(), end, static_cast<char>(SIGCONT)) != end;
        if (back && !aside && entered_) {
            wait_for_foreground();
            enter();
        }
    }
    if (aside) {
        put_aside();
        return event;
    }
    if (keys_ < 0 || (waited[2].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return event;
    count = ::read(keys_, bytes.data(), bytes.size());
    if (count > 0) event.keys.assign(bytes.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) event.closed = true;
    return event;
}

}  // namespace muster
