// One thread, one c-ares channel: it polls the channel's sockets and a descriptor that wakes it.
#include "muster/io/dns/name_resolver.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace muster {
namespace {

// A channel that is older, and idle, is made anew: /etc/resolv.conf may have changed meanwhile.
constexpr auto kChannelKept = std::chrono::seconds(30);

Error error_of(int status) {
    switch (status) {
        case ARES_ENOTFOUND:
        case ARES_ENODATA:
            return {ErrorKind::bad_input, ErrorOrigin::upstream, "no host of that name"};
        case ARES_EBADNAME: return {ErrorKind::bad_input, ErrorOrigin::client, "not a host's name"};
        case ARES_ETIMEOUT:
            return {ErrorKind::timeout, ErrorOrigin::upstream, "the name servers do not answer"};
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION: return {ErrorKind::closed, ErrorOrigin::self, "stopped"};
        default:
            return {ErrorKind::closed, ErrorOrigin::upstream,
                    std::string("the name servers fail (") + ares_strerror(status) + ')'};
    }
}

std::string text_of(const ares_addrinfo_node& node) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* const address =
        node.ai_family == AF_INET
            ? static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in*>(node.ai_addr)->sin_addr)
            : &reinterpret_cast<const sockaddr_in6*>(node.ai_addr)->sin6_addr;
    return inet_ntop(node.ai_family, address, text.data(), text.size()) == nullptr ? ""
                                                                                   : text.data();
}

void take_addresses(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
    const std::unique_ptr<NameResolver::Done<std::string>> done(
        static_cast<NameResolver::Done<std::string>*>(argument));
    std::vector<std::string> addresses;
    for (auto* node = found == nullptr ? nullptr : found->nodes; node != nullptr;
         node = node->ai_next) {
        if (std::string text = text_of(*node); !text.empty()) addresses.push_back(std::move(text));
    }
    if (found != nullptr) ares_freeaddrinfo(found);
    if (addresses.empty()) {
        (*done)(std::unexpected(error_of(status == ARES_SUCCESS ? ARES_ENODATA : status)));
    } else {
        (*done)(std::move(addresses));
    }
}

void take_services(void* argument, int status, int /*timeouts*/, unsigned char* answer, int size) {
    const std::unique_ptr<NameResolver::Done<ServiceHost>> done(
        static_cast<NameResolver::Done<ServiceHost>*>(argument));
    ares_srv_reply* replies = nullptr;
    if (status == ARES_SUCCESS) status = ares_parse_srv_reply(answer, size, &replies);
    std::vector<ServiceHost> hosts;
    for (const auto* reply = replies; reply != nullptr; reply = reply->next) {
        hosts.push_back({reply->host, reply->port});
    }
    if (replies != nullptr) ares_free_data(replies);
    std::ranges::sort(hosts);
    hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
    if (hosts.empty()) {
        (*done)(std::unexpected(error_of(status == ARES_SUCCESS ? ARES_ENODATA : status)));
    } else {
        (*done)(std::move(hosts));
    }
}

class CaresResolver final : public NameResolver {
public:
    CaresResolver(NameResolverOptions options, const Clock& clock)
        : options_(std::move(options)), clock_(clock) {}
    ~CaresResolver() override;
    CaresResolver(const CaresResolver&) = delete;
    CaresResolver& operator=(const CaresResolver&) = delete;

    Result<void> begin();
    void addresses(const std::string& name, AddressFamily family, Done<std::string> done) override;
    void services(const std::string& name, Done<ServiceHost> done) override;

private:
    struct Question {
        std::string name;
        AddressFamily family = AddressFamily::any;
        Done<std::string> addresses;  // Or else:
        Done<ServiceHost> services;
    };

    Result<void> open_channel();
    void enqueue(Question question);
    void ask(Question question);
    void run();
    /// Waits for the channel's sockets and the wake-up, and lets the channel do what is due.
    void turn();

    NameResolverOptions options_;
    const Clock& clock_;
    ares_channel channel_ = nullptr;  // The thread's, once it runs.
    Time opened_{};
    int wake_ = -1;
    std::mutex mutex_;
    std::deque<Question> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

CaresResolver::~CaresResolver() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    if (thread_.joinable()) {
        const std::uint64_t one = 1;
        (void)!::write(wake_, &one, sizeof one);
        thread_.join();
    }
    if (channel_ != nullptr) ares_destroy(channel_);
    if (wake_ >= 0) ::close(wake_);
}

