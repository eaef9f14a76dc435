// Connects to one server, or says in words why not. Private to the modules that speak NATS.
//
// Connections do not reconnect by themselves: nats.c hides why an attempt fails, holds the
// connection's lock (and so every publisher) during one, and keeps what is published meanwhile.
// Whoever needs another connection dials again.
#pragma once

#include <stop_token>

#include "muster/io/nats/detail/dial_socket.hpp"
#include "muster/io/nats/detail/nats_library.hpp"
#include "muster/io/nats/detail/nats_pump.hpp"
#include "muster/io/nats/nats_options.hpp"
#include "muster/io/nats/nats_url.hpp"

namespace muster {

/// Called on threads of nats.c: `closed` exactly once, and last, if dialling succeeded.
struct NatsHooks {
    natsConnectionHandler disconnected = nullptr;
    natsConnectionHandler closed = nullptr;
    natsErrHandler error = nullptr;
    void* closure = nullptr;
    NatsPump* pump = nullptr;  ///< Reads the connection, instead of threads of nats.c.
};

/// nats.c is given this long at least after the probe, which says how far the server is. A caller
/// who dials again after a timeout doubles it: a far or busy server needs more than it seemed to.
inline constexpr Duration kFirstPatience = std::chrono::milliseconds(500);

/// What a connection needs from files and options, read once; a login in the URL comes first.
struct NatsLogin {
    std::string nkey_public;  ///< Of the seed in the nkey file.
};
/// bad_input if a file cannot be read or holds no key.
[[nodiscard]] Result<NatsLogin> read_login(const NatsConnectOptions& options);

/// Blocks for at most options.connect_timeout twice (a probe, then the connection), if somebody
/// calls look() of `socket` meanwhile, and for as long as a name server takes; ends early when
/// stopped during the probe. The error names the server and what to do, never a secret.
[[nodiscard]] Result<NatsConnectionPtr> dial_nats(const NatsConnectOptions& options,
                                                  const NatsLogin& login, const NatsUrl& server,
                                                  const NatsHooks& hooks, Duration patience,
                                                  DialSocket& socket, const std::stop_token& stop);

/// The same without callbacks, each server in turn, for programs that want one connection now.
[[nodiscard]] Result<NatsConnectionPtr> dial_nats(const NatsConnectOptions& options);

}  // namespace muster
