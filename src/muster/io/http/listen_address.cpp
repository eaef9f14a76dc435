// Reads and prints HOST:PORT.
//
// Pure functions; any thread.
#include "muster/io/http/listen_address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <system_error>

namespace muster {

namespace {

std::unexpected<Error> bad(std::string_view what, std::string_view text, std::string_view advice) {
    std::string line(what);
    line.append(": ").append(text).append(": ").append(advice);
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(line));
}

bool is_address(const std::string& host) noexcept {
    if (host.find('\0') != std::string::npos) return false;  // inet_pton would read up to it.
    in6_addr scratch{};
    return inet_pton(AF_INET, host.c_str(), &scratch) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) {
        return bad("no port in the address to listen on", text, "write HOST:PORT");
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);

    ListenAddress address{std::string(host == "localhost" ? "127.0.0.1" : host), 0};
    const bool six = address.host.find(':') != std::string::npos;
    if (six && !bracketed) {
        return bad("ambiguous address to listen on", text,
                   "write an IPv6 address as [ADDRESS]:PORT");
    }
    if (!is_address(address.host) || six != bracketed) {
        return bad("not an IP address to listen on", text,
                   "give an address of this machine, such as 127.0.0.1 or 0.0.0.0");
    }
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc{} || end != port.data() + port.size() || port.empty()) {
        return bad("not a port", text, "give a number from 0 to 65535 behind the last colon");
    }
    return address;
}

std::string print_listen_address(const ListenAddress& address) {
    const bool six = address.host.find(':') != std::string::npos;
    return (six ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace muster
