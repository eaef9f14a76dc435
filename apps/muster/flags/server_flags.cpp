// From flags to a server, and secrets from their files.
#include "flags/server_flags.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "flags/usage_error.hpp"
#include "muster/io/runtime/secret_file.hpp"
#include "muster/serve/access.hpp"

namespace muster {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:6878";
constexpr const char* kTokenVariable = "MUSTER_AUTH_TOKEN";

}  // namespace

Result<std::string> read_auth_token(const GivenFlags& given) {
    const std::string file = given.text("--auth-token-file");
    std::string token;
    if (!file.empty()) {
        auto read = read_secret_file(file);
        if (!read) return std::unexpected(std::move(read.error()));
        token = std::move(*read);
    } else if (const char* const value = std::getenv(kTokenVariable); value != nullptr) {
        token = value;
    }
    if (token.empty()) return token;
    if (const auto checked = check_token(token); !checked) {
        return wrong_usage("not a token: " + (file.empty() ? std::string(kTokenVariable) : file) +
                           ": " + checked.error().what);
    }
    return token;
}

Result<ServerRoad> read_server_road(const GivenFlags& given) {
    ServerRoad road;
    const std::string server = given.text("--server", kDefaultServer);
    auto url = parse_http_url(server);
    if (!url) {
        return wrong_usage("not a server: --server " + server + ": " + url.error().what +
                           ": give http://HOST:PORT or https://HOST:PORT");
    }
    road.server = std::move(*url);
    auto token = read_auth_token(given);
    if (!token) return std::unexpected(std::move(token.error()));
    road.client.token = std::move(*token);
    road.client.tls = {.ca = given.text("--server-ca"),
                       .certificate = given.text("--server-cert"),
                       .key = given.text("--server-key")};
    if (given.is_given("--server-cert") != given.is_given("--server-key")) {
        return wrong_usage(std::string("half of a certificate: ") +
                           (given.is_given("--server-cert") ? "--server-key" : "--server-cert") +
                           ": give --server-cert and --server-key together");
    }
    return road;
}

}  // namespace muster
