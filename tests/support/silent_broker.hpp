// A server that greets as a NATS server does and then says nothing more, as one that is stopped
// between two lines: nats.c waits for it as long as it may.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace muster::testing {

class SilentBroker {
public:
    SilentBroker() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const at = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, at, size) != 0 || ::listen(listener_, 16) != 0 ||
            ::getsockname(listener_, at, &size) != 0) {
            throw std::runtime_error("cannot listen on the loopback");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    ~SilentBroker() {
        thread_ = {};
        for (const int client : clients_) ::close(client);
        ::close(listener_);
    }
    SilentBroker(const SilentBroker&) = delete;
    SilentBroker& operator=(const SilentBroker&) = delete;

    [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
    /// Connections that were greeted so far.
    [[nodiscard]] std::size_t greeted() const { return greeted_.load(); }

private:
    void run(const std::stop_token& stop) {
        constexpr std::string_view kGreeting =
            "INFO {\"server_id\":\"X\",\"version\":\"2.9.10\",\"headers\":true,"
            "\"max_payload\":1048576}\r\n";
        while (!stop.stop_requested()) {
            pollfd listening{.fd = listener_, .events = POLLIN, .revents = 0};
            if (::poll(&listening, 1, 10) != 1) continue;
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) continue;
            clients_.push_back(client);
            (void)::send(client, kGreeting.data(), kGreeting.size(), MSG_NOSIGNAL);
            ++greeted_;
        }
    }

    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> greeted_{0};
    std::vector<int> clients_;  // The thread's, until it has ended.
    std::jthread thread_;
};

}  // namespace muster::testing
