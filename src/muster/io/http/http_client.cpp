// The client over a socket that does not block, driven from one blocking call: the io_context runs
// until the answer is there, the deadline has passed or the stop was asked; after the latter two
// the connection is thrown away with all that was under way on it. Beast only parses.
#include "muster/io/http/http_client.hpp"

#include <array>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "muster/io/http/beast/asio.hpp"
#include "muster/io/http/beast/http_transport.hpp"

namespace muster {

namespace http = boost::beast::http;

namespace {

using Kind = StreamStep::Kind;

// A view of the 100,000 workers that we accept takes some 60 MB; beyond this it is not ours.
constexpr std::uint64_t kBodyBytesMax = std::uint64_t{256} << 20;
constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;
// Read at once.
constexpr std::size_t kScratchBytes = 64 * 1024;

Error upstream(ErrorKind kind, std::string what) {
    return {kind, ErrorOrigin::upstream, std::move(what)};
}

Error error_of(error_code code) {
    if (code == asio::error::connection_refused) {
        return upstream(ErrorKind::closed, "connection refused");
    }
    if (code == asio::error::host_not_found || code == asio::error::host_not_found_try_again) {
        return upstream(ErrorKind::closed, "no host of that name");
    }
    if (code == http::error::body_limit) {
        return upstream(ErrorKind::bad_input, "answer above 256 MiB");
    }
    if (code == http::error::end_of_stream || code == http::error::partial_message ||
        code == asio::error::connection_reset || code == asio::error::eof ||
        code == asio::error::broken_pipe) {
        return upstream(ErrorKind::closed, "it ended the connection");
    }
    if (code.category() == http::make_error_code(http::error::bad_version).category()) {
        return upstream(ErrorKind::bad_input, "it does not speak HTTP (" + code.message() + ")");
    }
    return upstream(ErrorKind::closed, code.message());
}

HttpResponse response_of(http::response<http::string_body> answer) {
    HttpResponse response;
    response.status = answer.result_int();
    response.close = !answer.keep_alive();
    for (const auto& field : answer) {
        response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    response.content_type = std::string(answer[http::field::content_type]);
    response.body = std::make_shared<const std::string>(std::move(answer.body()));
    return response;
}

std::string_view name_of(HttpMethod method) noexcept {
    switch (method) {
        case HttpMethod::put: return "PUT";
        case HttpMethod::post: return "POST";
        case HttpMethod::del: return "DELETE";
        default: return "GET";
    }
}

}  // namespace

class HttpClient::Connection {
public:
    explicit Connection(std::shared_ptr<const TlsContext> tls) : tls_(std::move(tls)) {}

    /// Asks and reads one answer; nothing if the io_context was stopped or ran out of time.
    std::optional<Result<HttpResponse>> exchange(const HttpUrl& url, const std::string& request,
                                                 Duration patience, const std::stop_token& stop);
    [[nodiscard]] bool used() const noexcept { return used_; }
    /// Whether any byte of the last answer came.
    [[nodiscard]] bool answered() const noexcept { return parser_ && parser_->got_some(); }

private:
    void connect(const HttpUrl& url);
    void try_endpoint(std::size_t index);
    void shake_hands();
    void send();
    void receive();
    /// True if the act is to be tried again once the socket is ready, or cannot go on.
    bool put_off(const StreamStep& step, void (Connection::*then)());
    void on_end();
    void finish(error_code code) { finish(error_of(code)); }
    void finish(std::optional<Error> error) {
        error_ = std::move(error);
        done_ = true;
    }

