// The PEM files that TLS needs, for a server and for a client. Plain values; any thread.
#pragma once

#include <string>

namespace muster {

struct TlsServerFiles {
    std::string certificate;  ///< With what signed it behind, up to but without the authority.
    std::string key;
    /// Given, clients must show a certificate that this authority signed.
    std::string client_ca;

    [[nodiscard]] bool wanted() const noexcept {
        return !certificate.empty() || !key.empty() || !client_ca.empty();
    }
};

struct TlsClientFiles {
    std::string ca;           ///< Empty: the authorities that the system trusts.
    std::string certificate;  ///< Our own, for servers that ask for one; with its key.
    std::string key;
};

}  // namespace muster
