// SigpipeBlock: writes to a dead connection fail, they do not kill the process.
//
// OpenSSL writes with plain write(2), which raises SIGPIPE in the writing thread. A library must
// not change the process's signal dispositions, so we block the signal per thread: in threads of
// ours for good (and in those that nats.c starts, which inherit it), in a caller's thread for the
// length of a call; a SIGPIPE that our call raised is taken away before the old mask comes back.
#pragma once

#include <csignal>

namespace muster {

/// Thread rule: made and destroyed on one thread, nested at will.
class SigpipeBlock {
public:
    SigpipeBlock() noexcept;
    ~SigpipeBlock();
    SigpipeBlock(const SigpipeBlock&) = delete;
    SigpipeBlock& operator=(const SigpipeBlock&) = delete;

private:
    sigset_t before_{};
    bool was_pending_ = false;  // Then it is the caller's own: not ours to take away.
};

}  // namespace muster
