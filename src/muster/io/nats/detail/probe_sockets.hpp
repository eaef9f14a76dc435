// The sockets by which this process looks at servers before it dials, so that none of them is taken
// for the one on which nats.c dials (DialSocket), which goes to the same server.
//
// Private to io/nats. Any thread.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <set>

namespace muster {

/// What tells a socket of this process from every other; 0 if `fd` is no socket (any more).
[[nodiscard]] ino_t inode_of_socket(int fd);

class ProbeSockets {
public:
    [[nodiscard]] static ProbeSockets& of_process();

    /// Before it is connected.
    void add(int fd);
    /// Closes it.
    void close(int fd);
    /// What `list` makes of their inodes; none is connected or closed meanwhile.
    template <typename List>
    auto hold_still(const List& list) {
        const std::lock_guard lock(mutex_);
        return list(inodes_);
    }

private:
    std::mutex mutex_;
    std::set<ino_t> inodes_;
};

}  // namespace muster
