// HttpClient asks one HTTP/1.1 server, with TLS or without, one question at a time: how `muster
// get` reads a running `muster serve`.
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
#include "muster/io/http/tls_files.hpp"

namespace muster {

/// Where a server is: the parts of `http[s]://HOST[:PORT][/PREFIX]`.
struct HttpUrl {
    std::string host;    ///< A name or an address; IPv6 without its brackets.
    std::string port;    ///< "80" or "443" where the URL names none.
    std::string prefix;  ///< "" or "/PATH", without a slash at the end.
    bool tls = false;    ///< https

    /// "HOST:PORT", an IPv6 address in its brackets.
    [[nodiscard]] std::string authority() const;
    /// "http://HOST:PORT/PREFIX", "https://...".
    [[nodiscard]] std::string to_text() const;
};

/// Fails (bad_input) in a few words that do not repeat the text.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

struct HttpClientOptions {
    TlsClientFiles tls;  ///< Read at the first question; only for https.
    /// Sent with every question (`Authorization: Bearer`); empty: none is.
    std::string token;
};

/// What is asked, but for where.
struct HttpQuestion {
    HttpMethod method = HttpMethod::get;  ///< get, put, post or del.
    std::string target;                   ///< Starts with '/'.
    std::string json;                     ///< The body; empty: none.
};

class HttpClient {
public:
    /// Connects at the first question.
    explicit HttpClient(HttpUrl url, HttpClientOptions options = {});
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// Asks for prefix + target. The answer, whatever its status, has a body (perhaps an empty
    /// one). A connection that the server has ended meanwhile is made anew once (all that we ask
    /// may be asked twice).
    /// Fails with closed (refused, cut off), timeout, bad_input (no HTTP, body above 256 MiB; no
    /// TLS), unsupported (a certificate that one of the two does not trust, or a file of ours), in
    /// a few words such as "connection refused": the caller knows what to do about it. When the
    /// stop is asked it fails with closed, "stopped".
    [[nodiscard]] Result<HttpResponse> ask(const HttpQuestion& question, Duration patience,
                                           const std::stop_token& stop = {});
    /// The same for a GET.
    [[nodiscard]] Result<HttpResponse> get(const std::string& target, Duration patience,
                                           const std::stop_token& stop = {}) {
        return ask({.method = HttpMethod::get, .target = target, .json = {}}, patience, stop);
    }

    [[nodiscard]] const HttpUrl& url() const noexcept { return url_; }

private:
    class Connection;
    [[nodiscard]] Result<HttpResponse> ask_once(const std::string& request, Duration patience,
                                                const std::stop_token& stop, bool& untouched);
    [[nodiscard]] std::string request_text(const HttpQuestion& question) const;

    HttpUrl url_;
    HttpClientOptions options_;
    std::unique_ptr<Connection> connection_;  // Null while not connected.
};

}  // namespace muster
