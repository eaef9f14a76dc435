// The servers of a scrape benchmark: one page over many ports, as cheaply as can be. One thread,
// epoll, every connection kept.
//
// usage: bench_page_server --page FILE --ports N --urls FILE
// Writes one URL a line to the file, says `ready`, and serves until it is ended. /metrics is the
// page, as vLLM sends it; anything else is a short 404.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>

#include "arguments.hpp"

namespace muster::bench {
namespace {

constexpr std::string_view kNotFound =
    "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: "
    "22\r\n\r\n{\"detail\":\"Not Found\"}";

std::string answer_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    if (page.empty()) give_up("cannot read the page: " + path);
    return fmt::format(
        "HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-length: {}\r\n"
        "content-type: text/plain; version=1.0.0; charset=utf-8\r\n\r\n{}",
        page.size(), page);
}

void allow_many_files() {
    rlimit files{};
    (void)::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
}

/// A listening socket on a free port of the loopback, and the port.
std::pair<int, int> listen_somewhere() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    socklen_t size = sizeof at;
    if (fd < 0 || ::bind(fd, address, size) != 0 || ::listen(fd, 8) != 0 ||
        ::getsockname(fd, address, &size) != 0) {
        give_up("cannot listen on the loopback: are there enough file descriptors?");
    }
    return {fd, ntohs(at.sin_port)};
}

class PageServer {
public:
    explicit PageServer(std::string answer) : answer_(std::move(answer)) {}

    void listen(std::size_t ports, const std::string& urls) {
        std::ofstream file(urls);
        for (std::size_t i = 0; i < ports; ++i) {
            const auto [fd, port] = listen_somewhere();
            listening_[fd] = true;
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
            file << "http://127.0.0.1:" << port << '\n';
        }
        if (!file.flush()) give_up("cannot write: " + urls);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> ready{};
        for (;;) {
            const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = ready[static_cast<std::size_t>(i)].data.fd;
                if (listening_.contains(fd)) {
                    accept_on(fd);
                } else {
                    serve(fd);
                }
            }
        }
    }

private:
    struct Connection {
        std::string asked;
        std::string_view unsent;
    };

    void watch(int fd, std::uint32_t events, int act) const {
        epoll_event wanted{};
        wanted.events = events;
        wanted.data.fd = fd;
        if (::epoll_ctl(epoll_, act, fd, &wanted) != 0) give_up("cannot watch a socket");
    }

    void accept_on(int listener) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        const int on = 1;
        (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections_[fd] = {};
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }

    void serve(int fd) {
        Connection& connection = connections_[fd];
        if (!connection.unsent.empty()) return send_rest(fd, connection);
        std::array<char, 4096> bytes;
        const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (size <= 0) {
            connections_.erase(fd);
            (void)::close(fd);
            return;
        }
        connection.asked.append(bytes.data(), static_cast<std::size_t>(size));
        if (!connection.asked.ends_with("\r\n\r\n")) return;
        connection.unsent =
            connection.asked.starts_with("GET /metrics ") ? std::string_view(answer_) : kNotFound;
        connection.asked.clear();
        send_rest(fd, connection);
    }

    void send_rest(int fd, Connection& connection) const {
        const ssize_t sent =
            ::send(fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
        if (sent > 0) connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
        watch(fd, connection.unsent.empty() ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
    }

    const std::string answer_;
    const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::unordered_map<int, bool> listening_;
    std::unordered_map<int, Connection> connections_;
};

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    using namespace muster::bench;
    const Arguments arguments(argc, argv);
    allow_many_files();
    PageServer server(answer_of(arguments.text("page")));
    server.listen(arguments.count("ports"), arguments.text("urls"));
    std::puts("ready");
    std::fflush(stdout);
    server.run();
}
