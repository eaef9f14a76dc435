// Reads the files; see the header.
//
// Thread rules are the header's.
#include "muster/io/http/tls/tls_context.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace muster {

namespace {

/// The newest failure of OpenSSL in words; the queue is empty afterwards.
std::string reason() {
    const unsigned long code = ERR_peek_last_error();
    // The file's own trouble lies below what OpenSSL made of it.
    const unsigned long first = ERR_peek_error();
    std::string words = "not readable as PEM";
    if (ERR_SYSTEM_ERROR(first)) {
        words = std::generic_category().message(ERR_GET_REASON(first));
    } else if (const char* text = ERR_reason_error_string(code); text != nullptr) {
        words = text;
    }
    ERR_clear_error();
    return words;
}

std::unexpected<Error> refuse(const std::string& what, const std::string& file,
                              const std::string& why) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, what + ": " + file + ": " + why);
}

/// A key with a password would be asked for on the terminal, which a service has not.
int no_password(char*, int, int, void*) {
    return -1;
}

SSL_CTX* new_context(const SSL_METHOD* method) {
    SSL_CTX* const context = SSL_CTX_new(method);
    if (context == nullptr) return nullptr;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Partial writes from a buffer that may have moved: our writes are retried piece by piece.
    // Idle connections give their buffers back.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // No renegotiation and no session store: both are state that a client could make us hold.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_default_passwd_cb(context, &no_password);
    return context;
}

/// How a file is told of: "certificate", and what to do about it.
struct Names {
    std::string certificate_advice;
    std::string key_advice;
};

Result<void> use_own(SSL_CTX* context, const std::string& certificate, const std::string& key,
                     const Names& names) {
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
        return refuse("cannot read the certificate", certificate,
                      reason() + names.certificate_advice);
    }
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const unsigned long code = ERR_peek_last_error();
        if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
            ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH) {
            ERR_clear_error();
            return refuse("the key is not the certificate's", key,
                          "it is another than that of " + certificate + names.key_advice);
        }
        return refuse("cannot read the key", key, reason() + names.key_advice);
    }
    return {};
}

/// SHA-256 over the contents, each with its length. A file that cannot be read counts as empty:
/// whoever needs it has said so.
std::string digest_of(const TlsServerFiles& files) {
    std::string all;
    for (const std::string& path : {files.certificate, files.key, files.client_ca}) {
        std::ifstream file(path, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), {}};
        all.append(std::to_string(content.size())).append(1, ':').append(content);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha256(), nullptr);
    OPENSSL_cleanse(all.data(), all.size());
    return {digest.begin(), digest.begin() + size};
}

/// Protocols that a client may choose among by ALPN: HTTP/1.1, whatever else it offers.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
    static constexpr unsigned char kHttp[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    const int result =
        SSL_select_next_proto(&found, chosen_size, kHttp, sizeof kHttp - 1, offered, offered_size);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_server(const TlsServerFiles& files) {
    if (files.certificate.empty() || files.key.empty()) {
        std::string missing = files.certificate.empty() ? "--tls-cert" : "";
        if (files.key.empty()) missing += missing.empty() ? "--tls-key" : " and --tls-key";
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "half of TLS: " + missing + ": give --tls-cert and --tls-key together");
    }
    SSL_CTX* const context = new_context(TLS_server_method());
    if (context == nullptr) {
        return fail(ErrorKind::internal, ErrorOrigin::self, "cannot begin TLS: " + reason());
    }
    auto tls = std::make_shared<TlsContext>(Passkey{}, context);
    tls->digest_ = digest_of(files);
    auto own = use_own(context, files.certificate, files.key,
                       {": give a PEM file with --tls-cert", ": give its PEM file with --tls-key"});
    if (!own) return std::unexpected(std::move(own.error()));
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    if (files.client_ca.empty()) return tls;
    if (SSL_CTX_load_verify_file(context, files.client_ca.c_str()) != 1) {
        return refuse("cannot read the clients' authority", files.client_ca,
                      reason() + ": give a PEM file with --tls-client-ca");
    }
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files.client_ca.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return tls;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_client(const TlsClientFiles& files) {
    SSL_CTX* const context = new_context(TLS_client_method());
    if (context == nullptr) {
        return fail(ErrorKind::internal, ErrorOrigin::self, "cannot begin TLS: " + reason());
    }
    std::shared_ptr<const TlsContext> tls = std::make_shared<TlsContext>(Passkey{}, context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (files.ca.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_file(context, files.ca.c_str()) != 1) {
        return refuse("cannot read the authority", files.ca, reason());
    }
    if (files.certificate.empty() != files.key.empty()) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "a certificate without its key, or a key without its certificate");
    }
    if (files.certificate.empty()) return tls;
    auto own = use_own(context, files.certificate, files.key, {"", ""});
    if (!own) return std::unexpected(std::move(own.error()));
    return tls;
}

}  // namespace muster
