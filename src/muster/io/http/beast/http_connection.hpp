// HttpConnection: one client's socket, from its first byte to its last.
//
// Private to io/http. Lives on one loop; every member is touched by that loop's thread only.
// Phases: [shaking_hands ->] idle -> receiving -> handling [-> streaming] -> writing -> idle ...,
// or
// -> lingering -> closed. While handling and streaming it goes on reading, so that a client that
// leaves is noticed and pipelined requests wait here, up to a bound; then it stops reading and TCP
// holds the client back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/io/http/beast/asio.hpp"
#include "muster/io/http/beast/http_loop_thread.hpp"
#include "muster/io/http/beast/http_transport.hpp"
#include "muster/io/http/http_message.hpp"
#include "muster/io/http/http_stream.hpp"

namespace muster {

struct HttpRequestParser;

class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(HttpLoopThread& loop, asio::ip::tcp::socket socket);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void start();
    /// Ends it if its deadline has passed. Called some times a second.
    void check_deadline(Time now);
    /// Finishes the response under way, takes no further request.
    void begin_stop();
    /// Ends it, whatever it is doing. `closed` afterwards; safe to call twice.
    void close();

    // The reply's side: `serial` names the request, so that a reply to an older one is void.
    void respond(std::uint64_t serial, HttpResponse response);
    void watch_gone(std::uint64_t serial, std::function<void()> gone);
    void begin_stream(std::uint64_t serial, HttpResponse head);

    // The stream's side.
    [[nodiscard]] bool stream_ready(std::uint64_t serial) const noexcept;
    void stream_write(std::uint64_t serial, HttpPieces pieces);
    void stream_end(std::uint64_t serial);
    void stream_watch(std::uint64_t serial, std::function<void()> ready,
                      std::function<void()> gone);

private:
    enum class Phase : std::uint8_t {
        shaking_hands,
        idle,
        receiving,
        handling,
        streaming,
        writing,
        lingering,
        closed
    };

    void shake_hands();
    void on_handshake_failed();
    /// Calls `then` once the socket is ready for what `kind` waits for.
    void wait_for(StreamStep::Kind kind, void (HttpConnection::*then)());
    void wait_readable();
    void read();
    void linger();
    void on_end_of_input();
    void process();
    bool parse_one();
    void new_parser();
    void answer_continue();
    void dispatch();
    void refuse(unsigned status, std::string_view type, std::string_view detail);
    void begin_response(HttpResponse response);
    void start_head(const HttpResponse& response);
    void end_head(const HttpResponse& response);
    void add_header(std::string_view name, std::string_view value);
    void write_some();
    void gather_unsent();
    void take_off(std::size_t bytes) noexcept;
    void wait_writable(StreamStep::Kind kind);
    void write_on();
    void on_written();
    void on_response_written();
    void end_stream();
    void set_deadline(Duration from_now);

    HttpLoopThread& loop_;
    HttpTransport transport_;
    Phase phase_ = Phase::idle;
    bool waiting_readable_ = false;
    bool input_ended_ = false;
    bool keep_alive_ = true;
    bool head_request_ = false;
    bool processing_ = false;  ///< Keeps process() from calling itself through a quick reply.
    bool continue_sent_ = false;
    bool old_client_ = false;  ///< HTTP/1.0: must be told if the connection stays.
    bool peer_is_loopback_ = false;
    std::uint64_t serial_ = 0;
    Time deadline_ = Time::max();
    std::string input_;
    std::unique_ptr<HttpRequestParser> parser_;  ///< Beast's, which only one file knows.
    std::function<void()> gone_;
    std::function<void()> ready_;  ///< Of a stream.
    bool chunked_ = false;         ///< The stream is; else it ends with the connection.
    bool ending_ = false;          ///< The stream ends after the write under way.
    // What is being written: head_, the pieces, tail_.
    bool write_under_way_ = false;
    std::string head_;
    HttpPieces pieces_;
    std::string_view tail_;
    std::vector<asio::const_buffer> unsent_;  ///< What of it is not out yet,
    std::size_t next_unsent_ = 0;             ///< from here.
};

}  // namespace muster
