// One client's socket, the way out: responses, streams, and the end of a connection.
//
// Everything is written without blocking and without being copied: texts are shared with whoever
// else gets them. The loop's thread only. Knows Asio but not Beast, whose files compile slowly.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

#include "muster/io/http/beast/http_connection.hpp"

namespace muster {

namespace {

/// How long we take in what a client still sends after our last word: closing at once would reset
/// the connection and could destroy that word on its way.
constexpr Duration kLingerTimeout = std::chrono::seconds(1);
/// What the kernel may hold unsent for a stream: without it a slow reader would have megabytes of
/// old news to read before it came to the newest state.
constexpr int kStreamUnsentBytes = 128 * 1024;

}  // namespace

void HttpConnection::add_header(std::string_view name, std::string_view value) {
    head_.append(name).append(": ").append(value).append("\r\n");
}

void HttpConnection::start_head(const HttpResponse& response) {
    gone_ = nullptr;
    if (response.close || loop_.stopping()) keep_alive_ = false;
    head_ = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    head_ += reason_phrase(response.status);
    head_ += "\r\n";
    if (!response.content_type.empty()) add_header("Content-Type", response.content_type);
}

void HttpConnection::end_head(const HttpResponse& response) {
    for (const HttpHeader& header : response.headers) add_header(header.name, header.value);
    head_ += loop_.date_header();
    if (!keep_alive_)
        add_header("Connection", "close");
    else if (old_client_)
        add_header("Connection", "keep-alive");
    head_ += "\r\n";
}

void HttpConnection::begin_response(HttpResponse response) {
    start_head(response);
    const bool bare = response.status == 304 || response.status == 204;
    if (!bare) {
        std::size_t size = response.body == nullptr ? 0 : response.body->size();
        for (const auto& piece : response.more) size += piece->size();
        add_header("Content-Length", std::to_string(size));
    }
    end_head(response);
    if (response.body != nullptr && !head_request_ && !bare) {
        pieces_ = std::move(response.more);
        pieces_.insert(pieces_.begin(), std::move(response.body));
    }
    phase_ = Phase::writing;
    write_some();
}

void HttpConnection::begin_stream(std::uint64_t serial, HttpResponse head) {
    if (phase_ != Phase::handling || serial != serial_) return;
    chunked_ = !old_client_;
    if (!chunked_) keep_alive_ = false;  // Its end is the end of the connection.
    start_head(head);
    if (chunked_) add_header("Transfer-Encoding", "chunked");
    end_head(head);
    ending_ = false;
    phase_ = head_request_ ? Phase::writing : Phase::streaming;
    // Best effort: without it a slow reader is only later at the newest state.
    ::setsockopt(transport_.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                 &kStreamUnsentBytes, sizeof kStreamUnsentBytes);
    write_some();
}

bool HttpConnection::stream_ready(std::uint64_t serial) const noexcept {
    return phase_ == Phase::streaming && serial == serial_ && !write_under_way_ && !ending_;
}

void HttpConnection::stream_write(std::uint64_t serial, HttpPieces pieces) {
    if (!stream_ready(serial)) return;
    pieces_ = std::move(pieces);
    if (chunked_) {
        std::size_t size = 0;
        for (const auto& piece : pieces_) size += piece->size();
        std::array<char, 2 * sizeof size> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
        head_.assign(digits.data(), end.ptr).append("\r\n");
        tail_ = "\r\n";
    }
    write_some();
}

void HttpConnection::stream_end(std::uint64_t serial) {
    if (phase_ != Phase::streaming || serial != serial_) return;
    ready_ = gone_ = nullptr;
    ending_ = true;
    if (!write_under_way_) end_stream();
}

void HttpConnection::end_stream() {
    phase_ = Phase::writing;
    if (chunked_) head_ = "0\r\n\r\n";
    write_some();
}

void HttpConnection::stream_watch(std::uint64_t serial, std::function<void()> ready,
                                  std::function<void()> gone) {
    if (phase_ != Phase::streaming || serial != serial_) {
        loop_.post(std::move(gone));
        return;
    }
    ready_ = std::move(ready);
    gone_ = std::move(gone);
}

void HttpConnection::gather_unsent() {
    unsent_.clear();
    next_unsent_ = 0;
    const auto add = [this](std::string_view text) {
        if (!text.empty()) unsent_.emplace_back(text.data(), text.size());
    };
    add(head_);
    for (const auto& piece : pieces_) add(*piece);
    add(tail_);
}

void HttpConnection::take_off(std::size_t bytes) noexcept {
    while (bytes > 0) {
        asio::const_buffer& text = unsent_[next_unsent_];
        const std::size_t part = std::min(bytes, text.size());
        text += part;
        bytes -= part;
        if (text.size() == 0) ++next_unsent_;
    }
}

void HttpConnection::write_some() {
    if (!std::exchange(write_under_way_, true)) gather_unsent();
    while (next_unsent_ < unsent_.size()) {
        const StreamStep step = transport_.write_some(std::span(unsent_).subspan(next_unsent_));
        if (step.kind == StreamStep::Kind::wait_read || step.kind == StreamStep::Kind::wait_write) {
            wait_writable(step.kind);
            return;
        }
        if (step.kind != StreamStep::Kind::done) {
            close();
            return;
        }
        take_off(step.bytes);
    }
    on_written();
}

void HttpConnection::wait_writable(StreamStep::Kind kind) {
    const HttpServerOptions& options = loop_.shared().options;
    set_deadline(phase_ == Phase::streaming && !ending_ ? options.stream_stall_timeout
                                                        : options.write_timeout);
    wait_for(kind, &HttpConnection::write_on);
}

void HttpConnection::write_on() {
    if (!write_under_way_) return;
    write_some();
    if (!stream_ready(serial_)) return;
    if (const auto ready = ready_) ready();
}

void HttpConnection::on_written() {
    write_under_way_ = false;
    head_.clear();
    pieces_.clear();
    tail_ = {};
    if (phase_ == Phase::writing) {
        on_response_written();
        return;
    }
    deadline_ = Time::max();  // Of a stream: its owner writes when there is news.
    if (ending_) end_stream();
}

void HttpConnection::on_response_written() {
    if (keep_alive_) {
        phase_ = Phase::idle;
        set_deadline(loop_.shared().options.idle_timeout);
        process();
        return;
    }
    if (input_ended_ || loop_.stopping()) {
        transport_.finish();
        close();
        return;
    }
    linger();
}

void HttpConnection::linger() {
    phase_ = Phase::lingering;
    input_ = std::string();
    set_deadline(kLingerTimeout);
    transport_.finish();
    wait_readable();
}

}  // namespace muster
