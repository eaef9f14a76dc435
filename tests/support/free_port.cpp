// See free_port.hpp.
#include "support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace muster::testing {
namespace {

/// Above the ports that daemons have by default (nats-server 4222, etcd 2379, our own 6878).
constexpr unsigned kFirst = 10'000;

/// The first port of those that the kernel gives to outgoing connections. A server's port must not
/// be among them: while it is down, a client that tries it again and again is given that very port
/// some day, connects to itself, and holds the port.
std::uint16_t first_ephemeral() {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    unsigned first = 0;
    return file >> first && first > 2 * kFirst ? static_cast<std::uint16_t>(first) : 65'535;
}

}  // namespace

std::uint16_t free_port() {
    static const std::uint16_t end = first_ephemeral();
    std::random_device random;
    std::uniform_int_distribution<unsigned> any(kFirst, end - 1U);
    for (int attempt = 0; attempt < 1'000; ++attempt) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) break;
        const auto port = static_cast<std::uint16_t>(any(random));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool bound =
            ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (bound) return port;
    }
    throw std::runtime_error("no free loopback port");
}

}  // namespace muster::testing
