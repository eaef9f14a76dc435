// A client that loads an HTTP server: GETs one after another on some connections, or event streams
// that are read and counted. One thread and none of muster's own HTTP, so that nginx is asked
// alike.
//
// usage: bench_http_load --address HOST:PORT --target PATH --time TIME
//                        (--get CONNECTIONS | --streams COUNT)
// Says `ready` when its connections are open, and one JSON object at its end.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "muster/io/runtime/monotonic_time.hpp"

namespace muster::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1024} * 1024;
/// How long is read before it is looked whether all streams have begun, in nanoseconds.
constexpr std::int64_t kGreeting = 10'000'000;

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    const char* const end = text.data() + text.size();
    if (std::from_chars(text.data(), end, value).ptr != end) {
        give_up("not a number: " + std::string(text));
    }
    return value;
}

int connect_to(const std::string& address) {
    const auto colon = std::min(address.rfind(':'), address.size() - 1);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(number(address.substr(colon + 1))));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
        give_up("not an IPv4 address and a port: " + address);
    }
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        give_up("cannot connect: " + address + ": " + std::strerror(errno));
    }
    const int on = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void send_request(int fd, const std::string& target) {
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: bench\r\n\r\n";
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        give_up("the server does not take a request");
    }
}

/// Connections on one epoll; `take(index, bytes)` gets what came on which.
class Connections {
public:
    void open(const std::string& address) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.u64 = sockets_.size();
        sockets_.push_back(connect_to(address));
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, sockets_.back(), &wanted) != 0) {
            give_up("cannot watch a connection");
        }
    }
    [[nodiscard]] int socket(std::size_t index) const { return sockets_[index]; }

    template <typename Take>
    void read_until(std::int64_t end_ns, Take take) {
        std::array<epoll_event, 256> ready;
        while (monotonic_ns() < end_ns) {
            const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), 100);
            for (int i = 0; i < count; ++i) {
                const std::size_t index = ready[static_cast<std::size_t>(i)].data.u64;
                const auto size = ::recv(sockets_[index], buffer_.data(), buffer_.size(), 0);
                if (size <= 0) give_up("the server ended a connection");
                take(index, std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
            }
        }
    }

private:
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> sockets_;
    std::vector<char> buffer_ = std::vector<char>(kReadBytes);
};

struct Wanted {
    std::string address;
    std::string target;
    std::size_t count;
    std::int64_t time_ns;
};

/// One GET after the other on each connection, the next as soon as an answer is whole.
class Gets {
public:
    explicit Gets(const Wanted& wanted) : wanted_(wanted), asked_(wanted.count) {}

    void run() {
        for (std::size_t i = 0; i < wanted_.count; ++i) connections_.open(wanted_.address);
        std::puts("ready");
        std::fflush(stdout);
        const std::int64_t begin = monotonic_ns();
        for (std::size_t i = 0; i < wanted_.count; ++i) ask(i);
        connections_.read_until(begin + wanted_.time_ns,
                                [this](std::size_t i, std::string_view bytes) { take(i, bytes); });
        print(static_cast<double>(monotonic_ns() - begin) / 1e9);
    }

private:
    struct Asked {
        std::int64_t at_ns = 0;
        std::string head = {};
        std::size_t received = 0;
        std::size_t whole = 0;  ///< Bytes of head and body; 0 until the head is there.
    };

    void ask(std::size_t i) {
        asked_[i] = {.at_ns = monotonic_ns()};
        send_request(connections_.socket(i), wanted_.target);
    }
    void take(std::size_t i, std::string_view bytes) {
        Asked& asked = asked_[i];
        asked.received += bytes.size();
        if (asked.whole == 0) {
            asked.head.append(bytes.substr(0, 4096));
            const auto end = asked.head.find("\r\n\r\n");
            if (end == std::string::npos) return;
            asked.whole = end + 4 + body_of(asked.head.substr(0, end + 2));
        }
        if (asked.received < asked.whole) return;
        delays_us_.push_back(static_cast<double>(monotonic_ns() - asked.at_ns) / 1e3);
        ask(i);
    }
    std::size_t body_of(const std::string& head) {
        constexpr std::string_view kLength = "Content-Length: ";
        const auto at = head.find(kLength);
        if (!head.starts_with("HTTP/1.1 200") || at == std::string::npos) give_up(head);
        const auto digits = at + kLength.size();
        body_ = number(std::string_view(head).substr(digits, head.find('\r', digits) - digits));
        return body_;
    }
    void print(double seconds) {
        if (delays_us_.empty()) give_up("no answer in time");
        std::ranges::sort(delays_us_);
        const auto at = [&](double share) {
            return delays_us_[static_cast<std::size_t>(share *
                                                       static_cast<double>(delays_us_.size() - 1))];
        };
        fmt::print(R"({{"answers":{},"seconds":{},"bytes":{},"p50_us":{},"p99_us":{}}})"
                   "\n",
                   delays_us_.size(), seconds, body_, at(0.5), at(0.99));
    }

