// The address of a server, taken apart. Pure; any thread.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "muster/io/http/http_client.hpp"

namespace muster {
namespace {

/// A number in its only spelling: an engine is known by its port's text.
bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && !text.starts_with('0');
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Names, and addresses with their colons and zone; what else would be asked of a name server.
bool is_host(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == ':' || c == '%';
    });
}

std::unexpected<Error> bad_url(const char* what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, what);
}

}  // namespace

std::string HttpUrl::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + port;
}

std::string HttpUrl::to_text() const {
    return (tls ? "https://" : "http://") + authority() + prefix;
}

Result<HttpUrl> parse_http_url(std::string_view text) {
    const bool tls = text.starts_with("https://");
    if (!tls && !text.starts_with("http://")) {
        return bad_url("it does not start with http:// or https://");
    }
    if (!is_plain(text)) return bad_url("it holds a blank or a control character");
    text.remove_prefix(text.find("://") + 3);
    const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
    std::string_view path = text.substr(authority.size());
    if (path.find_first_of("?#") != std::string_view::npos) {
        return bad_url("it has a query, where only an address belongs");
    }
    if (authority.find('@') != std::string_view::npos) {
        return bad_url("it names a user, which this server does not know");
    }
    while (path.ends_with('/')) path.remove_suffix(1);

    HttpUrl url{"", tls ? "443" : "80", std::string(path), tls};
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return bad_url("its [ has no ]");
        url.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
    } else {
        url.host = authority.substr(0, authority.find(':'));
        port = authority.substr(url.host.size());
    }
    if (url.host.empty()) return bad_url("it names no host");
    if (!is_host(url.host)) return bad_url("its host is neither a name nor an address");
    if (port.empty()) return url;
    if (!port.starts_with(':') || !is_port(port.substr(1))) return bad_url("its port is no port");
    url.port = port.substr(1);
    return url;
}

}  // namespace muster
