// Certificates for TLS tests, made on the spot, so that none in the tree can expire.
#pragma once

#include <memory>
#include <string>

namespace muster::testing {

/// A certificate authority that lives in memory.
class CertificateAuthority {
public:
    CertificateAuthority();
    ~CertificateAuthority();
    CertificateAuthority(const CertificateAuthority&) = delete;
    CertificateAuthority& operator=(const CertificateAuthority&) = delete;

    struct Leaf {
        std::string certificate_pem;
        std::string key_pem;
    };
    [[nodiscard]] std::string pem() const;
    /// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1". Expired: since an hour.
    [[nodiscard]] Leaf issue(const std::string& names, bool expired = false) const;

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster::testing
