// See rude_server.hpp. Every wait is a poll that looks whether the test has ended.
#include "support/rude_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace muster::testing {
namespace {

constexpr int kLookMs = 20;

/// True once the socket is ready; false if the test ends first.
bool wait_for(int socket, short events, const std::atomic<bool>& stopping) {
    while (!stopping.load()) {
        pollfd polled{socket, events, 0};
        if (::poll(&polled, 1, kLookMs) > 0) return true;
    }
    return false;
}

}  // namespace

std::string RudePeer::request() {
    for (;;) {
        const std::size_t end = received_.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::string head = received_.substr(0, end + 4);
            received_.erase(0, end + 4);
            return head;
        }
        if (!wait_for(socket_, POLLIN, stopping_)) return {};
        std::array<char, 4096> bytes;
        const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (got <= 0) return {};
        received_.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

bool RudePeer::stays_quiet(int ms) const {
    pollfd polled{socket_, POLLIN, 0};
    return received_.empty() && ::poll(&polled, 1, ms) == 0;
}

bool RudePeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_for(socket_, POLLOUT, stopping_)) return false;
        const ssize_t sent =
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RudePeer::send_page(std::string_view body, std::string_view content_type,
                         std::string_view fields) {
    std::string text = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(content_type) +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return send(text.append(fields).append("\r\n").append(body));
}

void RudePeer::hold() {
    while (wait_for(socket_, POLLIN, stopping_)) {
        std::array<char, 4096> bytes;
        if (::recv(socket_, bytes.data(), bytes.size(), 0) <= 0) return;
    }
}

void RudePeer::pause_ms(int ms) {
    for (int left = ms; left > 0 && !stopping_.load(); left -= kLookMs) {
        (void)::poll(nullptr, 0, std::min(left, kLookMs));
    }
}

void RudePeer::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

struct RudeServer::Workings {
    Manners manners;
    int listener = -1;
    std::uint16_t port = 0;
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> connections{0};
    std::mutex mutex;
    std::vector<std::thread> peers;
    std::thread acceptor;

    void serve(int socket) {
        RudePeer peer(socket, stopping);
        manners(peer);
        ::close(socket);
    }
    void accept_all() {
        while (wait_for(listener, POLLIN, stopping)) {
            const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) continue;
            connections.fetch_add(1);
            const std::lock_guard lock(mutex);
            peers.emplace_back([this, socket] { serve(socket); });
        }
    }
};

RudeServer::RudeServer(Manners manners) : workings_(std::make_unique<Workings>()) {
    workings_->manners = std::move(manners);
    workings_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(workings_->listener, any, size) != 0 || ::listen(workings_->listener, 128) != 0 ||
        ::getsockname(workings_->listener, any, &size) != 0) {
        throw std::runtime_error("cannot listen on loopback");
    }
    workings_->port = ntohs(address.sin_port);
    workings_->acceptor = std::thread([this] { workings_->accept_all(); });
}

RudeServer::~RudeServer() {
    workings_->stopping.store(true);
    workings_->acceptor.join();
    for (std::thread& peer : workings_->peers) peer.join();
    ::close(workings_->listener);
}

std::uint16_t RudeServer::port() const noexcept {
    return workings_->port;
}

std::string RudeServer::url() const {
    return "http://127.0.0.1:" + std::to_string(port());
}

std::string RudeServer::worker_id() const {
    return "http/127.0.0.1:" + std::to_string(port());
}

std::size_t RudeServer::connections() const noexcept {
    return workings_->connections.load();
}

}  // namespace muster::testing
