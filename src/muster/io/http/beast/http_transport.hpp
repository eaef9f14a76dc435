// HttpTransport: one socket that does not block, with TLS on it or without.
//
// Private to io/http. The same acts for both, so that who reads and writes HTTP need not know.
// Belongs to one loop's thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "muster/io/http/beast/asio.hpp"
#include "muster/io/http/tls/tls_stream.hpp"

namespace muster {

class HttpTransport {
public:
    /// `tls` null: none. Else the server's side; a handshake comes first.
    HttpTransport(asio::ip::tcp::socket socket, const std::shared_ptr<const TlsContext>& tls);
    HttpTransport(const HttpTransport&) = delete;
    HttpTransport& operator=(const HttpTransport&) = delete;

    /// REQUIRES: connected. The client's side; a handshake comes first.
    void begin_tls(const std::shared_ptr<const TlsContext>& tls, const std::string& host);

    [[nodiscard]] asio::ip::tcp::socket& socket() noexcept { return socket_; }
    [[nodiscard]] bool encrypted() const noexcept { return tls_.has_value(); }
    /// Null without TLS.
    [[nodiscard]] const TlsStream* tls() const noexcept { return tls_ ? &*tls_ : nullptr; }
    /// From now on the socket is read and written as it is: after a handshake that failed.
    void drop_tls() noexcept { tls_.reset(); }

    [[nodiscard]] StreamStep handshake();
    [[nodiscard]] StreamStep read_some(std::span<char> into);
    /// Some of the texts, as if they were one. REQUIRES: after a wait, the same texts again.
    [[nodiscard]] StreamStep write_some(std::span<const asio::const_buffer> texts);
    /// Our last word: what is written so far goes out, nothing more will.
    void finish();
    /// Of the socket, where it failed without TLS.
    [[nodiscard]] const error_code& error() const noexcept { return error_; }

private:
    [[nodiscard]] StreamStep write_record(std::span<const asio::const_buffer> texts);
    [[nodiscard]] StreamStep outcome(const error_code& error, std::size_t bytes);

    asio::ip::tcp::socket socket_;
    std::optional<TlsStream> tls_;
    error_code error_;
};

}  // namespace muster
