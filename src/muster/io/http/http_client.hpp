// HttpClient asks one HTTP/1.1 server, one question at a time: how `muster get` reads a running
// `muster serve`.
//
// Blocking, with a deadline and a stop token; keeps its connection between questions. Belongs to
// one thread.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/http/http_message.hpp"

namespace muster {

/// Where a server is: the parts of `http://HOST[:PORT][/PREFIX]`.
struct HttpUrl {
    std::string host;    ///< A name or an address; IPv6 without its brackets.
    std::string port;    ///< "80" where the URL names none.
    std::string prefix;  ///< "" or "/PATH", without a slash at the end.

    /// "HOST:PORT", an IPv6 address in its brackets.
    [[nodiscard]] std::string authority() const;
    /// "http://HOST:PORT/PREFIX".
    [[nodiscard]] std::string to_text() const;
};

/// Fails (bad_input; unsupported for https) in a few words that do not repeat the text.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

class HttpClient {
public:
    /// Connects at the first question.
    explicit HttpClient(HttpUrl url);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// GETs prefix + `target`, which starts with '/'. The answer, whatever its status, has a body
    /// (perhaps an empty one). A connection that the server has ended meanwhile is made anew once.
    /// Fails with closed (refused, cut off), timeout, bad_input (no HTTP, body above 256 MiB), in a
    /// few words such as "connection refused": the caller knows what to do about it. When the stop
    /// is asked it fails with closed, "stopped".
    [[nodiscard]] Result<HttpResponse> get(const std::string& target, Duration patience,
                                           std::stop_token stop = {});

    [[nodiscard]] const HttpUrl& url() const noexcept { return url_; }

private:
    class Connection;
    [[nodiscard]] Result<HttpResponse> ask(const std::string& target, Duration patience,
                                           const std::stop_token& stop, bool& untouched);

    HttpUrl url_;
    std::unique_ptr<Connection> connection_;  // Null while not connected.
};

}  // namespace muster
