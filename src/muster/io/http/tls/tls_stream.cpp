// OpenSSL over a BIO of our own: sockets without SIGPIPE, which OpenSSL's own BIO would raise.
//
// Thread rules are the header's.
#include "muster/io/http/tls/tls_stream.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace muster {

namespace {

using Kind = StreamStep::Kind;

int descriptor_of(BIO* bio) {
    return static_cast<int>(std::bit_cast<std::intptr_t>(BIO_get_data(bio)));
}

int note_retry(BIO* bio, ssize_t count, void (*set_retry)(BIO*)) {
    BIO_clear_retry_flags(bio);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) set_retry(bio);
    return static_cast<int>(count);
}

int write_socket(BIO* bio, const char* bytes, int size) {
    errno = 0;
    const ssize_t count =
        ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    return note_retry(bio, count, [](BIO* b) { BIO_set_retry_write(b); });
}

int read_socket(BIO* bio, char* into, int size) {
    errno = 0;
    const ssize_t count = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), 0);
    return note_retry(bio, count, [](BIO* b) { BIO_set_retry_read(b); });
}

long control_socket(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct FreeMethod {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* socket_method() {
    static const std::unique_ptr<BIO_METHOD, FreeMethod> kMethod = [] {
        std::unique_ptr<BIO_METHOD, FreeMethod> method(
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"));
        if (method == nullptr) return method;
        BIO_meth_set_write(method.get(), &write_socket);
        BIO_meth_set_read(method.get(), &read_socket);
        BIO_meth_set_ctrl(method.get(), &control_socket);
        return method;
    }();
    return kMethod.get();
}

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, int descriptor)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
    attach(descriptor);
    if (ssl_ != nullptr) SSL_set_accept_state(ssl_);
}

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, int descriptor,
                     const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(context_->get())) {
    attach(descriptor);
    if (ssl_ == nullptr) return;
    SSL_set_connect_state(ssl_);
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
    } else {
        // What the macro SSL_set_tlsext_host_name does, without its cast.
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
        SSL_set1_host(ssl_, host.c_str());
    }
}

TlsStream::~TlsStream() {
    SSL_free(ssl_);
}

void TlsStream::attach(int descriptor) {
    BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(socket_method());
    if (bio == nullptr) {
        SSL_free(std::exchange(ssl_, nullptr));
        return;
    }
    BIO_set_data(bio, std::bit_cast<void*>(std::intptr_t{descriptor}));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
}

StreamStep TlsStream::handshake() {
    if (ssl_ == nullptr) return {Kind::failed};
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_));
}

StreamStep TlsStream::read_some(std::span<char> into) {
    if (ssl_ == nullptr) return {Kind::failed};
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
    if (result == 1) return {Kind::done, bytes};
    return outcome(result);
}

StreamStep TlsStream::write_some(std::string_view bytes) {
    if (ssl_ == nullptr) return {Kind::failed};
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written);
    if (result == 1) return {Kind::done, written};
    return outcome(result);
}

void TlsStream::say_goodbye() {
    if (ssl_ == nullptr || !failure_.empty() || SSL_in_init(ssl_) != 0) return;
    ERR_clear_error();
    (void)SSL_shutdown(ssl_);
    ERR_clear_error();
}

StreamStep TlsStream::outcome(int result) {
    if (result == 1) return {Kind::done};
    const int saved_errno = errno;
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ: return {Kind::wait_read};
        case SSL_ERROR_WANT_WRITE: return {Kind::wait_write};
        case SSL_ERROR_ZERO_RETURN: return {Kind::ended};
        case SSL_ERROR_SYSCALL:
            // The end of the connection without a goodbye: HTTP knows by itself what is missing.
            if (saved_errno == 0 && SSL_in_init(ssl_) == 0) return {Kind::ended};
            failure_ = "the connection was cut";
            return {Kind::failed};
        default: break;
    }
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING && SSL_in_init(ssl_) == 0) {
        return {Kind::ended};
    }
    note_failure(code);
    return {Kind::failed};
}

void TlsStream::note_failure(unsigned long code) {
    // Whatever stands first in the queue: what was wrong with the certificate is noted beside it.
    if (const long verdict = SSL_get_verify_result(ssl_); verdict != X509_V_OK) {
        certificate_failed_ = true;
        failure_ = std::string("its certificate is not trusted (") +
                   X509_verify_cert_error_string(verdict) + ')';
        return;
    }
    switch (ERR_GET_REASON(code)) {
        case SSL_R_HTTP_REQUEST:
            peer_spoke_http_ = peer_spoke_no_tls_ = true;
            failure_ = "it spoke HTTP without TLS";
            return;
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            peer_spoke_no_tls_ = true;
            failure_ = "it does not speak TLS";
            return;
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            certificate_failed_ = true;
            failure_ = "it asks for a certificate of ours";
            return;
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            certificate_failed_ = true;
            failure_ = "it refused our TLS, or asks for a certificate of ours";
            return;
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
            certificate_failed_ = true;
            failure_ = "it does not trust our certificate";
            return;
        default: break;
    }
    const char* const words = ERR_reason_error_string(code);
    failure_ = words == nullptr ? "TLS failed" : std::string("TLS failed (") + words + ')';
}

}  // namespace muster
