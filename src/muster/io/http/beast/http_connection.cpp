// One client's socket, the way in: reads without blocking, lets Beast parse, hands requests over.
// The way out is http_connection_output.cpp.
//
// Sockets are waited for and then read directly: an idle connection holds no buffer. Everything
// here runs on the loop's thread; only PendingReply is called from others.
#include "muster/io/http/beast/http_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string_view>
#include <utility>

#include "muster/io/http/problem.hpp"

namespace muster {

namespace http = boost::beast::http;

namespace {

/// Bytes of further requests kept while one is answered; then TCP holds the client back.
constexpr std::size_t kPipelinedBytesMax = 64 * 1024;
/// Pipelined requests answered before other connections get their turn.
constexpr unsigned kRequestsPerTurn = 16;
/// Input buffers above this are given back between two requests.
constexpr std::size_t kInputKept = 4 * 1024;

/// What HttpStream holds. The loop's thread only.
class ConnectionStream final : public HttpStreamSink {
public:
    ConnectionStream(std::shared_ptr<HttpLoopGate> gate, std::weak_ptr<HttpConnection> connection,
                     std::uint64_t serial)
        : gate_(std::move(gate)), connection_(std::move(connection)), serial_(serial) {}

    bool ready() const override {
        const auto alive = connection_.lock();
        return alive && alive->stream_ready(serial_);
    }
    void write(HttpPieces pieces) override {
        if (const auto alive = connection_.lock()) alive->stream_write(serial_, std::move(pieces));
    }
    void end() override {
        if (const auto alive = connection_.lock()) alive->stream_end(serial_);
    }
    void watch(std::function<void()> ready, std::function<void()> gone) override {
        if (const auto alive = connection_.lock()) {
            alive->stream_watch(serial_, std::move(ready), std::move(gone));
        } else {
            gate_->post(std::move(gone));
        }
    }

private:
    std::shared_ptr<HttpLoopGate> gate_;
    std::weak_ptr<HttpConnection> connection_;
    std::uint64_t serial_;
};

/// What HttpReply holds: finds its way back to the loop, or learns that nobody waits any more.
class PendingReply final : public HttpReplySink {
public:
    PendingReply(std::shared_ptr<HttpLoopGate> gate, std::weak_ptr<HttpConnection> connection,
                 std::uint64_t serial)
        : gate_(std::move(gate)), connection_(std::move(connection)), serial_(serial) {}

