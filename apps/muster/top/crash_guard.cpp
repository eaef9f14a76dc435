// Handlers that touch nothing but what was laid out for them before.
#include "top/crash_guard.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>

namespace muster {
namespace {

// Whatever ends a program with a core, and SIGQUIT, which a user may type.
constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT};

struct Restoration {
    int output = -1;
    const char* bytes = nullptr;
    std::size_t size = 0;
    int keys = -1;
    termios modes{};
};

// Written before the handlers are there, read by them only.
Restoration restoration;
std::array<struct sigaction, kCrashes.size()> before;
// An overflow of the stack leaves a handler no other.
alignas(16) std::array<std::byte, 64 * 1024> handler_stack;
stack_t stack_before{};

static_assert(std::atomic<bool>::is_always_lock_free, "a handler may not wait for a lock");
std::atomic<bool> armed{false};

extern "C" void restore_terminal(int number) {
    const int saved = errno;
    // The first of several threads that crash at once.
    if (armed.exchange(false)) {
        // A terminal that takes nothing more must not keep the program from ending.
        (void)!::write(restoration.output, restoration.bytes, restoration.size);
        if (restoration.keys >= 0) ::tcsetattr(restoration.keys, TCSANOW, &restoration.modes);
    }
    errno = saved;
    // SA_RESETHAND has put the default back: this time it ends us.
    ::raise(number);
}

}  // namespace

CrashGuard::CrashGuard(int output, std::string_view restore, int keys, const termios& modes) {
    restoration = {output, restore.data(), restore.size(), keys, modes};
    armed = true;
    stack_t stack{};
    stack.ss_sp = handler_stack.data();
    stack.ss_size = handler_stack.size();
    ::sigaltstack(&stack, &stack_before);
    for (std::size_t i = 0; i < kCrashes.size(); ++i) {
        struct sigaction action{};
        action.sa_handler = &restore_terminal;
        sigfillset(&action.sa_mask);
        action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_ONSTACK;
        ::sigaction(kCrashes[i], &action, &before[i]);
    }
}

CrashGuard::~CrashGuard() {
    armed = false;
    for (std::size_t i = 0; i < kCrashes.size(); ++i) ::sigaction(kCrashes[i], &before[i], nullptr);
    ::sigaltstack(&stack_before, nullptr);
}

}  // namespace muster
