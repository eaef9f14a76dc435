// See free_port.hpp.
#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace muster::testing {

std::uint16_t free_port() {
    constexpr std::array<std::uint16_t, 5> kTaken = {2379, 2380, 4222, 6222, 8222};
    for (int attempt = 0; attempt < 100; ++attempt) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) break;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const bool bound =
            ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
        ::close(fd);
        const std::uint16_t port = ntohs(address.sin_port);
        if (bound && std::ranges::find(kTaken, port) == kTaken.end()) return port;
    }
    throw std::runtime_error("no free loopback port");
}

}  // namespace muster::testing
