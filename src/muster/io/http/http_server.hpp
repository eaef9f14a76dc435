// HttpServer: HTTP/1.1 on sockets, and nothing about what is served.
//
// Place in the data path: the last step, from a handler's text to a client's socket. One thread per
// loop; a connection lives on one loop for life. What a client can make us hold is bounded: bytes
// of header, body and pipelined requests, connections, and the time each step may take.
// A client that half-closes (sends FIN) while its request waits counts as gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/http/http_loop.hpp"
#include "muster/io/http/http_message.hpp"
#include "muster/io/http/http_reply.hpp"
#include "muster/io/http/tls_files.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {

struct HttpServerOptions {
    /// `HOST:PORT`, `[IPV6]:PORT`; HOST is an address, not a name ("localhost" is understood).
    /// Port 0 lets the system choose (see HttpServer::address).
    std::string listen = "127.0.0.1:6878";
    std::size_t threads = 1;
    std::size_t header_bytes_max = 16 * 1024;          ///< Above: 431.
    std::size_t body_bytes_max = 64 * 1024;            ///< Above: 413.
    std::size_t connections_max = 10'000;              ///< Above: 503 at once.
    Duration idle_timeout = std::chrono::seconds(75);  ///< Between two requests.
    Duration request_timeout =
        std::chrono::seconds(10);  ///< From a request's first byte to its last.
    Duration write_timeout = std::chrono::seconds(10);  ///< Without a byte taken by the client.
    /// As write_timeout, for streams: a reader may sleep for a while and go on where it is.
    Duration stream_stall_timeout = std::chrono::minutes(5);
    Duration stop_timeout = std::chrono::milliseconds(500);  ///< For responses under way at stop().
    /// Given, HTTPS is spoken, and nothing else.
    TlsServerFiles tls;
    /// For the Date header; null: none is sent. Must outlive the server.
    const WallClock* wall = nullptr;
};

/// One per loop, made on start, destroyed after its loop has ended; all calls on the loop's thread.
class HttpHandler {
public:
    virtual ~HttpHandler() = default;
    /// Answers through `reply`, now or later. Must not block or throw.
    virtual void handle(HttpRequest request, HttpReply reply) = 0;
    /// stop() was called: what waits is to be answered now, streams are to be ended.
    virtual void stopping() = 0;
};

/// Makes the handler of one loop. Called in HttpServer::start, before the loop runs.
using HttpHandlerFactory = std::function<std::unique_ptr<HttpHandler>(HttpLoop&)>;

class HttpServer {
public:
    /// Counts since the start, and what is open now.
    struct Counters {
        std::uint64_t requests = 0;
        std::uint64_t connections = 0;
        std::uint64_t refused_connections = 0;  ///< Above connections_max.
        std::uint64_t timed_out = 0;            ///< Connections ended by one of the deadlines.
        std::uint64_t failed_handshakes = 0;    ///< Clients that could not agree on TLS with us.
        std::size_t open_connections = 0;
    };

    /// Binds, listens and starts the threads. `clock` judges the deadlines of connections and must
    /// outlive the server. Fails in one line, e.g. "address in use:
    /// 127.0.0.1:6878: stop the other server or choose another port with --listen".
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(
        HttpServerOptions options, const Clock& clock, const HttpHandlerFactory& make_handler);

    virtual ~HttpServer() = default;
    /// The bound address: "127.0.0.1:6878", "[::1]:6878".
    [[nodiscard]] virtual const std::string& address() const noexcept = 0;
    /// Thread rule: any.
    [[nodiscard]] virtual Counters counters() const noexcept = 0;
    /// Reads the files of TLS again: connections that begin from now on use what they hold. Gives
    /// whether that is anything else than before; false without TLS. Fails (bad_input, client) in a
    /// whole sentence that names file and flag, and then nothing changes. Thread rule: any.
    [[nodiscard]] virtual Result<bool> renew_tls() = 0;
    /// Stops accepting, lets responses under way finish for at most stop_timeout, ends every
    /// connection, joins the threads. Safe to call twice; the destructor calls it. Thread rule: not
    /// from a loop's thread.
    virtual void stop() = 0;
};

}  // namespace muster