    // The connection is locked on the loop's thread only: its last owner must not be elsewhere.
    void respond(HttpResponse response) override {
        if (gate_->on_loop()) {
            if (const auto alive = connection_.lock()) alive->respond(serial_, std::move(response));
            return;
        }
        gate_->post([weak = connection_, serial = serial_, answer = std::move(response)]() mutable {
            if (const auto alive = weak.lock()) alive->respond(serial, std::move(answer));
        });
    }
    void watch_gone(std::function<void()> gone) override {
        if (const auto alive = connection_.lock()) alive->watch_gone(serial_, std::move(gone));
    }
    std::unique_ptr<HttpStreamSink> stream(HttpResponse head) override {
        if (const auto alive = connection_.lock()) alive->begin_stream(serial_, std::move(head));
        return std::make_unique<ConnectionStream>(gate_, connection_, serial_);
    }

private:
    std::shared_ptr<HttpLoopGate> gate_;
    std::weak_ptr<HttpConnection> connection_;
    std::uint64_t serial_;
};

HttpMethod method_of(http::verb verb) noexcept {
    switch (verb) {
        case http::verb::get: return HttpMethod::get;
        case http::verb::head: return HttpMethod::head;
        case http::verb::post: return HttpMethod::post;
        case http::verb::put: return HttpMethod::put;
        case http::verb::delete_: return HttpMethod::del;
        case http::verb::options: return HttpMethod::options;
        default: return HttpMethod::other;
    }
}

/// The path and query of a target in origin or absolute form; empty for any other.
std::string_view origin_form(std::string_view target) noexcept {
    if (target.starts_with('/')) return target;
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto name = target.substr(0, scheme);
    if (!same_token(name, "http") && !same_token(name, "https")) return {};
    const auto path = target.find('/', scheme + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

struct HttpRequestParser : http::request_parser<http::string_body, std::allocator<char>> {};

HttpConnection::HttpConnection(HttpLoopThread& loop, asio::ip::tcp::socket socket)
    : loop_(loop), transport_(std::move(socket), loop.shared().tls()) {
    error_code ignored;  // A socket that died meanwhile says so at the first read.
    asio::ip::tcp::socket& raw = transport_.socket();
    (void)raw.non_blocking(true, ignored);
    (void)raw.set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto peer = raw.remote_endpoint(ignored).address();
    peer_is_loopback_ =
        peer.is_loopback() ||
        (peer.is_v6() && peer.to_v6().is_v4_mapped() &&
         asio::ip::make_address_v4(asio::ip::v4_mapped, peer.to_v6()).is_loopback());
}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start() {
    if (transport_.encrypted()) {
        phase_ = Phase::shaking_hands;
        set_deadline(loop_.shared().options.request_timeout);
        shake_hands();
        return;
    }
    set_deadline(loop_.shared().options.idle_timeout);
    wait_readable();
}

void HttpConnection::shake_hands() {
    if (phase_ != Phase::shaking_hands) return;
    const StreamStep step = transport_.handshake();
    switch (step.kind) {
        case StreamStep::Kind::wait_read:
        case StreamStep::Kind::wait_write:
            wait_for(step.kind, &HttpConnection::shake_hands);
            return;
        case StreamStep::Kind::done:
            phase_ = Phase::idle;
            set_deadline(loop_.shared().options.idle_timeout);
            wait_readable();
            return;
        case StreamStep::Kind::ended:
        case StreamStep::Kind::failed: on_handshake_failed(); return;
    }
}

/// OpenSSL has told the client why; who spoke HTTP to us is told in its own words.
void HttpConnection::on_handshake_failed() {
    ++loop_.shared().failed_handshakes;
    const bool spoke_http = transport_.tls()->peer_spoke_http();
    transport_.drop_tls();
    if (spoke_http) {
        refuse(400, "tls-needed", "this address speaks TLS: ask it with https://");
    } else {
        linger();
    }
}

void HttpConnection::wait_for(StreamStep::Kind kind, void (HttpConnection::*then)()) {
    const auto readiness = kind == StreamStep::Kind::wait_read ? asio::ip::tcp::socket::wait_read
                                                               : asio::ip::tcp::socket::wait_write;
    transport_.socket().async_wait(readiness, [self = shared_from_this(), then](error_code error) {
        if (self->phase_ == Phase::closed) return;
        if (error)
            self->close();
        else
            (self.get()->*then)();
    });
}

void HttpConnection::set_deadline(Duration from_now) {
    deadline_ = loop_.shared().clock->now() + from_now;
}

void HttpConnection::check_deadline(Time now) {
    if (now < deadline_ || phase_ == Phase::closed) return;
    if (phase_ != Phase::lingering) ++loop_.shared().timed_out;
    if (phase_ == Phase::receiving) {
        refuse(408, "request-timeout", "the request did not arrive in time: send it at once");
    } else {
        close();
    }
}

void HttpConnection::begin_stop() {
    keep_alive_ = false;
    if (phase_ == Phase::streaming) {
        stream_end(serial_);
    } else if (phase_ != Phase::handling && phase_ != Phase::writing) {
        close();
    }
}

void HttpConnection::close() {
    if (phase_ == Phase::closed) return;
    const auto self = shared_from_this();  // forget() may drop the last other owner.
    const bool streamed = std::exchange(phase_, Phase::closed) == Phase::streaming;
    error_code ignored;
    (void)transport_.socket().close(ignored);
    loop_.forget(self);
    ready_ = nullptr;
    pieces_.clear();
    auto gone = std::exchange(gone_, nullptr);
    if (gone == nullptr) return;
    // A stream's owner may be within write(), and must not lose the stream there.
    if (streamed)
        loop_.post(std::move(gone));
    else
        gone();
}

void HttpConnection::wait_readable() {
    if (waiting_readable_ || input_ended_ || phase_ == Phase::closed) return;
    const std::size_t bound =
        std::max(kPipelinedBytesMax, loop_.shared().options.header_bytes_max + 1);
    if (input_.size() >= bound && phase_ != Phase::lingering) return;
    waiting_readable_ = true;
    wait_for(StreamStep::Kind::wait_read, &HttpConnection::read);
}

void HttpConnection::read() {
    waiting_readable_ = false;
    const StreamStep step = transport_.read_some(loop_.scratch());
    switch (step.kind) {
        case StreamStep::Kind::done:
            if (phase_ == Phase::lingering) {
                wait_readable();
                return;
            }
            input_.append(loop_.scratch(), 0, step.bytes);
            process();
            return;
        case StreamStep::Kind::wait_read: wait_readable(); return;
        case StreamStep::Kind::wait_write:
            waiting_readable_ = true;
            wait_for(step.kind, &HttpConnection::read);
            return;
        case StreamStep::Kind::ended: on_end_of_input(); return;
        case StreamStep::Kind::failed: close(); return;
    }
}

void HttpConnection::on_end_of_input() {
    input_ended_ = true;
    if (phase_ == Phase::handling || phase_ == Phase::streaming || phase_ == Phase::lingering) {
        close();
    } else {
        process();
    }
}

void HttpConnection::process() {
    if (processing_) return;
    processing_ = true;
    for (unsigned turn = 0; phase_ == Phase::idle || phase_ == Phase::receiving; ++turn) {
        if (turn == kRequestsPerTurn) {
            asio::post(loop_.context(), [self = shared_from_this()] { self->process(); });
            break;
        }
        if (!parse_one()) break;
    }
    processing_ = false;
    const bool incomplete = phase_ == Phase::receiving || (phase_ == Phase::idle && input_.empty());
    if (input_ended_ && incomplete) {
        close();
        return;
    }
    if (phase_ == Phase::idle && input_.empty() && input_.capacity() > kInputKept) {
        input_ = std::string();
    }
    wait_readable();
}

void HttpConnection::new_parser() {
    const HttpServerOptions& options = loop_.shared().options;
    parser_ = std::make_unique<HttpRequestParser>();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
    parser_->body_limit(options.body_bytes_max);
    continue_sent_ = false;
}

/// True if a request was taken (and perhaps answered) or refused, false if bytes are missing.
bool HttpConnection::parse_one() {
    // RFC 9112 2.2: empty lines before a request are passed over.
    if (phase_ == Phase::idle) input_.erase(0, input_.find_first_not_of("\r\n"));
    if (input_.empty()) return false;
    if (parser_ == nullptr) new_parser();
    if (phase_ == Phase::idle) {
        phase_ = Phase::receiving;
        set_deadline(loop_.shared().options.request_timeout);
    }
    error_code error;
    std::size_t used = 0;
    while (!error && !parser_->is_done() && used < input_.size()) {
        used += parser_->put(asio::buffer(input_.data() + used, input_.size() - used), error);
    }
    input_.erase(0, used);
    if (error == http::error::header_limit) {
        refuse(431, "header-too-large", "the header is too large: send fewer or shorter fields");
    } else if (error == http::error::body_limit) {
        refuse(413, "body-too-large", "the body is too large: send less");
    } else if (error == http::error::bad_version) {
        refuse(505, "http-version", "only HTTP/1.0 and HTTP/1.1 are spoken here");
    } else if (error && error != http::error::need_more) {
        refuse(400, "bad-request", "this is no HTTP request (" + error.message() + ")");
    } else if (parser_->is_done()) {
        dispatch();
    } else {
        answer_continue();
        return false;
    }
    return true;
}

/// A client that asked whether to send its body is told yes: it is known to be small enough.
void HttpConnection::answer_continue() {
    if (continue_sent_ || !parser_->is_header_done()) return;
    const auto& fields = parser_->get();
    const auto expect = fields[http::field::expect];
    if (!same_token(std::string_view(expect.data(), expect.size()), "100-continue")) return;
    continue_sent_ = true;
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // Nothing else is being written, so 25 bytes fit or the peer is gone.
    const std::array<asio::const_buffer, 1> all = {asio::buffer(kContinue)};
    (void)transport_.write_some(all);
}

void HttpConnection::dispatch() {
    const auto message = parser_->release();
    parser_.reset();
    const auto target = origin_form({message.target().data(), message.target().size()});
    if (target.empty()) {
        refuse(400, "bad-request", "the request's target must begin with /");
        return;
    }
    if (message.version() >= 11 && message.count(http::field::host) != 1) {
        refuse(400, "bad-request", "an HTTP/1.1 request has exactly one Host field");
        return;
    }
    HttpRequest request;
    request.method = method_of(message.method());
    request.method_name.assign(message.method_string().data(), message.method_string().size());
    request.target = target;
    for (const auto& field : message) {
        request.headers.push_back(
            {std::string(field.name_string().data(), field.name_string().size()),
             std::string(field.value().data(), field.value().size())});
    }
    request.body = message.body();
    request.peer_is_loopback = peer_is_loopback_;
    keep_alive_ = message.keep_alive() && !loop_.stopping();
    head_request_ = request.method == HttpMethod::head;
    old_client_ = message.version() < 11;
    phase_ = Phase::handling;
    deadline_ = Time::max();  // The handler's affair; it always answers.
    ++serial_;
    ++loop_.shared().requests;
    loop_.handler().handle(std::move(request), HttpReply(std::make_shared<PendingReply>(
                                                   loop_.gate(), weak_from_this(), serial_)));
}

void HttpConnection::refuse(unsigned status, std::string_view type, std::string_view detail) {
    parser_.reset();
    input_.clear();
    keep_alive_ = false;
    head_request_ = false;
    begin_response(problem_response(status, type, detail));
}

void HttpConnection::respond(std::uint64_t serial, HttpResponse response) {
    if (phase_ != Phase::handling || serial != serial_) return;
    begin_response(std::move(response));
}

void HttpConnection::watch_gone(std::uint64_t serial, std::function<void()> gone) {
    if (phase_ == Phase::handling && serial == serial_) gone_ = std::move(gone);
}

}  // namespace muster
