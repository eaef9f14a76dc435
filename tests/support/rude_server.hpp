// RudeServer: a TCP server on loopback whose every connection does what a test tells it, byte by
// byte: how clients are shown servers that misbehave.
//
// Each connection has a thread of its own; all end with the object.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace muster::testing {

/// One connection, from the server's side. One thread.
class RudePeer {
public:
    RudePeer(int socket, const std::atomic<bool>& stopping) noexcept
        : socket_(socket), stopping_(stopping) {}

    /// The next request's head, its empty line included; empty when the client has gone or the
    /// test ends.
    [[nodiscard]] std::string request();
    /// True if for so long neither more comes nor the client closes: it waits for its answer.
    [[nodiscard]] bool stays_quiet(int ms) const;
    /// False if the client has gone.
    bool send(std::string_view bytes);
    /// A 200 with a Content-Length.
    bool send_page(std::string_view body, std::string_view content_type = "text/plain",
                   std::string_view fields = {});
    /// Until the client has gone or the test ends.
    void hold();
    /// Waits, at most until the test ends.
    void pause_ms(int ms);
    /// Ends with RST.
    void reset();
    [[nodiscard]] bool test_ends() const noexcept { return stopping_.load(); }

private:
    int socket_;
    const std::atomic<bool>& stopping_;
    std::string received_;
};

class RudeServer {
public:
    using Manners = std::function<void(RudePeer&)>;

    explicit RudeServer(Manners manners);
    ~RudeServer();
    RudeServer(const RudeServer&) = delete;
    RudeServer& operator=(const RudeServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "http://127.0.0.1:PORT"
    [[nodiscard]] std::string url() const;
    /// "http/127.0.0.1:PORT"
    [[nodiscard]] std::string worker_id() const;
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster::testing
