// See certificates.hpp.
#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace muster::testing {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using CertificatePtr = std::unique_ptr<X509, Free>;
using BioPtr = std::unique_ptr<BIO, Free>;

constexpr long kHour = 3600;

std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    if (!extension) throw std::runtime_error("bad certificate extension: " + value);
    X509_add_ext(certificate, extension.get(), -1);
}

/// Unsigned; valid from an hour ago on, or (expired) for the hour before that.
CertificatePtr blank(EVP_PKEY* key, const std::string& name, long serial, bool expired) {
    CertificatePtr certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), expired ? -2 * kHour : -kHour);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kHour : 24 * kHour);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

KeyPtr new_key() {
    return KeyPtr(EVP_EC_gen("P-256"));
}

}  // namespace

struct CertificateAuthority::Workings {
    KeyPtr key = new_key();
    CertificatePtr certificate = blank(key.get(), "muster test authority", 1, false);
    long serial = 1;
};

CertificateAuthority::CertificateAuthority() : workings_(std::make_unique<Workings>()) {
    X509* own = workings_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_subject_key_identifier, "hash");
    X509_sign(own, workings_->key.get(), EVP_sha256());
}

CertificateAuthority::~CertificateAuthority() = default;

std::string CertificateAuthority::pem() const {
    return pem_of(workings_->certificate.get());
}

CertificateAuthority::Leaf CertificateAuthority::issue(const std::string& names,
                                                       bool expired) const {
    const KeyPtr key = new_key();
    const CertificatePtr leaf = blank(key.get(), "muster test", ++workings_->serial, expired);
    X509* const issuer = workings_->certificate.get();
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
    extend(leaf.get(), issuer, NID_subject_alt_name, names);
    X509_sign(leaf.get(), workings_->key.get(), EVP_sha256());
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {pem_of(leaf.get()), text_of(bio.get())};
}

}  // namespace muster::testing
