// Terminal: the terminal at stdout while the live table has it: its own screen without a cursor,
// keys as they are typed, its size, and the terminal given back however the program ends or is put
// aside.
//
// One in a program. Belongs to the main thread; the signals that speak of the terminal (SIGWINCH,
// SIGTSTP, SIGCONT) reach it through a pipe.
#pragma once

#include <termios.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "top/crash_guard.hpp"

namespace muster {

/// While it lives the calling thread, and those it starts, are not interrupted by the terminal's
/// signals: made before the threads of a program that will have a Terminal.
class TerminalSignalsHeld {
public:
    TerminalSignalsHeld();
    ~TerminalSignalsHeld();
    TerminalSignalsHeld(const TerminalSignalsHeld&) = delete;
    TerminalSignalsHeld& operator=(const TerminalSignalsHeld&) = delete;
};

class Terminal {
public:
    /// What ended a wait.
    struct Event {
        std::string keys;     ///< Bytes that were typed.
        bool redraw = false;  ///< Another size, or back from a shell: all must be drawn.
        bool closed = false;  ///< Nobody types any more: the terminal is gone.
    };

    /// REQUIRES: stdout_is_terminal(). `stop`: see show().
    explicit Terminal(std::stop_token stop);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Writes all of it; gives up (`closed`, "stopped") when the stop is asked while the terminal
    /// takes nothing.
    [[nodiscard]] Result<void> show(std::string_view bytes);
    /// Until something is typed, the size changes, `other` is readable, the time is up or the stop
    /// is asked. When the user puts the program aside it waits for its return in here.
    [[nodiscard]] Event wait(Duration at_most, int other);

private:
    void enter();
    void leave();
    void wait_for_foreground();
    void put_aside();
    void write_restoration();

    std::stop_token stop_;
    int output_ = -1;  // Of our own, so that not blocking is not everybody's.
    bool own_output_ = false;
    int keys_ = -1;  // -1: nobody can type.
    bool own_keys_ = false;
    bool entered_ = false;
    termios modes_before_{};
    std::optional<CrashGuard> guard_;
};

}  // namespace muster
