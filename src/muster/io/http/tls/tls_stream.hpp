// TlsStream: one connection's TLS over a socket that does not block.
//
// Private to io/http. Each act does what it can now and says what to wait for; the owner waits for
// the socket and calls again. Never raises SIGPIPE. Belongs to one thread; the descriptor must stay
// open while it lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "muster/io/http/tls/tls_context.hpp"

using SSL = struct ssl_st;

namespace muster {

/// What an act on a stream came to.
struct StreamStep {
    enum class Kind : std::uint8_t {
        done,        ///< `bytes` were moved (none by a handshake).
        wait_read,   ///< Call again when the socket is readable.
        wait_write,  ///< The same, writable.
        ended,       ///< The peer has said its last word.
        failed,      ///< The connection is of no more use.
    };
    Kind kind = Kind::done;
    std::size_t bytes = 0;
};

class TlsStream {
public:
    /// The server's side.
    TlsStream(std::shared_ptr<const TlsContext> context, int descriptor);
    /// The client's side: the server must prove that it is `host`, a name or an address.
    TlsStream(std::shared_ptr<const TlsContext> context, int descriptor, const std::string& host);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    [[nodiscard]] StreamStep handshake();
    [[nodiscard]] StreamStep read_some(std::span<char> into);
    /// REQUIRES: after wait_read or wait_write the same bytes come first again.
    [[nodiscard]] StreamStep write_some(std::string_view bytes);
    /// Says our last word, as far as it can be said without waiting.
    void say_goodbye();

    /// After `failed`: why, in a few words.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    /// After `failed`: the peer's certificate was the reason (or ours was, for the peer).
    [[nodiscard]] bool certificate_failed() const noexcept { return certificate_failed_; }
    /// After a failed handshake: what the peer spoke was no TLS.
    [[nodiscard]] bool peer_spoke_no_tls() const noexcept { return peer_spoke_no_tls_; }
    /// The same, and it was HTTP.
    [[nodiscard]] bool peer_spoke_http() const noexcept { return peer_spoke_http_; }

private:
    void attach(int descriptor);
    [[nodiscard]] StreamStep outcome(int result);
    void note_failure(unsigned long code);

    std::shared_ptr<const TlsContext> context_;
    SSL* ssl_;
    std::string failure_;
    bool certificate_failed_ = false;
    bool peer_spoke_http_ = false;
    bool peer_spoke_no_tls_ = false;
};

}  // namespace muster
