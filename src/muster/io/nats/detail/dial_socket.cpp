// See dial_socket.hpp.
#include "muster/io/nats/detail/dial_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "muster/io/nats/detail/probe_sockets.hpp"
#include "muster/io/runtime/boot_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// A turn lasts until a socket is known, or its connection over. Longer than that is waited only
/// for a server that does not even accept; then two are looked for at once, and told apart or not.
constexpr Duration kTurnMax = 1s;

/// Whose socket is looked for: one at a time, else they could not be told apart.
struct Turns {
    std::mutex mutex;
    std::condition_variable free;
    bool taken = false;
};

Turns& turns() {
    static Turns all;
    return all;
}

std::uint16_t peer_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    }
    return 0;
}

struct OpenSocket {
    int fd;
    ino_t inode;
};

/// The sockets of this process that are connected to a server on one of `ports`, but for probes.
std::vector<OpenSocket> sockets_to(const std::vector<std::uint16_t>& ports,
                                   const std::set<ino_t>& probes) {
    std::vector<OpenSocket> sockets;
    std::error_code error;
    std::filesystem::directory_iterator at("/proc/self/fd", error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
        const std::string name = at->path().filename().string();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd < 0 || std::ranges::find(ports, peer_port(fd)) == ports.end()) continue;
        const ino_t inode = inode_of_socket(fd);
        if (inode != 0 && !probes.contains(inode)) sockets.push_back({fd, inode});
    }
    return sockets;
}

std::vector<OpenSocket> sockets_to(const std::vector<std::uint16_t>& ports) {
    return ProbeSockets::of_process().hold_still(
        [&ports](const std::set<ino_t>& probes) { return sockets_to(ports, probes); });
}

}  // namespace

void DialSocket::begin(std::vector<std::uint16_t> ports, Duration patience) {
    bool my_turn = false;
    {
        Turns& all = turns();
        std::unique_lock lock(all.mutex);
        my_turn = all.free.wait_for(lock, kTurnMax, [&all] { return !all.taken; });
        if (my_turn) all.taken = true;
    }
    const std::lock_guard lock(mutex_);
    holds_turn_ = my_turn;
    connecting_ = true;
    was_cut_ = false;
    ports_ = std::move(ports);
    patience_ = patience;
    fd_ = -1;
    cut_at_ = BootClock{}.now() + patience;
    there_before_.clear();
    for (const OpenSocket& socket : sockets_to(ports_)) there_before_.insert(socket.inode);
}

void DialSocket::end() {
    const std::lock_guard lock(mutex_);
    connecting_ = false;
    let_the_next_begin();
}

bool DialSocket::look(Time now) {
    const std::lock_guard lock(mutex_);
    if (!connecting_) return false;
    // Closed while nats.c goes on: it was another's, or the next server is tried.
    if (fd_ >= 0 && inode_of_socket(fd_) != inode_) look_for_the_next(now);
    if (fd_ < 0) find();
    if (fd_ >= 0 && now >= cut_at_) {
        cut_found();
        if (ports_.size() > 1) look_for_the_next(now);
    }
    return fd_ < 0;
}

void DialSocket::cut() {
    const std::lock_guard lock(mutex_);
    if (!connecting_) return;
    if (fd_ < 0) find();
    if (fd_ >= 0) cut_found();
}

bool DialSocket::was_cut() const {
    const std::lock_guard lock(mutex_);
    return was_cut_;
}

void DialSocket::look_for_the_next(Time now) {
    there_before_.insert(inode_);
    fd_ = -1;
    // Each of several servers has a patience of its own.
    if (ports_.size() > 1) cut_at_ = now + patience_;
}

void DialSocket::find() {
    const OpenSocket* found = nullptr;
    const std::vector<OpenSocket> sockets = sockets_to(ports_);
    for (const OpenSocket& socket : sockets) {
        if (there_before_.contains(socket.inode)) continue;
        if (found != nullptr) return;  // Somebody else's is among them.
        found = &socket;
    }
    if (found == nullptr) return;
    fd_ = found->fd;
    inode_ = found->inode;
    let_the_next_begin();
}

void DialSocket::cut_found() {
    // A duplicate cannot become another file under our hands.
    const int ours = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
    if (ours < 0) return;
    if (inode_of_socket(ours) == inode_) {
        ::shutdown(ours, SHUT_RDWR);
        was_cut_ = true;
    }
    ::close(ours);
}

void DialSocket::let_the_next_begin() {
    if (!holds_turn_) return;
    holds_turn_ = false;
    Turns& all = turns();
    {
        const std::lock_guard lock(all.mutex);
        all.taken = false;
    }
    all.free.notify_one();
}

}  // namespace muster
