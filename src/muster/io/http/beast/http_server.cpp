// The server's threads: the acceptor on the first loop, connections dealt out to all of them.
//
// Stopping is one path: loops stop accepting, handlers answer what waits, responses under way
// finish or are cut off, loops end, threads are joined.
#include "muster/io/http/http_server.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "muster/io/http/beast/http_connection.hpp"
#include "muster/io/http/beast/http_loop_thread.hpp"
#include "muster/io/http/listen_address.hpp"
#include "muster/io/http/problem.hpp"

namespace muster {

namespace {

/// How often deadlines of connections are looked at: their precision, and its small cost.
constexpr auto kTick = std::chrono::milliseconds(100);
/// After a failed accept (no descriptors left): else the loop would spin on the same failure.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr std::size_t kScratchBytes = 64 * 1024;

/// Cancelled when it dies, even if it had expired and its task was about to run.
class LoopTimer final : public HttpTimer {
public:
    LoopTimer(asio::io_context& context, Duration delay, std::function<void()> task)
        : timer_(context), task_(std::make_shared<std::function<void()>>(std::move(task))) {
        timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(delay));
        timer_.async_wait([weak = std::weak_ptr(task_)](error_code error) {
            if (error) return;
            if (const auto alive = weak.lock()) (*alive)();
        });
    }

private:
    asio::steady_timer timer_;
    std::shared_ptr<std::function<void()>> task_;
};

}  // namespace

HttpLoopThread::HttpLoopThread(HttpServerShared& shared)
    : shared_(shared),
      gate_(std::make_shared<HttpLoopGate>(context_)),
      tick_timer_(context_),
      stop_timer_(context_),
      scratch_(kScratchBytes, '\0') {}

HttpLoopThread::~HttpLoopThread() {
    gate_->close();
    handler_.reset();  // Its timers belong to the context.
}

std::unique_ptr<HttpTimer> HttpLoopThread::call_after(Duration delay, std::function<void()> task) {
    return std::make_unique<LoopTimer>(context_, delay, std::move(task));
}

void HttpLoopThread::start(const HttpHandlerFactory& make_handler) {
    handler_ = make_handler(*this);
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "muster-http");
        gate_->enter();
        const auto guard = asio::make_work_guard(context_);
        context_.run();  // Until end_if_idle().
    });
}

void HttpLoopThread::begin_stop() {
    post([this] {
        if (std::exchange(stopping_, true)) return;
        handler_->stopping();
        const auto connections = connections_;  // close() takes them out of the set.
        for (const auto& connection : connections) connection->begin_stop();
        stop_timer_.expires_after(
            std::chrono::duration_cast<asio::steady_timer::duration>(shared_.options.stop_timeout));
        stop_timer_.async_wait([this](error_code) { stop_now(); });
        end_if_idle();
    });
}

void HttpLoopThread::join() {
    if (thread_.joinable()) thread_.join();
    gate_->close();
}

void HttpLoopThread::stop_now() {
    const auto connections = connections_;
    for (const auto& connection : connections) connection->close();
    end_if_idle();
}

void HttpLoopThread::end_if_idle() {
    if (stopping_ && connections_.empty()) context_.stop();
}

void HttpLoopThread::adopt(asio::ip::tcp::socket socket) {
    const auto connection = std::make_shared<HttpConnection>(*this, std::move(socket));
    connections_.insert(connection);
    if (stopping_) {
        connection->close();
        return;
    }
    connection->start();
    arm_tick();
}

void HttpLoopThread::forget(const std::shared_ptr<HttpConnection>& connection) {
    if (connections_.erase(connection) == 1) --shared_.open;
    end_if_idle();
}

void HttpLoopThread::arm_tick() {
    if (ticking_ || connections_.empty()) return;
    ticking_ = true;
    tick_timer_.expires_after(kTick);
    tick_timer_.async_wait([this](error_code error) {
        ticking_ = false;
        if (!error) tick();
    });
}

void HttpLoopThread::tick() {
    const Time now = shared_.clock->now();
    std::vector<std::shared_ptr<HttpConnection>> connections(connections_.begin(),
                                                             connections_.end());
    for (const auto& connection : connections) connection->check_deadline(now);
    arm_tick();
}

const std::string& HttpLoopThread::date_header() {
    if (shared_.options.wall == nullptr) return date_header_;
    const WallTime wall = shared_.options.wall->wall_at(shared_.clock->now());
    const auto second = std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
    if (second == date_second_ && !date_header_.empty()) return date_header_;
    date_second_ = second;
    const auto when = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&when, &parts);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_header_.assign(text.data(), size);
    return date_header_;
}

namespace {

class BeastServer final : public HttpServer {
public:
    BeastServer(HttpServerOptions options, const Clock& clock) {
        shared_.options = std::move(options);
        shared_.clock = &clock;
    }
    ~BeastServer() override { stop(); }

    Result<void> listen();
    void run(const HttpHandlerFactory& make_handler);

    const std::string& address() const noexcept override { return address_; }
    Counters counters() const noexcept override {
        return {shared_.requests,  shared_.connections,       shared_.refused,
                shared_.timed_out, shared_.failed_handshakes, shared_.open};
    }
    Result<bool> renew_tls() override;
    void stop() override;

private:
    void accept_next();
    void on_accepted(HttpLoopThread& loop, error_code error, asio::ip::tcp::socket socket);
    void pause_accepting();

