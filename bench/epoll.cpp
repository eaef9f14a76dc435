// The floor under every NATS client: one thread, epoll, one read into one buffer; of the protocol
// only what is needed to skip from message to message. Asks as often as muster would.
//
// usage: bench_epoll --nats URL --subject SUBJECT --time TIME --ask SERVICE --interval TIME
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "muster/io/nats/nats_url.hpp"
#include "process_cost.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWarmUp = 1500ms;
/// As nats.c reads: 32 KiB at a time.
constexpr std::size_t kReadBytes = std::size_t{32} * 1024;

int must(int result, const char* what) {
    if (result < 0) give_up(std::string("cannot ") + what + ": " + std::strerror(errno));
    return result;
}

class Connection {
public:
    Connection(const NatsUrl& url, const std::string& subject) {
        fd_ = must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(url.port);
        if (::inet_pton(AF_INET, url.host.c_str(), &address.sin_addr) != 1) {
            give_up("not an IPv4 address: " + url.host);
        }
        must(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
             "connect");
        const int on = 1;
        (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        send("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":false}\r\nSUB " + subject +
             " 1\r\nPING\r\n");
    }
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }

    void send(std::string_view text) const {
        if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(text.size())) {
            give_up("cannot send");
        }
    }
    /// One read, and every whole message in what was read.
    void receive() {
        buffer_.resize(kept_ + kReadBytes);
        const ssize_t got = ::recv(fd_, buffer_.data() + kept_, kReadBytes, 0);
        if (got <= 0) give_up("the server hung up");
        const std::string_view text(buffer_.data(), kept_ + static_cast<std::size_t>(got));
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t next = end_of_message(text, at);
            if (next == 0) break;
            at = next;
        }
        kept_ = text.size() - at;
        std::memmove(buffer_.data(), buffer_.data() + at, kept_);
    }

private:
    /// Behind the message that begins at `at`; 0 if it is not whole.
    std::size_t end_of_message(std::string_view text, std::size_t at) {
        const std::size_t line = text.find("\r\n", at);
        if (line == std::string_view::npos) return 0;
        if (text.substr(at, 4) == "PING") send("PONG\r\n");
        if (text.substr(at, 4) != "MSG ") return line + 2;
        const std::size_t digits = text.rfind(' ', line) + 1;
        std::size_t size = 0;
        std::from_chars(text.data() + digits, text.data() + line, size);
        const std::size_t end = line + 2 + size + 2;
        if (end > text.size()) return 0;
        messages_ += size > 0 ? 1 : 0;
        return end;
    }

    int fd_ = -1;
    std::vector<char> buffer_;
    std::size_t kept_ = 0;
    std::uint64_t messages_ = 0;
};

int make_timer(Duration interval) {
    const int timer = must(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "make a timer");
    const auto seconds = std::chrono::floor<std::chrono::seconds>(interval);
    itimerspec plan{};
    plan.it_interval.tv_sec = seconds.count();
    plan.it_interval.tv_nsec = (interval - seconds).count();
    plan.it_value = plan.it_interval;
    must(::timerfd_settime(timer, 0, &plan, nullptr), "set a timer");
    return timer;
}

int run(const Arguments& arguments) {
    const auto url = parse_nats_url(arguments.text("nats"));
    if (!url) give_up(url.error().what);
    const std::string inbox = arguments.text("subject");
    Connection connection(*url, inbox);
    const std::string question = "PUB $SRV.STATS." + arguments.text("ask") + " " +
                                 inbox.substr(0, inbox.size() - 1) + "1 0\r\n\r\n";
    const int timer = make_timer(arguments.duration("interval"));
    const int poll = must(::epoll_create1(EPOLL_CLOEXEC), "make an epoll");
    for (const int fd : {connection.fd(), timer}) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.fd = fd;
        must(::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted), "watch a descriptor");
    }
    std::puts("ready");
    std::fflush(stdout);

    const std::int64_t start = monotonic_ns() + kWarmUp.count();
    const std::int64_t stop = start + arguments.duration("time").count();
    ProcessCost begin;
    std::uint64_t before = 0;
    for (std::int64_t now = monotonic_ns(); now < stop; now = monotonic_ns()) {
        if (begin.at_ns == 0 && now >= start) {
            begin = cost_until_now();
            before = connection.messages();
        }
        std::array<epoll_event, 2> ready;
        const int count = ::epoll_wait(poll, ready.data(), 2, 100);
        for (int i = 0; i < count; ++i) {
            if (ready[static_cast<std::size_t>(i)].data.fd != timer) {
                connection.receive();
                continue;
            }
            std::uint64_t fired = 0;
            if (::read(timer, &fired, sizeof fired) > 0) connection.send(question);
        }
    }
    const ProcessCost end = cost_until_now();
    fmt::print(R"({{"reports":{},"cpu_s":{},"begin_ns":{},"end_ns":{},"switches":{}}})"
               "\n",
               connection.messages() - before, end.cpu_s - begin.cpu_s, begin.at_ns, end.at_ns,
               end.switches - begin.switches);
    ::close(poll);
    ::close(timer);
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
