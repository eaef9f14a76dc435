// See tcp_relay.hpp. One thread, poll(2) over all sockets.
#include "support/tcp_relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace muster::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

struct Pair {
    int client;
    int server;
    bool frozen = false;
    std::size_t to_client_max = kNoLimit;  ///< Then it is frozen.
};

/// Moves what is there, at most `most`, from one socket to the other, and takes it off `most`;
/// false at its end.
bool forward(int from, int to, std::size_t& most) {
    std::array<char, 65536> bytes;
    const std::size_t room = std::min(bytes.size(), most);
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): it does not wait.
    const ssize_t got = ::recv(from, bytes.data(), room, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    for (ssize_t sent = 0; sent < got;) {
        const ssize_t now =
            ::send(to, bytes.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += now;
    }
    if (most != kNoLimit) most -= static_cast<std::size_t>(got);
    return got > 0;
}

}  // namespace

struct TcpRelay::Workings {
    std::uint16_t target = 0;
    std::uint16_t port = 0;
    int listener = -1;
    mutable std::mutex mutex;
    std::vector<Pair> pairs;
    std::jthread thread;

    void accept_one() {
        const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(target);
        if (server < 0 ||
            ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            if (server >= 0) ::close(server);
            ::close(client);
            return;
        }
        pairs.push_back({.client = client, .server = server});
    }
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::vector<pollfd> watched{{.fd = listener, .events = POLLIN, .revents = 0}};
            {
                const std::lock_guard lock(mutex);
                for (const Pair& pair : pairs) {
                    // poll passes over negative descriptors.
                    watched.push_back({pair.frozen ? -1 : pair.client, POLLIN, 0});
                    watched.push_back({pair.frozen ? -1 : pair.server, POLLIN, 0});
                }
            }
            if (::poll(watched.data(), watched.size(), 20) <= 0) continue;
            const std::lock_guard lock(mutex);
            for (std::size_t i = (watched.size() - 1) / 2; i-- > 0;) {
                Pair& pair = pairs[i];
                if (pair.frozen) continue;
                std::size_t to_server_max = kNoLimit;
                const bool ok = (watched[1 + 2 * i].revents == 0 ||
                                 forward(pair.client, pair.server, to_server_max)) &&
                                (watched[2 + 2 * i].revents == 0 ||
                                 forward(pair.server, pair.client, pair.to_client_max));
                pair.frozen = pair.to_client_max == 0;
                if (ok) continue;
                ::close(pair.client);
                ::close(pair.server);
                pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(i));
            }
            if (watched[0].revents != 0) accept_one();
        }
    }
};

TcpRelay::TcpRelay(std::uint16_t target) : workings_(std::make_unique<Workings>()) {
    Workings& w = *workings_;
    w.target = target;
    w.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (w.listener < 0 ||
        ::bind(w.listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(w.listener, 64) != 0 ||
        ::getsockname(w.listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("relay: cannot listen");
    }
    w.port = ntohs(address.sin_port);
    w.thread = std::jthread([&w](const std::stop_token& stop) { w.run(stop); });
}

TcpRelay::~TcpRelay() {
    workings_->thread = {};
    ::close(workings_->listener);
    for (const Pair& pair : workings_->pairs) {
        ::close(pair.client);
        ::close(pair.server);
    }
}

std::uint16_t TcpRelay::port() const noexcept {
    return workings_->port;
}

void TcpRelay::freeze_after(std::size_t bytes) {
    const std::lock_guard lock(workings_->mutex);
    for (Pair& pair : workings_->pairs) pair.to_client_max = bytes;
}

void TcpRelay::freeze() {
    const std::lock_guard lock(workings_->mutex);
    for (Pair& pair : workings_->pairs) pair.frozen = true;
}

void TcpRelay::thaw() {
    const std::lock_guard lock(workings_->mutex);
    for (Pair& pair : workings_->pairs) pair.frozen = false;
}

std::size_t TcpRelay::connections() const {
    const std::lock_guard lock(workings_->mutex);
    return workings_->pairs.size();
}

std::size_t TcpRelay::frozen() const {
    const std::lock_guard lock(workings_->mutex);
    return static_cast<std::size_t>(std::ranges::count(workings_->pairs, true, &Pair::frozen));
}

}  // namespace muster::testing
