// SIGINT, SIGTERM and SIGHUP as a stop token, so that every command has one way to end. A command
// that can read its configuration again takes SIGHUP for that.
//
// Only the program handles signals; the library installs nothing. Made once, in main, before any
// other thread starts: threads inherit the blocked signals.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "muster/base/error.hpp"

namespace muster {

class StopSignals {
public:
    /// Blocks the three signals in this thread and those it will start, ignores SIGPIPE, and waits
    /// for the signals on a thread of its own.
    StopSignals();
    /// Ends the thread; the signals stay blocked.
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Asked to stop at the first signal. Any thread.
    [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }
    /// From now on SIGHUP asks for the configuration to be read again, and stops nothing.
    void reread_on_hangup() noexcept { hangup_rereads_.store(true); }
    /// Whether SIGHUP came since the last call. Any thread.
    [[nodiscard]] bool take_hangup() noexcept { return hangup_.exchange(false); }
    /// The first signal, 0 while none came. Any thread.
    [[nodiscard]] int signal() const noexcept { return signal_.load(); }

private:
    void wait_for_signal();

    std::stop_source stop_;
    std::atomic<int> signal_{0};
    std::atomic<bool> hangup_rereads_{false};
    std::atomic<bool> hangup_{false};
    int signals_fd_ = -1;
    int end_fd_ = -1;
    std::thread thread_;
};

}  // namespace muster
