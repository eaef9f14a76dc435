// See the header.
//
// Thread rules are the header's.
#include "muster/io/http/beast/http_transport.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace muster {

using Kind = StreamStep::Kind;

namespace {

/// What one record of TLS holds.
constexpr std::size_t kTlsRecordBytes = 16 * 1024;

}  // namespace

HttpTransport::HttpTransport(asio::ip::tcp::socket socket,
                             const std::shared_ptr<const TlsContext>& tls)
    : socket_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(tls, socket_.native_handle());
}

void HttpTransport::begin_tls(const std::shared_ptr<const TlsContext>& tls,
                              const std::string& host) {
    tls_.emplace(tls, socket_.native_handle(), host);
}

StreamStep HttpTransport::handshake() {
    return tls_ ? tls_->handshake() : StreamStep{};
}

StreamStep HttpTransport::read_some(std::span<char> into) {
    if (tls_) return tls_->read_some(into);
    error_code error;
    const std::size_t bytes = socket_.read_some(asio::buffer(into.data(), into.size()), error);
    if (error == asio::error::would_block) return {Kind::wait_read};
    return outcome(error, bytes);
}

StreamStep HttpTransport::write_some(std::span<const asio::const_buffer> texts) {
    if (tls_) return write_record(texts);
    error_code error;
    const std::size_t bytes = socket_.write_some(texts, error);
    if (error == asio::error::would_block) return {Kind::wait_write};
    return outcome(error, bytes);
}

/// Each write is a record of its own: short texts share one, else a head would go alone.
StreamStep HttpTransport::write_record(std::span<const asio::const_buffer> texts) {
    while (!texts.empty() && texts.front().size() == 0) texts = texts.subspan(1);
    if (texts.empty()) return {};
    const auto view_of = [](const asio::const_buffer& text) {
        return std::string_view(static_cast<const char*>(text.data()), text.size());
    };
    if (texts.size() == 1 || texts.front().size() >= kTlsRecordBytes / 2) {
        return tls_->write_some(view_of(texts.front()));
    }
    std::array<char, kTlsRecordBytes> record;
    std::size_t size = 0;
    for (const asio::const_buffer& text : texts) {
        size += view_of(text).copy(record.data() + size, record.size() - size);
    }
    return tls_->write_some({record.data(), size});
}

StreamStep HttpTransport::outcome(const error_code& error, std::size_t bytes) {
    if (!error) return {Kind::done, bytes};
    if (error == asio::error::eof) return {Kind::ended};
    error_ = error;
    return {Kind::failed};
}

void HttpTransport::finish() {
    if (tls_) tls_->say_goodbye();
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace muster
