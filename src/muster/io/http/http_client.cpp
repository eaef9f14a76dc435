// The client over Beast, driven from one blocking call: the io_context runs until the answer is
// there, the deadline has passed or the stop was asked; after the latter two the connection is
// thrown away with all that was under way on it.
#include "muster/io/http/http_client.hpp"

// Before any of Boost: it decides how Asio and Beast are compiled, which must be the same in all
// files, or there are two of each error category.
#include "muster/io/http/beast/asio.hpp"

#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdint>
#include <optional>
#include <utility>

namespace muster {

namespace beast = boost::beast;

namespace {

// A view of the 100,000 workers that we accept takes some 60 MB; beyond this it is not ours.
constexpr std::uint64_t kBodyBytesMax = std::uint64_t{256} << 20;
constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;

Error error_of(error_code code) {
    if (code == asio::error::connection_refused) {
        return {ErrorKind::closed, ErrorOrigin::upstream, "connection refused"};
    }
    if (code == asio::error::host_not_found || code == asio::error::host_not_found_try_again) {
        return {ErrorKind::closed, ErrorOrigin::upstream, "no host of that name"};
    }
    if (code == beast::http::error::body_limit) {
        return {ErrorKind::bad_input, ErrorOrigin::upstream, "answer above 256 MiB"};
    }
    if (code == beast::http::error::end_of_stream || code == beast::http::error::partial_message ||
        code == asio::error::connection_reset || code == asio::error::eof ||
        code == asio::error::broken_pipe) {
        return {ErrorKind::closed, ErrorOrigin::upstream, "it ended the connection"};
    }
    if (code.category() ==
        beast::http::make_error_code(beast::http::error::bad_version).category()) {
        return {ErrorKind::bad_input, ErrorOrigin::upstream,
                "it does not speak HTTP (" + code.message() + ")"};
    }
    return {ErrorKind::closed, ErrorOrigin::upstream, code.message()};
}

HttpResponse response_of(beast::http::response<beast::http::string_body> answer) {
    HttpResponse response;
    response.status = answer.result_int();
    response.close = !answer.keep_alive();
    for (const auto& field : answer) {
        response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    response.content_type = std::string(answer[beast::http::field::content_type]);
    response.body = std::make_shared<const std::string>(std::move(answer.body()));
    return response;
}

}  // namespace

class HttpClient::Connection {
public:
    /// Asks and reads one answer; nothing if the io_context was stopped or ran out of time.
    std::optional<std::pair<error_code, HttpResponse>> exchange(const HttpUrl& url,
                                                                const std::string& target,
                                                                Duration patience,
                                                                const std::stop_token& stop);
    [[nodiscard]] bool used() const noexcept { return used_; }
    /// Whether any byte of the last answer came.
    [[nodiscard]] bool answered() const noexcept { return parser_ && parser_->got_some(); }

private:
    void connect(const HttpUrl& url);
    void send();
    void receive();
    void finish(error_code code) {
        code_ = code;
        done_ = true;
    }

    asio::io_context io_{1};
    asio::ip::tcp::resolver resolver_{io_};
    beast::tcp_stream stream_{io_};
    beast::flat_buffer buffer_;
    beast::http::request<beast::http::empty_body> request_;
    std::optional<beast::http::response_parser<beast::http::string_body>> parser_;
    error_code code_;
    bool done_ = false;
    bool used_ = false;
};

std::optional<std::pair<error_code, HttpResponse>> HttpClient::Connection::exchange(
    const HttpUrl& url, const std::string& target, Duration patience, const std::stop_token& stop) {
    request_ = {beast::http::verb::get, url.prefix + target, 11};
    request_.set(beast::http::field::host, url.authority());
    request_.set(beast::http::field::user_agent, "muster");
    request_.set(beast::http::field::accept, "application/json");
    parser_.emplace();
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
    io_.run_for(patience);
    if (!done_) return std::nullopt;
    if (code_) return std::pair(code_, HttpResponse{});
    return std::pair(code_, response_of(parser_->release()));
}

void HttpClient::Connection::connect(const HttpUrl& url) {
    resolver_.async_resolve(
        url.host, url.port, [this](error_code code, asio::ip::tcp::resolver::results_type found) {
            if (code) return finish(code);
            stream_.async_connect(found, [this](error_code failed, const auto&) {
                if (failed) return finish(failed);
                send();
            });
        });
}

void HttpClient::Connection::send() {
    beast::http::async_write(stream_, request_, [this](error_code code, std::size_t) {
        if (code) return finish(code);
        receive();
    });
}

void HttpClient::Connection::receive() {
    beast::http::async_read(stream_, buffer_, *parser_,
                            [this](error_code code, std::size_t) { finish(code); });
}

HttpClient::HttpClient(HttpUrl url) : url_(std::move(url)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::ask(const std::string& target, Duration patience,
                                     const std::stop_token& stop, bool& untouched) {
    if (!connection_) connection_ = std::make_unique<Connection>();
    const bool reused = connection_->used();
    auto outcome = connection_->exchange(url_, target, patience, stop);
    if (outcome && !outcome->first) {
        if (outcome->second.close) connection_.reset();
        return std::move(outcome->second);
    }
    untouched = reused && outcome && !connection_->answered();
    connection_.reset();
    if (outcome) return std::unexpected(error_of(outcome->first));
    if (stop.stop_requested()) return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
    return fail(ErrorKind::timeout, ErrorOrigin::upstream, "no answer in time");
}

Result<HttpResponse> HttpClient::get(const std::string& target, Duration patience,
                                     std::stop_token stop) {
    bool untouched = false;
    auto answer = ask(target, patience, stop, untouched);
    // The server may end an idle connection at any moment; a GET may be asked twice.
    if (!answer && untouched) answer = ask(target, patience, stop, untouched);
    return answer;
}

}  // namespace muster
