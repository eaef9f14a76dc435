// The socket of a connection that nats.c is just making, found from outside, so that it can be cut.
//
// While it connects, nats.c 3.4 (Debian 12) cannot be interrupted; and of a server that greets and
// then says nothing it believes for ever that it will: past its deadline it spins, and a buffer of
// its own grows (nats-io/nats.c, issue 706). It ends when its socket is shut down, but tells nobody
// which socket that is. So we look which one came to this server since; if that cannot be told,
// because the program itself connects to the same server in the same moment, nothing is cut.
//
// Private to io/nats. Thread rule: begin and end on the thread that connects, the rest on any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <set>
#include <vector>

#include "muster/base/time.hpp"

namespace muster {

class DialSocket {
public:
    DialSocket() = default;
    ~DialSocket() { end(); }
    DialSocket(const DialSocket&) = delete;
    DialSocket& operator=(const DialSocket&) = delete;

    /// From now on nats.c connects to a server on one of `ports` after the other, and may take
    /// `patience` for each. One at a time begins in a process; this waits, briefly, until the
    /// socket of the one before is known.
    void begin(std::vector<std::uint16_t> ports, Duration patience);
    /// It has connected, or failed.
    void end();

    /// Looks for the socket if need be, and cuts it if its patience is over. False when there is
    /// nothing more to do than to wait for the patience or the end.
    bool look(Time now);
    /// Cuts it now, if it is known.
    void cut();
    /// Whether it was cut: what nats.c then says of the connection is not to be told to people.
    [[nodiscard]] bool was_cut() const;

private:
    void find();  // With mutex_ held, as for the following.
    void cut_found();
    void look_for_the_next(Time now);
    void let_the_next_begin();

    mutable std::mutex mutex_;
    bool connecting_ = false;
    bool holds_turn_ = false;
    bool was_cut_ = false;
    std::vector<std::uint16_t> ports_;
    Duration patience_{};
    Time cut_at_ = kNever;
    std::set<ino_t> there_before_;
    int fd_ = -1;  // Of nats.c; checked by inode_ before it is touched.
    ino_t inode_ = 0;
};

}  // namespace muster
