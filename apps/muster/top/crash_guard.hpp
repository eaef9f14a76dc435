// Gives the terminal back when the program crashes: for SIGSEGV and its like a handler writes the
// restoring sequence and sets the old terminal modes, then lets the signal end the program as if
// nobody had caught it.
//
// The handlers do only what is async-signal-safe. One at a time in a program: a terminal is one.
#pragma once

#include <termios.h>

#include <string_view>

namespace muster {

class CrashGuard {
public:
    /// `output` gets `restore` (which must live as long as the program); `modes` are set on `keys`,
    /// unless that is -1.
    CrashGuard(int output, std::string_view restore, int keys, const termios& modes);
    /// The handlers of before are back.
    ~CrashGuard();
    CrashGuard(const CrashGuard&) = delete;
    CrashGuard& operator=(const CrashGuard&) = delete;
};

}  // namespace muster
