// See nats_probe.hpp.
#include "muster/io/nats/nats_probe.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "muster/io/nats/detail/probe_sockets.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// Between two looks at the stop token while waiting for the network.
constexpr Duration kStopLook = 20ms;
/// An INFO line with the addresses of a large cluster has some kilobytes.
constexpr std::size_t kGreetingBytesMax = 64 * 1024;

class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {
        if (fd_ >= 0) ProbeSockets::of_process().add(fd_);
    }
    ~Socket() {
        if (fd_ >= 0) ProbeSockets::of_process().close(fd_);
    }
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

struct Deadline {
    Time end;
    const std::stop_token& stop;

    /// Waits for `events`; false when time is up or a stop was asked.
    [[nodiscard]] bool wait(int fd, short events) const {
        const BootClock clock;
        for (Time now = clock.now(); now < end && !stop.stop_requested(); now = clock.now()) {
            const auto left = std::min(end - now, kStopLook);
            const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
            pollfd watched{.fd = fd, .events = events, .revents = 0};
            if (::poll(&watched, 1, static_cast<int>(ms)) > 0) return true;
        }
        return false;
    }
};

std::unexpected<Error> refuse(ErrorKind kind, const NatsUrl& url, const std::string& what,
                              const std::string& why) {
    return fail(kind, ErrorOrigin::upstream, what + ": " + url.shown() + ": " + why);
}

Result<Socket> connect_one(const addrinfo& address, const NatsUrl& url, const Deadline& deadline) {
    Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int error = errno;
    if (socket.fd() >= 0) {
        error = ::connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
    }
    if (error == EINPROGRESS) {
        if (!deadline.wait(socket.fd(), POLLOUT)) {
            return refuse(ErrorKind::timeout, url, "no answer",
                          "is the host up, and is there a firewall in between?");
        }
        socklen_t size = sizeof error;
        ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) return socket;
    if (error == ECONNREFUSED) {
        return refuse(ErrorKind::closed, url, "connection refused",
                      "is the broker running, and is this its port?");
    }
    return refuse(ErrorKind::closed, url, "cannot connect", std::generic_category().message(error));
}

Result<Socket> connect_any(const NatsUrl& url, const Deadline& deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed =
        ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
    if (failed != 0) {
        return refuse(ErrorKind::bad_input, url, "no such host",
                      std::string(::gai_strerror(failed)) + ": check the name");
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    Result<Socket> socket = refuse(ErrorKind::bad_input, url, "no such host", "it has no address");
    for (const addrinfo* at = found; at != nullptr && !socket; at = at->ai_next) {
        socket = connect_one(*at, url, deadline);
    }
    return socket;
}

Result<std::string> read_greeting(const Socket& socket, const NatsUrl& url,
                                  const Deadline& deadline) {
    std::string line;
    while (line.find('\n') == std::string::npos && line.size() < kGreetingBytesMax) {
        char byte = 0;
        if (!deadline.wait(socket.fd(), POLLIN)) {
            return refuse(ErrorKind::timeout, url, "no greeting",
                          "it accepts connections but says nothing: is the broker paused?");
        }
        // Byte by byte: a TLS handshake may follow the line.
        const ssize_t got = ::recv(socket.fd(), &byte, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            return refuse(ErrorKind::closed, url, "connection closed before the greeting",
                          "is it a NATS server, and has it room for clients?");
        }
        if (got > 0) line += byte;
        if (line.size() == 5 && line != "INFO ") break;
    }
    if (!line.starts_with("INFO ")) {
        return refuse(ErrorKind::unsupported, url, "not a NATS server",
                      "it answers, but not with INFO: check host and port");
    }
    return line;
}

std::string why_handshake_fails(SSL* ssl) {
    const long verdict = SSL_get_verify_result(ssl);
    return verdict == X509_V_OK ? "the handshake fails" : X509_verify_cert_error_string(verdict);
}

}  // namespace

Result<NatsGreeting> probe_nats(const NatsUrl& url, Duration patience,
                                const std::stop_token& stop) {
    const BootClock clock;
    const Time begin = clock.now();
    const Deadline deadline{begin + patience, stop};
    const auto socket = connect_any(url, deadline);
    if (!socket) return std::unexpected(socket.error());
    const auto line = read_greeting(*socket, url, deadline);
    if (!line) return std::unexpected(line.error());
    const auto says = [&](const char* what) { return line->find(what) != std::string::npos; };
    return NatsGreeting{.tls_required = says("\"tls_required\":true"),
                        .tls_verify = says("\"tls_verify\":true"),
                        .auth_required = says("\"auth_required\":true"),
                        .took = clock.now() - begin};
}

std::string explain_tls_failure(const NatsUrl& url, const std::string& ca_file, Duration patience) {
    const SigpipeBlock no_sigpipe;
    const std::stop_token never;
    const Deadline deadline{BootClock{}.now() + patience, never};
    const auto socket = connect_any(url, deadline);
    if (!socket || !read_greeting(*socket, url, deadline)) return {};
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                    &SSL_CTX_free);
    if (ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else {
        SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, url.host.c_str()) != 1) {
        SSL_set1_host(ssl.get(), url.host.c_str());
        // What the macro SSL_set_tlsext_host_name does, without its C cast.
        std::string name = url.host;
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    SSL_set_fd(ssl.get(), socket->fd());
    for (;;) {
        const int done = SSL_connect(ssl.get());
        if (done == 1) return {};
        const int error = SSL_get_error(ssl.get(), done);
        const short events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
        const bool wants = error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
        if (!wants || !deadline.wait(socket->fd(), events)) return why_handshake_fails(ssl.get());
    }
}

}  // namespace muster
