// Tokens, local requests, origins: each rule is a function.
//
// Pure but for the rules held; any thread.
#include "muster/serve/access.hpp"

#include <algorithm>
#include <array>

#include "muster/io/http/problem.hpp"
#include "muster/io/http/secret_compare.hpp"

namespace muster {

namespace {

constexpr std::string_view kScheme = "Bearer";

/// What proxies add of whom they speak for.
constexpr std::array<std::string_view, 4> kProxyHeaders = {"Forwarded", "X-Forwarded-For",
                                                           "X-Real-IP", "Via"};

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "localhost:6878" -> "localhost", "[::1]:6878" -> "::1".
std::string_view host_of(std::string_view authority) noexcept {
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
    }
    return authority.substr(0, authority.find(':'));
}

bool means_this_machine(std::string_view authority) noexcept {
    const std::string_view host = host_of(authority);
    if (same_token(host, "localhost") || host == "::1") return true;
    // Every address 127.x.y.z, but no name that begins so: "127.evil.example".
    const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return numeric && host.starts_with("127.");
}

std::optional<std::string_view> token_of(const HttpRequest& request) noexcept {
    const auto header = request.header("Authorization");
    if (!header || header->size() <= kScheme.size()) return std::nullopt;
    if (!same_token(header->substr(0, kScheme.size()), kScheme)) return std::nullopt;
    if ((*header)[kScheme.size()] != ' ') return std::nullopt;
    return trimmed(header->substr(kScheme.size()));
}

HttpResponse unauthorized(std::string_view challenge, std::string_view detail) {
    auto response = problem_response(401, "unauthorized", detail);
    response.headers.push_back({"WWW-Authenticate", std::string(challenge)});
    return response;
}

HttpResponse forbidden(std::string_view detail) {
    return problem_response(403, "forbidden", detail);
}

}  // namespace

Result<void> check_token(std::string_view token) {
    const bool visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
    if (!token.empty() && visible) return {};
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "a token is one word of letters, digits and signs");
}

Result<void> check_origin(std::string_view origin) {
    if (origin == "*") return {};
    const auto scheme = origin.find("://");
    const bool plain = std::ranges::all_of(origin, [](char c) { return c > ' ' && c < 0x7f; });
    if (plain && scheme != std::string_view::npos && scheme > 0) {
        const std::string_view host = origin.substr(scheme + 3);
        if (!host.empty() && host.find_first_of("/?#,") == std::string_view::npos) return {};
    }
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "an origin is SCHEME://HOST[:PORT] without a path, or *");
}

bool is_local(const HttpRequest& request) noexcept {
    if (!request.peer_is_loopback) return false;
    const bool through_proxy = std::ranges::any_of(
        kProxyHeaders, [&](std::string_view name) { return request.header(name).has_value(); });
    const auto host = request.header("Host");
    return !through_proxy && host && means_this_machine(trimmed(*host));
}

bool Access::set_token(std::string token) {
    const std::lock_guard lock(mutex_);
    if (same_secret(token, token_)) return false;
    token_ = std::move(token);
    return true;
}

std::string Access::token() const {
    const std::lock_guard lock(mutex_);
    return token_;
}

bool Access::shows(const HttpRequest& request, const std::string& token) noexcept {
    const auto shown = token_of(request);
    return shown && !token.empty() && same_secret(*shown, token);
}

std::optional<HttpResponse> Access::refuse(const HttpRequest& request, bool open) const {
    const std::string token = this->token();
    if (token.empty() || shows(request, token)) return std::nullopt;
    // Who shows a wrong token learns so, wherever it is: it is a mistake of its configuration.
    if (token_of(request)) {
        return unauthorized("Bearer realm=\"muster\", error=\"invalid_token\"",
                            "wrong token: send the one that `muster serve` was given with "
                            "--auth-token-file");
    }
    if (open || is_local(request)) return std::nullopt;
    return unauthorized("Bearer realm=\"muster\"",
                        "no token: send the field Authorization: Bearer TOKEN");
}

std::optional<HttpResponse> Access::refuse_write(const HttpRequest& request) const {
    const std::string token = this->token();
    if (shows(request, token)) return std::nullopt;
    if (!is_local(request)) {
        if (!token.empty()) {
            return unauthorized("Bearer realm=\"muster\"",
                                "no token: send the field Authorization: Bearer TOKEN");
        }
        return forbidden(
            "changes are taken from this machine only, by a local address: ask there, or give "
            "`muster serve` a token with --auth-token-file");
    }
    // A page of somewhere else, open in a browser on this machine, asks with its own origin.
    const auto origin = request.header("Origin");
    if (!origin || allows_origin(*origin)) return std::nullopt;
    const auto scheme = origin->find("://");
    if (scheme != std::string_view::npos && means_this_machine(origin->substr(scheme + 3))) {
        return std::nullopt;
    }
    return forbidden("changes are not taken from web pages of " + std::string(*origin) +
                     ": allow it with --cors-origin");
}

bool Access::allows_origin(std::string_view origin) const noexcept {
    return std::ranges::any_of(cors_origins_, [&](const std::string& allowed) {
        return allowed == "*" || same_token(allowed, origin);
    });
}

bool Access::is_preflight(const HttpRequest& request) const noexcept {
    return !cors_origins_.empty() && request.method == HttpMethod::options &&
           request.header("Origin") && request.header("Access-Control-Request-Method");
}

HttpResponse Access::preflight(const HttpRequest& request, std::string_view methods) const {
    HttpResponse response;
    response.status = 204;
    const auto origin = request.header("Origin");
    if (!origin || !allows_origin(*origin)) return response;
    response.headers.push_back({"Access-Control-Allow-Methods", std::string(methods)});
    response.headers.push_back(
        {"Access-Control-Allow-Headers",
         "Authorization, Content-Type, If-None-Match, Last-Event-ID, Cache-Control"});
    response.headers.push_back({"Access-Control-Max-Age", "600"});
    return response;
}

std::vector<HttpHeader> Access::cors_headers(const HttpRequest& request) const {
    if (cors_origins_.empty()) return {};
    // Also where it is not allowed: a cache must not give one origin's answer to another.
    std::vector<HttpHeader> headers = {{"Vary", "Origin"}};
    const auto origin = request.header("Origin");
    if (!origin || !allows_origin(*origin)) return headers;
    headers.push_back({"Access-Control-Allow-Origin", std::string(*origin)});
    headers.push_back({"Access-Control-Expose-Headers", "ETag, Allow, WWW-Authenticate"});
    return headers;
}

}  // namespace muster