    std::shared_ptr<const TlsContext> tls_;  // Null for http.
    asio::io_context io_{1};
    asio::ip::tcp::resolver resolver_{io_};
    std::vector<asio::ip::tcp::endpoint> endpoints_;
    HttpTransport transport_{asio::ip::tcp::socket(io_), nullptr};
    std::string host_;
    std::string request_;
    std::size_t sent_ = 0;
    std::string scratch_ = std::string(kScratchBytes, '\0');
    std::string input_;  // Received and not parsed yet.
    std::optional<http::response_parser<http::string_body>> parser_;
    std::optional<Error> error_;
    bool done_ = false;
    bool used_ = false;
};

std::optional<Result<HttpResponse>> HttpClient::Connection::exchange(const HttpUrl& url,
                                                                     const std::string& request,
                                                                     Duration patience,
                                                                     const std::stop_token& stop) {
    request_ = request;
    sent_ = 0;
    parser_.emplace();
    parser_->eager(true);
    parser_->body_limit(kBodyBytesMax);
    parser_->header_limit(kHeaderBytesMax);
    done_ = false;
    if (used_)
        send();
    else
        connect(url);
    used_ = true;
    // In this order: a stop that was asked before, or comes between, must not be undone by restart.
    io_.restart();
    const std::stop_callback on_stop(stop, [this] { io_.stop(); });
    if (!done_) io_.run_for(patience);
    if (!done_) return std::nullopt;
    if (error_) return Result<HttpResponse>(std::unexpected(*error_));
    return Result<HttpResponse>(response_of(parser_->release()));
}

void HttpClient::Connection::connect(const HttpUrl& url) {
    host_ = url.host;
    resolver_.async_resolve(url.host, url.port,
                            [this](error_code code, asio::ip::tcp::resolver::results_type found) {
                                if (code) return finish(code);
                                for (const auto& entry : found)
                                    endpoints_.push_back(entry.endpoint());
                                try_endpoint(0);
                            });
}

/// One address after the other; the last one's failure is told.
void HttpClient::Connection::try_endpoint(std::size_t index) {
    asio::ip::tcp::socket& socket = transport_.socket();
    error_code ignored;
    socket.close(ignored);
    socket.async_connect(endpoints_[index], [this, index](error_code code) {
        if (code && index + 1 < endpoints_.size()) return try_endpoint(index + 1);
        if (code) return finish(code);
        error_code trouble;
        transport_.socket().non_blocking(true, trouble);
        transport_.socket().set_option(asio::ip::tcp::no_delay(true), trouble);
        if (tls_ != nullptr) transport_.begin_tls(tls_, host_);
        shake_hands();
    });
}

bool HttpClient::Connection::put_off(const StreamStep& step, void (Connection::*then)()) {
    switch (step.kind) {
        case Kind::done: return false;
        case Kind::wait_read:
        case Kind::wait_write:
            transport_.socket().async_wait(step.kind == Kind::wait_read
                                               ? asio::ip::tcp::socket::wait_read
                                               : asio::ip::tcp::socket::wait_write,
                                           [this, then](error_code code) {
                                               if (code) return finish(code);
                                               (this->*then)();
                                           });
            return true;
        case Kind::ended: on_end(); return true;
        case Kind::failed: break;
    }
    const TlsStream* const tls = transport_.tls();
    if (tls == nullptr)
        finish(transport_.error());
    else if (tls->certificate_failed())
        finish(upstream(ErrorKind::unsupported, tls->failure()));
    else if (tls->peer_spoke_no_tls())
        finish(upstream(ErrorKind::bad_input, tls->failure()));
    else
        finish(upstream(ErrorKind::closed, tls->failure()));
    return true;
}

void HttpClient::Connection::shake_hands() {
    if (!put_off(transport_.handshake(), &Connection::shake_hands)) send();
}

void HttpClient::Connection::send() {
    while (sent_ < request_.size()) {
        const std::array<asio::const_buffer, 1> rest = {asio::buffer(request_) + sent_};
        const auto step = transport_.write_some(rest);
        // A server that refuses us may say why before it ends the connection.
        if (step.kind == Kind::failed && sent_ == 0 && transport_.encrypted()) return receive();
        if (put_off(step, &Connection::send)) return;
        sent_ += step.bytes;
    }
    receive();
}

void HttpClient::Connection::receive() {
    for (;;) {
        const auto step = transport_.read_some(scratch_);
        if (put_off(step, &Connection::receive)) return;
        input_.append(scratch_, 0, step.bytes);
        error_code code;
        std::size_t used = 0;
        while (!code && !parser_->is_done() && used < input_.size()) {
            used += parser_->put(asio::buffer(input_.data() + used, input_.size() - used), code);
        }
        input_.erase(0, used);
        if (code && code != http::error::need_more) return finish(code);
        if (parser_->is_done()) return finish(std::nullopt);
    }
}

/// Without a length, the end of the connection is the end of the answer.
void HttpClient::Connection::on_end() {
    if (!parser_->got_some()) return finish(error_code(asio::error::eof));
    error_code code;
    parser_->put_eof(code);
    if (code) return finish(code);
    finish(std::nullopt);
}

HttpClient::HttpClient(HttpUrl url, HttpClientOptions options)
    : url_(std::move(url)), options_(std::move(options)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

std::string HttpClient::request_text(const HttpQuestion& question) const {
    std::string text(name_of(question.method));
    const auto add = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    text.append(" ").append(url_.prefix).append(question.target).append(" HTTP/1.1\r\n");
    add("Host", url_.authority());
    add("User-Agent", "muster");
    add("Accept", "application/json");
    if (!options_.token.empty()) add("Authorization", "Bearer " + options_.token);
    if (!question.json.empty()) add("Content-Type", "application/json");
    if (!question.json.empty() || question.method != HttpMethod::get) {
        add("Content-Length", std::to_string(question.json.size()));
    }
    text += "\r\n";
    return text + question.json;
}

Result<HttpResponse> HttpClient::ask_once(const std::string& request, Duration patience,
                                          const std::stop_token& stop, bool& untouched) {
    if (!connection_) {
        std::shared_ptr<const TlsContext> tls;
        if (url_.tls) {
            auto made = TlsContext::for_client(options_.tls);
            if (!made) return fail(ErrorKind::unsupported, ErrorOrigin::client, made.error().what);
            tls = std::move(*made);
        }
        connection_ = std::make_unique<Connection>(std::move(tls));
    }
    const bool reused = connection_->used();
    auto outcome = connection_->exchange(url_, request, patience, stop);
    if (outcome && *outcome) {
        if ((*outcome)->close) connection_.reset();
        return std::move(*outcome);
    }
    untouched = reused && outcome && !connection_->answered();
    connection_.reset();
    if (outcome) return std::unexpected(std::move(outcome->error()));
    if (stop.stop_requested()) return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
    return fail(ErrorKind::timeout, ErrorOrigin::upstream, "no answer in time");
}

Result<HttpResponse> HttpClient::ask(const HttpQuestion& question, Duration patience,
                                     const std::stop_token& stop) {
    const std::string request = request_text(question);
    bool untouched = false;
    auto answer = ask_once(request, patience, stop, untouched);
    // The server may end an idle connection at any moment.
    if (!answer && untouched) answer = ask_once(request, patience, stop, untouched);
    return answer;
}

}  // namespace muster
