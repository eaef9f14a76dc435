#include "muster/sim/engines/engine_sockets.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace muster::detail {

namespace {

/// A request's head, about what uvicorn takes; a client that sends more is cut off.
constexpr std::size_t kHeadBytesMax = 64 * 1024;
/// Connections of all engines together.
constexpr std::size_t kConnectionsMax = 20'000;

/// What an event is about: connections count up, listeners and the wake-up have a bit of their own.
constexpr std::uint64_t kListenerBit = std::uint64_t{1} << 63;
constexpr std::uint64_t kWakeUp = ~std::uint64_t{0};

std::unexpected<Error> cannot_listen(const std::string& host, std::uint16_t port, int error) {
    return fail(ErrorKind::closed, ErrorOrigin::self,
                fmt::format("cannot listen: {}:{} ({}): choose other ports with --port", host, port,
                            error == EADDRINUSE ? "in use" : "not allowed or not ours"));
}

void set_option(int fd, int level, int name, int value) noexcept {
    ::setsockopt(fd, level, name, &value, sizeof value);
}

std::string_view header_value(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = head.substr(at + name.size());
    return rest.substr(0, rest.find("\r\n"));
}

}  // namespace

EngineSockets::EngineSockets()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeUp;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

EngineSockets::~EngineSockets() {
    for (auto& [id, connection] : connections_) ::close(connection.fd);
    for (auto& [worker, fd] : listeners_) ::close(fd);
    ::close(wake_);
    ::close(epoll_);
}

Result<std::uint16_t> EngineSockets::listen(std::uint32_t worker, const std::string& host,
                                            std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    fmt::format("not an IPv4 address: --host {}: write one like 127.0.0.1", host));
    }
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return cannot_listen(host, port, errno);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, generic, size) != 0 || ::listen(fd, 128) != 0 ||
        ::getsockname(fd, generic, &size) != 0) {
        const int error = errno;
        ::close(fd);
        return cannot_listen(host, port, error);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kListenerBit | worker;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    listeners_[worker] = fd;
    return ntohs(address.sin_port);
}

void EngineSockets::close(std::uint32_t worker) {
    if (const auto found = listeners_.find(worker); found != listeners_.end()) {
        ::close(found->second);
        listeners_.erase(found);
    }
    std::vector<std::uint64_t> gone;
    for (const auto& [id, connection] : connections_) {
        if (connection.worker == worker) gone.push_back(id);
    }
    for (const std::uint64_t id : gone) drop(id, true);
}

void EngineSockets::wait(Duration timeout) {
    // Rounded up: a wait that ends too early would spin.
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(
        std::clamp(timeout, Duration::zero(), Duration(std::chrono::hours(1))));
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(millis.count()));
    events_.clear();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        events_.push_back({.about = event.data.u64,
                           .readable = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0,
                           .writable = (event.events & EPOLLOUT) != 0});
    }
}

std::vector<EngineSockets::Request> EngineSockets::collect() {
    std::vector<Request> requests = std::exchange(ready_, {});
    for (const Event& event : std::exchange(events_, {})) {
        if (event.about == kWakeUp) {
            std::uint64_t ignored = 0;
            static_cast<void>(!::read(wake_, &ignored, sizeof ignored));
        } else if ((event.about & kListenerBit) != 0) {
            const auto worker = static_cast<std::uint32_t>(event.about);
            const auto found = listeners_.find(worker);
            if (found != listeners_.end()) accept_all(worker, found->second);
        } else {
            if (event.writable) write_some(event.about);
            if (event.readable) read_some(event.about, requests);
        }
    }
    return requests;
}

void EngineSockets::wake() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_, &one, sizeof one));
}

void EngineSockets::accept_all(std::uint32_t worker, int listener) {
    for (;;) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (connections_.size() >= kConnectionsMax) {
            ::close(fd);
            continue;
        }
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        ++accepted_;
        const std::uint64_t id = ++last_id_;
        Connection& connection = connections_[id];
        connection.fd = fd;
        connection.worker = worker;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = id;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
}

void EngineSockets::read_some(std::uint64_t id, std::vector<Request>& requests) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    std::array<char, 16 * 1024> bytes;
    const ssize_t size = ::recv(found->second.fd, bytes.data(), bytes.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return drop(id, false);
    found->second.in.append(bytes.data(), static_cast<std::size_t>(size));
    if (found->second.in.size() > kHeadBytesMax) return drop(id, false);
    take_request(id, requests);
}

void EngineSockets::take_request(std::uint64_t id, std::vector<Request>& requests) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.asked) return;
    Connection& connection = found->second;
    const std::size_t end = connection.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = connection.in.substr(0, end + 2);
    connection.in.erase(0, end + 4);
    const std::size_t first = head.find(' ');
    const std::size_t second = head.find(' ', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) return drop(id, false);
    connection.asked = true;
    requests.push_back({.connection = id,
                        .worker = connection.worker,
                        .target = head.substr(first + 1, second - first - 1),
                        .keep_alive = header_value(head, "onnection: ") != "close"});
}

void EngineSockets::send(std::uint64_t connection, std::string bytes, Then then) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return;
    found->second.out += bytes;
    found->second.closes = found->second.closes || then == Then::close;
    found->second.asked = false;
    write_some(connection);
    take_request(connection, ready_);
}

void EngineSockets::send_part(std::uint64_t connection, std::string_view bytes) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return;
    found->second.out += bytes;
    write_some(connection);
}

void EngineSockets::write_some(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    while (!connection.out.empty()) {
        const ssize_t size =
            ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) break;
        if (size < 0) return drop(id, false);
        bytes_sent_ += static_cast<std::uint64_t>(size);
        connection.out.erase(0, static_cast<std::size_t>(size));
    }
    if (connection.out.empty() && connection.closes) return drop(id, false);
    watch(id, connection);
}

void EngineSockets::watch(std::uint64_t id, const Connection& connection) {
    epoll_event event{};
    event.events = connection.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
    event.data.u64 = id;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
}

void EngineSockets::reset(std::uint64_t connection) {
    drop(connection, true);
}

void EngineSockets::drop(std::uint64_t id, bool with_reset) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    if (with_reset) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(found->second.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ::close(found->second.fd);
    connections_.erase(found);
}

}  // namespace muster::detail
