// A real nats-server that speaks TLS, with an authority of its own.
#pragma once

#include <memory>
#include <string>

#include "support/certificates.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"

namespace muster::testing {

/// A server with TLS, its authority's certificate in a file.
struct TlsServer {
    CertificateAuthority authority;
    TempDir dir;
    std::string ca_file = dir.write("ca.pem", authority.pem());
    std::unique_ptr<NatsServer> server;

    explicit TlsServer(const CertificateAuthority::Leaf& leaf, bool verify = false) {
        start(leaf, verify);
    }
    TlsServer(const std::string& names, bool expired, bool verify) {
        start(authority.issue(names, expired), verify);
    }
    /// `more` goes into its configuration.
    struct More {
        std::string config;
    };
    explicit TlsServer(const More& more);
    void start(const CertificateAuthority::Leaf& leaf, bool verify, const std::string& more = {}) {
        server = std::make_unique<NatsServer>(NatsServer::Options{
            .config = "tls { cert_file: \"" + dir.write("s.pem", leaf.certificate_pem) +
                      "\", key_file: \"" + dir.write("s.key", leaf.key_pem) + "\", ca_file: \"" +
                      ca_file + "\", verify: " + (verify ? "true" : "false") + " }\n" + more});
    }
    [[nodiscard]] NatsSourceOptions options(const std::string& host = "127.0.0.1") const {
        NatsSourceOptions made = options_for(server->url("tls", host));
        made.connect.tls_ca_file = ca_file;
        return made;
    }
};

/// Where a test's server is reached.
inline constexpr const char* kLoopback = "DNS:localhost,IP:127.0.0.1";

inline TlsServer::TlsServer(const More& more) {
    start(authority.issue(kLoopback), false, more.config);
}

}  // namespace muster::testing
