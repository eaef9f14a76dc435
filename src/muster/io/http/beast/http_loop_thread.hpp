// HttpLoopThread: one io_context, its thread, the connections that live on it and their handler.
//
// Private to io/http. Everything but the gate is touched by the loop's thread only, once it runs.
// Destruction order: connections and handler die before the io_context that their sockets and
// timers belong to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include "muster/base/clock.hpp"
#include "muster/io/http/beast/asio.hpp"
#include "muster/io/http/http_loop.hpp"
#include "muster/io/http/http_server.hpp"
#include "muster/io/http/tls/tls_context.hpp"

namespace muster {

class HttpConnection;

/// Shared by all loops of a server.
struct HttpServerShared {
    HttpServerOptions options;
    const Clock* clock = nullptr;
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> failed_handshakes{0};
    std::atomic<std::size_t> open{0};

    /// Null: plain HTTP. Thread rule: any.
    [[nodiscard]] std::shared_ptr<const TlsContext> tls() const {
        const std::lock_guard lock(tls_mutex_);
        return tls_;
    }
    /// The one before, which connections that use it keep. Thread rule: any.
    std::shared_ptr<const TlsContext> set_tls(std::shared_ptr<const TlsContext> tls) {
        const std::lock_guard lock(tls_mutex_);
        return std::exchange(tls_, std::move(tls));
    }

private:
    mutable std::mutex tls_mutex_;
    std::shared_ptr<const TlsContext> tls_;
};

/// Lets other threads post to a loop, and refuses once the loop has ended: replies may outlive it.
class HttpLoopGate {
public:
    explicit HttpLoopGate(asio::io_context& context) noexcept : context_(&context) {}

    bool post(std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        if (context_ == nullptr) return false;
        asio::post(*context_, std::move(task));
        return true;
    }
    /// Whether the caller is the loop's thread (then it may act at once).
    [[nodiscard]] bool on_loop() const noexcept {
        return loop_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }
    void enter() noexcept {
        loop_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    void close() {
        const std::lock_guard lock(mutex_);
        context_ = nullptr;
    }

private:
    std::mutex mutex_;
    asio::io_context* context_;
    // Relaxed: a thread only ever looks for its own id, which only it itself has stored.
    std::atomic<std::thread::id> loop_thread_{};
};

class HttpLoopThread final : public HttpLoop {
public:
    explicit HttpLoopThread(HttpServerShared& shared);
    ~HttpLoopThread() override;

    bool post(std::function<void()> task) override { return gate_->post(std::move(task)); }
    std::unique_ptr<HttpTimer> call_after(Duration delay, std::function<void()> task) override;

    /// Makes the handler, then the thread.
    void start(const HttpHandlerFactory& make_handler);
    /// From any thread: begins to stop; ends within the stop timeout.
    void begin_stop();
    void join();

    // For connections; the loop's thread.
    void adopt(asio::ip::tcp::socket socket);
    void forget(const std::shared_ptr<HttpConnection>& connection);
    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] HttpServerShared& shared() noexcept { return shared_; }
    [[nodiscard]] HttpHandler& handler() noexcept { return *handler_; }
    [[nodiscard]] const std::shared_ptr<HttpLoopGate>& gate() const noexcept { return gate_; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    /// Where sockets are read into, before the bytes are copied to their connection: idle
    /// connections need no buffer.
    [[nodiscard]] std::string& scratch() noexcept { return scratch_; }
    /// "Date: ...\r\n", formatted once a second; empty without an anchor.
    [[nodiscard]] const std::string& date_header();

private:
    void stop_now();
    void end_if_idle();
    void tick();
    void arm_tick();

    HttpServerShared& shared_;
    asio::io_context context_{1};
    std::shared_ptr<HttpLoopGate> gate_;
    asio::steady_timer tick_timer_;
    asio::steady_timer stop_timer_;
    std::unique_ptr<HttpHandler> handler_;
    std::unordered_set<std::shared_ptr<HttpConnection>> connections_;
    std::string scratch_;
    std::string date_header_;
    std::int64_t date_second_ = 0;
    bool ticking_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace muster