    const Wanted& wanted_;
    Connections connections_;
    std::vector<Asked> asked_;
    std::vector<double> delays_us_;
    std::size_t body_ = 0;
};

/// Event streams, whose events are counted by name.
class Streams {
public:
    explicit Streams(const Wanted& wanted) : wanted_(wanted), streams_(wanted.count) {}

    void run() {
        allow_many_descriptors();
        for (std::size_t i = 0; i < wanted_.count; ++i) {
            connections_.open(wanted_.address);
            send_request(connections_.socket(i), wanted_.target);
        }
        // Ready is who was told the whole fleet; the time runs from then.
        const auto take = [this](std::size_t i, std::string_view bytes) { count(i, bytes); };
        while (events_[0] < wanted_.count)
            connections_.read_until(monotonic_ns() + kGreeting, take);
        std::puts("ready");
        std::fflush(stdout);
        const auto before = events_;
        const std::size_t bytes_before = bytes_;
        for (Stream& stream : streams_) stream.last_ns = 0;
        longest_silence_ns_ = 0;
        const std::int64_t begin = monotonic_ns();
        connections_.read_until(begin + wanted_.time_ns, take);
        fmt::print(R"({{"change":{},"ages":{},"bytes":{},"seconds":{},"longest_silence_ms":{}}})"
                   "\n",
                   events_[1] - before[1], events_[2] - before[2], bytes_ - bytes_before,
                   static_cast<double>(monotonic_ns() - begin) / 1e9,
                   static_cast<double>(longest_silence_ns_) / 1e6);
    }

private:
    static constexpr std::array<std::string_view, 3> kNames = {"event: fleet\n", "event: change\n",
                                                               "event: ages\n"};
    static constexpr std::size_t kTail = 16;  // Longer than any name.

    struct Stream {
        std::string tail;  ///< The end of what came before: a name may be cut.
        std::int64_t last_ns = 0;
    };

    static void allow_many_descriptors() {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    void count(std::size_t i, std::string_view bytes) {
        Stream& stream = streams_[i];
        const std::int64_t now = monotonic_ns();
        if (stream.last_ns != 0) {
            longest_silence_ns_ = std::max(longest_silence_ns_, now - stream.last_ns);
        }
        stream.last_ns = now;
        bytes_ += bytes.size();
        const std::string text = stream.tail + std::string(bytes);
        for (std::size_t n = 0; n < kNames.size(); ++n) {
            for (auto at = text.find(kNames[n]); at != std::string::npos;
                 at = text.find(kNames[n], at + 1)) {
                // What the tail held whole was counted before.
                if (at + kNames[n].size() > stream.tail.size()) ++events_[n];
            }
        }
        stream.tail = text.substr(text.size() - std::min(text.size(), kTail));
    }

    const Wanted& wanted_;
    Connections connections_;
    std::vector<Stream> streams_;
    std::array<std::size_t, kNames.size()> events_{};
    std::size_t bytes_ = 0;
    std::int64_t longest_silence_ns_ = 0;
};

int run(const Arguments& arguments) {
    const bool gets = arguments.has("get");
    const Wanted wanted{.address = arguments.text("address"),
                        .target = arguments.text("target"),
                        .count = arguments.count(gets ? "get" : "streams"),
                        .time_ns = arguments.duration("time").count()};
    if (gets)
        Gets(wanted).run();
    else
        Streams(wanted).run();
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
