// One thread that polls a signalfd: no work is done in a signal handler.
#include "stop_signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace muster {

StopSignals::StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A reader of stdout or of a socket that goes away is an error of that write, not our end.
    std::signal(SIGPIPE, SIG_IGN);
    signals_fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
    end_fd_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { wait_for_signal(); });
}

StopSignals::~StopSignals() {
    const std::uint64_t one = 1;
    // Eight bytes into an eventfd of count 0 are always taken.
    if (write(end_fd_, &one, sizeof one) == sizeof one) thread_.join();
    close(signals_fd_);
    close(end_fd_);
}

void StopSignals::wait_for_signal() {
    std::array<pollfd, 2> waited = {{{signals_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}}};
    for (;;) {
        if (poll(waited.data(), waited.size(), -1) < 0 && errno == EINTR) continue;
        if ((waited[1].revents & POLLIN) != 0) return;
        signalfd_siginfo info{};
        if (read(signals_fd_, &info, sizeof info) != sizeof info) continue;
        if (info.ssi_signo == SIGHUP && hangup_rereads_.load()) {
            hangup_.store(true);
            continue;
        }
        int none = 0;
        signal_.compare_exchange_strong(none, static_cast<int>(info.ssi_signo));
        stop_.request_stop();
    }
}

}  // namespace muster