    HttpServerShared shared_;
    std::string address_;
    std::vector<std::unique_ptr<HttpLoopThread>> loops_;
    std::size_t next_loop_ = 0;
    std::optional<asio::ip::tcp::acceptor> acceptor_;  // Of the first loop, like the timer.
    std::optional<asio::steady_timer> accept_timer_;
    bool stopped_ = false;
};

std::unexpected<Error> bind_failed(const error_code& error, const std::string& where) {
    if (error == asio::error::address_in_use) {
        return fail(ErrorKind::overloaded, ErrorOrigin::self,
                    "address in use: " + where +
                        ": stop the other server or choose another port with --listen");
    }
    if (error == asio::error::access_denied) {
        return fail(
            ErrorKind::unsupported, ErrorOrigin::self,
            "not permitted to listen: " + where + ": choose a port above 1023 with --listen");
    }
    if (error == boost::system::errc::address_not_available) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "not an address of this machine: " + where + ": correct --listen");
    }
    return fail(ErrorKind::internal, ErrorOrigin::self,
                "cannot listen: " + where + ": " + error.message());
}

Result<bool> BeastServer::renew_tls() {
    if (!shared_.options.tls.wanted()) return false;
    auto tls = TlsContext::for_server(shared_.options.tls);
    if (!tls) return std::unexpected(std::move(tls.error()));
    const std::string digest = (*tls)->digest();
    const auto before = shared_.set_tls(std::move(*tls));
    return before == nullptr || before->digest() != digest;
}

Result<void> BeastServer::listen() {
    if (auto renewed = renew_tls(); !renewed) return std::unexpected(std::move(renewed.error()));
    auto parsed = parse_listen_address(shared_.options.listen);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    const std::string where = print_listen_address(*parsed);
    error_code error;
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(parsed->host, error),
                                           parsed->port);
    if (error) return bind_failed(error, where);

    for (std::size_t i = 0; i < std::max<std::size_t>(shared_.options.threads, 1); ++i) {
        loops_.push_back(std::make_unique<HttpLoopThread>(shared_));
    }
    acceptor_.emplace(loops_.front()->context());
    accept_timer_.emplace(loops_.front()->context());
    // Reuse of an address in TIME_WAIT: a restarted server need not wait a minute.
    if (acceptor_->open(endpoint.protocol(), error) ||
        acceptor_->set_option(asio::ip::tcp::acceptor::reuse_address(true), error) ||
        acceptor_->bind(endpoint, error) ||
        acceptor_->listen(asio::ip::tcp::acceptor::max_listen_connections, error)) {
        return bind_failed(error, where);
    }
    const auto bound = acceptor_->local_endpoint(error);
    if (error) return bind_failed(error, where);
    parsed->port = bound.port();
    address_ = print_listen_address(*parsed);
    return {};
}

void BeastServer::run(const HttpHandlerFactory& make_handler) {
    accept_next();  // Before the threads run: from then on the acceptor is the first loop's.
    for (const auto& loop : loops_) loop->start(make_handler);
}

void BeastServer::accept_next() {
    HttpLoopThread& loop = *loops_[next_loop_];
    next_loop_ = (next_loop_ + 1) % loops_.size();
    acceptor_->async_accept(loop.context(),
                            [this, &loop](error_code error, asio::ip::tcp::socket socket) {
                                on_accepted(loop, error, std::move(socket));
                            });
}

void BeastServer::on_accepted(HttpLoopThread& loop, error_code error,
                              asio::ip::tcp::socket socket) {
    if (!acceptor_->is_open()) return;
    if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
        error == asio::error::no_buffer_space) {
        pause_accepting();
        return;
    }
    if (!error) {
        ++shared_.connections;
        if (shared_.open.fetch_add(1) >= shared_.options.connections_max) {
            --shared_.open;
            ++shared_.refused;
            // One attempt that cannot block; the client reads it or sees the connection end. With
            // TLS it would not be understood.
            constexpr std::string_view kFull =
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
                "Connection: close\r\n\r\n";
            error_code ignored;
            (void)socket.non_blocking(true, ignored);
            if (!shared_.options.tls.wanted()) socket.write_some(asio::buffer(kFull), ignored);
        } else if (&loop == loops_.front().get()) {
            loop.adopt(std::move(socket));
        } else {
            const auto shared = std::make_shared<asio::ip::tcp::socket>(std::move(socket));
            if (!loop.post([&loop, shared] { loop.adopt(std::move(*shared)); })) --shared_.open;
        }
    }
    accept_next();
}

void BeastServer::pause_accepting() {
    accept_timer_->expires_after(kAcceptPause);
    accept_timer_->async_wait([this](error_code error) {
        if (!error && acceptor_->is_open()) accept_next();
    });
}

void BeastServer::stop() {
    if (std::exchange(stopped_, true)) return;
    if (!loops_.empty()) {
        loops_.front()->post([this] {
            error_code ignored;
            (void)acceptor_->close(ignored);
            accept_timer_->cancel();
        });
    }
    for (const auto& loop : loops_) loop->begin_stop();
    for (const auto& loop : loops_) loop->join();
    accept_timer_.reset();
    acceptor_.reset();
    loops_.clear();
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, const Clock& clock,
                                                      const HttpHandlerFactory& make_handler) {
    auto server = std::make_unique<BeastServer>(std::move(options), clock);
    if (auto listening = server->listen(); !listening) {
        return std::unexpected(std::move(listening.error()));
    }
    server->run(make_handler);
    return server;
}

}  // namespace muster
