// The flags of every command that asks a running `muster serve`, and the token that both sides
// know.
#pragma once

#include <array>
#include <string>

#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"
#include "muster/io/http/http_client.hpp"

namespace muster {

inline constexpr std::array kServerFlags = {
    Flag{"--server", "URL", "Running serve [http://127.0.0.1:6878]", FlagKind::text, "server"},
    Flag{"--server-ca", "FILE", "Authority to trust for https (PEM)", FlagKind::text, "server_ca"},
    Flag{"--server-cert", "FILE", "Own certificate, if it asks (PEM)", FlagKind::text,
         "server_cert"},
    Flag{"--server-key", "FILE", "Its key (PEM)", FlagKind::text, "server_key"},
    Flag{"--auth-token-file", "FILE", "Or in MUSTER_AUTH_TOKEN", FlagKind::text, "auth_token_file"},
};

/// A running server, and what it is shown.
struct ServerRoad {
    HttpUrl server{"127.0.0.1", "6878", "", false};
    HttpClientOptions client;
};

/// All of kServerFlags.
[[nodiscard]] Result<ServerRoad> read_server_road(const GivenFlags& given);

/// Of --auth-token-file, else of MUSTER_AUTH_TOKEN; empty if neither is there.
[[nodiscard]] Result<std::string> read_auth_token(const GivenFlags& given);

}  // namespace muster
