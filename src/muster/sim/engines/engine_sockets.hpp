// The sockets of all simulated engines: listeners, connections, requests in, bytes out. As little
// HTTP as a scrape needs (GET, keep-alive), and the ways of failing that a real server has.
// Private to sim. Thread rule: one caller at a time, but for wait() and wake().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster::detail {

class EngineSockets {
public:
    EngineSockets();
    ~EngineSockets();
    EngineSockets(const EngineSockets&) = delete;
    EngineSockets& operator=(const EngineSockets&) = delete;

    /// Listens for `worker`; gives the port that it got.
    [[nodiscard]] Result<std::uint16_t> listen(std::uint32_t worker, const std::string& host,
                                               std::uint16_t port);
    /// Closes its listener and resets its connections: from now on it is refused.
    void close(std::uint32_t worker);
    [[nodiscard]] bool listens(std::uint32_t worker) const { return listeners_.contains(worker); }

    struct Request {
        std::uint64_t connection = 0;
        std::uint32_t worker = 0;
        std::string target;
        bool keep_alive = true;
    };
    /// Waits for at most `timeout` until something can be moved. Thread rule: one thread, while
    /// others may call all else (one at a time).
    void wait(Duration timeout);
    /// Moves what can be moved since the wait, and gives the requests that are whole.
    [[nodiscard]] std::vector<Request> collect();
    /// A request came with the one before: do not wait.
    [[nodiscard]] bool has_ready() const noexcept { return !ready_.empty(); }
    /// Ends a wait from another thread.
    void wake() noexcept;

    enum class Then : std::uint8_t { go_on, close };
    /// Sends. Nothing happens if the connection has gone.
    void send(std::uint64_t connection, std::string bytes, Then then);
    /// Sends the beginning of an answer; the request goes on being under way.
    void send_part(std::uint64_t connection, std::string_view bytes);
    [[nodiscard]] bool is_open(std::uint64_t connection) const {
        return connections_.contains(connection);
    }
    /// Ends it with a reset.
    void reset(std::uint64_t connection);

    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

private:
    struct Connection {
        int fd = -1;
        std::uint32_t worker = 0;
        std::string in;
        std::string out;
        bool closes = false;  // When `out` is sent.
        bool asked = false;   // A request is with the worker: the next one waits.
    };

    void accept_all(std::uint32_t worker, int listener);
    void read_some(std::uint64_t id, std::vector<Request>& requests);
    void take_request(std::uint64_t id, std::vector<Request>& requests);
    void write_some(std::uint64_t id);
    void drop(std::uint64_t id, bool with_reset);
    void watch(std::uint64_t id, const Connection& connection);

    struct Event {
        std::uint64_t about = 0;
        bool readable = false;
        bool writable = false;
    };

    int epoll_ = -1;
    int wake_ = -1;
    std::map<std::uint32_t, int> listeners_;
    std::unordered_map<std::uint64_t, Connection> connections_;
    std::uint64_t last_id_ = 0;
    std::uint64_t accepted_ = 0;
    std::uint64_t bytes_sent_ = 0;
    std::vector<Request> ready_;  // Read while an answer was sent.
    std::vector<Event> events_;   // Of the wait before: the waiting thread's.
};

}  // namespace muster::detail
