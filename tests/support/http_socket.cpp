// A plain TCP client for tests; see the header.
//
// POSIX sockets only: independent of what it tests.
#include "support/http_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace muster::testing {

std::string SocketResponse::field(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const auto at = head.find(start);
    if (at == std::string::npos) return {};
    const auto from = at + start.size();
    return head.substr(from, head.find("\r\n", from) - from);
}

HttpSocket::HttpSocket(const std::string& address, int receive_buffer) {
    const auto colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    const auto port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    const bool six = host.starts_with('[');
    if (six) host = host.substr(1, host.size() - 2);
    fd_ = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return;
    if (receive_buffer > 0) {
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int failed = -1;
    if (six) {
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_port = port;
        ::inet_pton(AF_INET6, host.c_str(), &to.sin6_addr);
        failed = ::connect(fd_, std::bit_cast<const sockaddr*>(&to), sizeof to);
    } else {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = port;
        ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
        failed = ::connect(fd_, std::bit_cast<const sockaddr*>(&to), sizeof to);
    }
    if (failed != 0) close();
}

HttpSocket::HttpSocket(HttpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

bool HttpSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool HttpSocket::get(std::string_view target, std::string_view fields) {
    std::string request("GET ");
    request.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(fields).append("\r\n");
    return send(request);
}

bool HttpSocket::receive_more() {
    std::array<char, 65536> bytes;
    const auto count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

SocketResponse HttpSocket::response(bool to_head) {
    SocketResponse response;
    auto end = received_.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (!receive_more()) return {};
        end = received_.find("\r\n\r\n");
    }
    response.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    unsigned status = 0;
    std::from_chars(response.head.data() + 9, response.head.data() + 12, status);
    const std::string length = response.field("Content-Length");
    const std::size_t bytes = to_head || length.empty() ? 0 : std::stoull(length);
    while (received_.size() < bytes) {
        if (!receive_more()) return {};
    }
    response.body = received_.substr(0, bytes);
    received_.erase(0, bytes);
    response.status = status;
    return response;
}

std::optional<std::string> HttpSocket::chunk() {
    constexpr std::string_view kEnd = "\r\n";
    auto line = received_.find(kEnd);
    while (line == std::string::npos) {
        if (!receive_more()) return std::nullopt;
        line = received_.find(kEnd);
    }
    std::size_t size = 0;
    const char* const from = received_.data();
    const auto [end, error] = std::from_chars(from, from + line, size, 16);
    if (error != std::errc{} || end != from + line) return std::nullopt;
    const std::size_t begin = line + kEnd.size();
    while (received_.size() < begin + size + kEnd.size()) {
        if (!receive_more()) return std::nullopt;
    }
    if (received_.compare(begin + size, kEnd.size(), kEnd) != 0) return std::nullopt;
    std::string text = received_.substr(begin, size);
    received_.erase(0, begin + size + kEnd.size());
    return text;
}

bool HttpSocket::ended() {
    char byte = 0;
    const auto count = ::recv(fd_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
}

bool HttpSocket::silent() const {
    char byte = 0;
    return received_.empty() && ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

void HttpSocket::finish_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void HttpSocket::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void HttpSocket::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

}  // namespace muster::testing
