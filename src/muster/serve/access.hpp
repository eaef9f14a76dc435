// Access: who may ask what, and which web pages may read the answers.
//
// Place in the data path: before any path is looked at. Without a token everybody who reaches the
// address may read; who writes must be on this machine and mean this machine (a local `Host`, so
// that a web page that makes its own name point here (DNS rebinding) may not). With a token whoever
// is not local must show it, for all but the health of the process and the files of the live page,
// which tell nothing of the fleet.
// Any thread. Only the token may change, and does so between two requests.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/io/http/http_message.hpp"

namespace muster {

struct AccessRules {
    std::string token;  ///< Empty: none is asked for.
    /// Origins ("https://host[:port]") whose pages may read what we answer; "*" is any. Empty: none
    /// may (CORS is off).
    std::vector<std::string> cors_origins;
};

/// A token that can be sent in a header: visible ASCII. Fails (bad_input) in a few words.
[[nodiscard]] Result<void> check_token(std::string_view token);
/// "*" or SCHEME://HOST[:PORT]. Fails (bad_input) in a few words.
[[nodiscard]] Result<void> check_origin(std::string_view origin);

class Access {
public:
    explicit Access(AccessRules rules)
        : token_(std::move(rules.token)), cors_origins_(std::move(rules.cors_origins)) {}

    /// The token that is asked for from now on; empty: none. False: it is the same as before.
    bool set_token(std::string token);

    /// Whether the request shows that it is allowed at all; else the answer it gets. `open`: of
    /// the paths that need no token.
    [[nodiscard]] std::optional<HttpResponse> refuse(const HttpRequest& request, bool open) const;
    /// The same for a request that changes something. REQUIRES: refuse() gave nothing.
    [[nodiscard]] std::optional<HttpResponse> refuse_write(const HttpRequest& request) const;

    /// Whether the request asks for a browser what it may do (CORS), and we answer such questions.
    [[nodiscard]] bool is_preflight(const HttpRequest& request) const noexcept;
    /// `methods` as in Allow: "GET, HEAD".
    [[nodiscard]] HttpResponse preflight(const HttpRequest& request,
                                         std::string_view methods) const;
    /// What every answer to the request carries besides.
    [[nodiscard]] std::vector<HttpHeader> cors_headers(const HttpRequest& request) const;

private:
    [[nodiscard]] std::string token() const;
    [[nodiscard]] static bool shows(const HttpRequest& request, const std::string& token) noexcept;
    [[nodiscard]] bool allows_origin(std::string_view origin) const noexcept;

    mutable std::mutex mutex_;
    std::string token_;  // By mutex_.
    std::vector<std::string> cors_origins_;
};

/// Whether the request was made on this machine, for this machine: a loopback peer, a `Host` that
/// only this machine can mean, and no trace of a proxy, which would speak for others.
[[nodiscard]] bool is_local(const HttpRequest& request) noexcept;

}  // namespace muster
