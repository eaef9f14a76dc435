// HttpSocket: a plain TCP client that speaks HTTP byte by byte, so that tests can misbehave.
//
// Blocking; every read gives up after ten seconds. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muster::testing {

struct SocketResponse {
    unsigned status = 0;  ///< 0: the connection ended, or ten seconds passed, before it was whole.
    std::string head;     ///< Status line and fields.
    std::string body;

    /// The field's value; empty if it is not there. `name` as the server writes it.
    [[nodiscard]] std::string field(std::string_view name) const;
};

class HttpSocket {
public:
    /// Connects to "127.0.0.1:PORT" or "[::1]:PORT". `receive_buffer` above 0 bounds what the
    /// kernel takes in for us, for tests of readers that stall.
    explicit HttpSocket(const std::string& address, int receive_buffer = 0);
    ~HttpSocket() { close(); }
    HttpSocket(const HttpSocket&) = delete;
    HttpSocket& operator=(const HttpSocket&) = delete;
    HttpSocket(HttpSocket&& other) noexcept;

    [[nodiscard]] bool connected() const noexcept { return fd_ >= 0; }
    /// False if the peer is gone.
    bool send(std::string_view bytes);
    /// Sends a GET of `target` with a Host field and `fields` ("Name: value\r\n"...).
    bool get(std::string_view target, std::string_view fields = {});
    /// `to_head`: the response has no body, whatever its Content-Length says.
    [[nodiscard]] SocketResponse response(bool to_head = false);
    /// The next chunk of a chunked body, empty for its last; nothing if the connection ended, ten
    /// seconds passed, or the framing is broken. To be called after response(true).
    [[nodiscard]] std::optional<std::string> chunk();
    /// Waits for the connection to end; false if a byte or nothing comes instead.
    [[nodiscard]] bool ended();
    /// Whether nothing has arrived so far.
    [[nodiscard]] bool silent() const;
    /// Sends FIN.
    void finish_sending();
    void close();
    /// Ends with RST.
    void reset();

private:
    bool receive_more();

    int fd_ = -1;
    std::string received_;
};

}  // namespace muster::testing
