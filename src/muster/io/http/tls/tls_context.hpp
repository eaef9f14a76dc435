// TlsContext: certificates and rules, read once, shared by the connections of a server or client.
//
// Private to io/http; names no OpenSSL type to those who include it. Immutable; any thread.
#pragma once

#include <memory>
#include <string>

#include "muster/base/error.hpp"
#include "muster/io/http/tls_files.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace muster {

class TlsContext {
    struct Passkey {};

public:
    /// TLS 1.2 and 1.3. Fails (bad_input, client) in a whole sentence that names file and flag.
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> for_server(
        const TlsServerFiles& files);
    /// The same, without a flag's name: "cannot read the authority: FILE: REASON".
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> for_client(
        const TlsClientFiles& files);

    /// For the two above only.
    TlsContext(Passkey, SSL_CTX* context) noexcept : context_(context) {}
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    [[nodiscard]] SSL_CTX* get() const noexcept { return context_; }
    /// Of a server: what its files held, as a digest; two are equal if and only if these are.
    [[nodiscard]] const std::string& digest() const noexcept { return digest_; }

private:
    SSL_CTX* context_;
    std::string digest_;
};

}  // namespace muster
