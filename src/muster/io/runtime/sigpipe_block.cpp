// See sigpipe_block.hpp.
#include "muster/io/runtime/sigpipe_block.hpp"

#include <pthread.h>

#include <ctime>

namespace muster {
namespace {

sigset_t only_sigpipe() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

bool sigpipe_pending() noexcept {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

SigpipeBlock::SigpipeBlock() noexcept : was_pending_(sigpipe_pending()) {
    const sigset_t set = only_sigpipe();
    pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SigpipeBlock::~SigpipeBlock() {
    if (sigismember(&before_, SIGPIPE) == 1) return;  // An outer block, or the caller's own.
    if (!was_pending_ && sigpipe_pending()) {
        const sigset_t set = only_sigpipe();
        const timespec at_once{};
        sigtimedwait(&set, nullptr, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace muster