Result<void> CaresResolver::begin() {
    static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ready != ARES_SUCCESS || wake_ < 0) {
        return fail(ErrorKind::internal, ErrorOrigin::self,
                    "cannot resolve names: no descriptors left: raise the limit of open files");
    }
    if (auto opened = open_channel(); !opened) return opened;
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "muster-names");
    return {};
}

Result<void> CaresResolver::open_channel() {
    ares_options options{};
    options.timeout = static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(options_.timeout).count());
    options.tries = 2;
    ares_channel channel = nullptr;
    int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS) {
        return fail(ErrorKind::internal, ErrorOrigin::self,
                    std::string("cannot resolve names: ") + ares_strerror(status));
    }
    if (!options_.servers.empty()) {
        status = ares_set_servers_ports_csv(channel, options_.servers.c_str());
    }
    if (status != ARES_SUCCESS) {
        ares_destroy(channel);
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "not a name server: " + options_.servers +
                        ": give ADDRESS or ADDRESS:PORT, such as 127.0.0.1:8600");
    }
    if (channel_ != nullptr) ares_destroy(channel_);
    channel_ = channel;
    opened_ = clock_.now();
    return {};
}

void CaresResolver::addresses(const std::string& name, AddressFamily family,
                              Done<std::string> done) {
    enqueue({.name = name, .family = family, .addresses = std::move(done), .services = {}});
}

void CaresResolver::services(const std::string& name, Done<ServiceHost> done) {
    enqueue({.name = name, .addresses = {}, .services = std::move(done)});
}

void CaresResolver::enqueue(Question question) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(question));
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
}

void CaresResolver::ask(Question question) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const bool idle = ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM) == 0;
    if (idle && clock_.now() - opened_ > kChannelKept) (void)open_channel();
    if (question.services) {
        auto done = std::make_unique<Done<ServiceHost>>(std::move(question.services));
        ares_query(channel_, question.name.c_str(), ns_c_in, ns_t_srv, &take_services,
                   done.release());
        return;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = question.family == AddressFamily::v4   ? AF_INET
                      : question.family == AddressFamily::v6 ? AF_INET6
                                                             : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto done = std::make_unique<Done<std::string>>(std::move(question.addresses));
    ares_getaddrinfo(channel_, question.name.c_str(), nullptr, &hints, &take_addresses,
                     done.release());
}

void CaresResolver::run() {
    for (;;) {
        std::deque<Question> questions;
        bool stopping = false;
        {
            const std::lock_guard lock(mutex_);
            questions.swap(waiting_);
            stopping = stopping_;
        }
        if (stopping) {
            for (Question& question : questions) {
                const auto stopped = std::unexpected(error_of(ARES_ECANCELLED));
                if (question.services)
                    question.services(stopped);
                else
                    question.addresses(stopped);
            }
            ares_cancel(channel_);
            return;
        }
        for (Question& question : questions) ask(std::move(question));
        turn();
    }
}

void CaresResolver::turn() {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto wanted =
        static_cast<unsigned>(ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM));
    std::vector<pollfd> polled{{wake_, POLLIN, 0}};
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        const bool readable = (wanted & (1U << i)) != 0;
        const bool writable = (wanted & (1U << (i + ARES_GETSOCK_MAXNUM))) != 0;
        if (!readable && !writable) continue;
        polled.push_back({sockets[i],
                          static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)),
                          0});
    }
    int wait_ms = -1;  // Nothing under way: until somebody asks.
    if (polled.size() > 1) {
        timeval most{.tv_sec = 1, .tv_usec = 0};
        timeval left{};
        const timeval* const due = ares_timeout(channel_, &most, &left);
        wait_ms = static_cast<int>(due->tv_sec * 1000 + due->tv_usec / 1000 + 1);
    }
    (void)::poll(polled.data(), polled.size(), wait_ms);
    std::uint64_t woken = 0;
    if ((polled[0].revents & POLLIN) != 0) (void)!::read(wake_, &woken, sizeof woken);
    for (std::size_t i = 1; i < polled.size(); ++i) {
        const bool out = (polled[i].revents & POLLOUT) != 0;
        const bool in = (polled[i].revents & ~POLLOUT) != 0;
        ares_process_fd(channel_, in ? polled[i].fd : ARES_SOCKET_BAD,
                        out ? polled[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // What timed out.
}

}  // namespace

Result<std::unique_ptr<NameResolver>> NameResolver::start(NameResolverOptions options,
                                                          const Clock& clock) {
    auto resolver = std::make_unique<CaresResolver>(std::move(options), clock);
    if (auto begun = resolver->begin(); !begun) return std::unexpected(std::move(begun.error()));
    return resolver;
}

}  // namespace muster
