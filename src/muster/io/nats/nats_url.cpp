// See nats_url.hpp.
#include "muster/io/nats/nats_url.hpp"

#include <algorithm>
#include <charconv>

namespace muster {
namespace {

std::unexpected<Error> refuse(std::string_view shown, const std::string& why) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "not a NATS address: " + std::string(shown) + ": " + why);
}

}  // namespace

std::string NatsUrl::shown() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (tls ? "tls://" : "nats://") + (is_v6 ? "[" + host + "]" : host) + ":" +
           std::to_string(port);
}

Result<NatsUrl> parse_nats_url(std::string_view text) {
    NatsUrl url;
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        const std::string_view name = text.substr(0, scheme);
        if (name != "nats" && name != "tls") {
            return refuse(name, "it begins with nats:// or tls://");
        }
        url.tls = name == "tls";
        text.remove_prefix(scheme + 3);
    }
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = text.substr(0, at);
        const std::size_t colon = std::min(login.find(':'), login.size());
        url.user = login.substr(0, colon);
        if (colon < login.size()) url.password = login.substr(colon + 1);
        text.remove_prefix(at + 1);
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    const std::string_view shown = text;
    std::size_t host_end = 0;
    if (text.starts_with('[')) {
        host_end = text.find(']');
        if (host_end == std::string_view::npos) return refuse(shown, "a closing ] is missing");
        url.host = text.substr(1, host_end - 1);
        ++host_end;
    } else {
        host_end = std::min(text.find(':'), text.size());
        url.host = text.substr(0, host_end);
    }
    const auto bad = [](unsigned char c) {
        return c <= ' ' || c == '/' || c == '[' || c == ']' || c == 0x7F;
    };
    if (url.host.empty() || std::ranges::any_of(url.host, bad)) {
        return refuse(shown, "write nats://HOST:PORT");
    }
    const std::string_view rest = text.substr(host_end);
    if (rest.empty()) return url;
    const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), url.port);
    if (rest.front() != ':' || error != std::errc{} || end != rest.data() + rest.size() ||
        url.port == 0) {
        return refuse(shown, "the port is a number from 1 to 65535");
    }
    return url;
}

}  // namespace muster
