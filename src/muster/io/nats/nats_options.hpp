// What a connection to a NATS cluster and a source over it need to be told. Plain values.
#pragma once

#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/nats/known_service.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster {

class Log;

/// How to reach one cluster. At most one of user, token, nkey and credentials may be given.
struct NatsConnectOptions {
    /// `nats://HOST[:PORT]` or `tls://HOST[:PORT]`, servers of one cluster, tried in turn.
    /// A user and password in the URL are understood, and never shown.
    std::vector<std::string> servers{"nats://127.0.0.1:4222"};
    std::string user;
    std::string password;
    std::string token;
    std::string nkey_seed_file;  ///< A file with a user seed, `SU...`.
    std::string creds_file;      ///< A file with JWT and seed, as `nsc` writes it.
    std::string tls_ca_file;     ///< PEM; given, TLS is demanded. Else the system's authorities.
    std::string tls_cert_file;   ///< PEM, with tls_key_file: our own certificate.
    std::string tls_key_file;
    std::string client_name = "muster";  ///< As the server lists us.
    /// For all of it: address, TCP, TLS and login, per server.
    Duration connect_timeout = std::chrono::seconds(2);
};

/// A source over one cluster.
struct NatsSourceOptions {
    NatsConnectOptions connect;
    std::string id = "nats-1";  ///< Unique within the collector.
    /// Whom to ask. Empty: find every Dynamo service there is.
    std::vector<ComponentName> components;
    /// Found by an earlier run: asked at once where no component is named.
    std::vector<KnownService> known{};
    std::string endpoint = std::string(kLoadEndpoint);
    /// Listen to pushed loads (`namespace.NS.kv_metrics`) beside asking.
    bool kv_metrics = true;
    /// Replies come to `PREFIX.<random>.>`; set it where the account may use only certain inboxes.
    std::string inbox_prefix = "_INBOX";
    /// Between two attempts to connect: this, and up to the jitter more.
    Duration reconnect_wait = std::chrono::milliseconds(200);
    Duration reconnect_jitter = std::chrono::milliseconds(100);
    /// Between two searches for services, where no component is named.
    Duration discovery_interval = std::chrono::seconds(5);
    Log* log = nullptr;  ///< Must outlive the source.
};

/// Checks what can be checked without a connection: the URLs, that files go together, that not two
/// kinds of login are given. bad_input, naming the option.
[[nodiscard]] Result<void> check(const NatsConnectOptions& options);
[[nodiscard]] Result<void> check(const NatsSourceOptions& options);

/// The servers as they may be shown: without user, password or token; comma-separated.
[[nodiscard]] std::string shown_target(const NatsConnectOptions& options);

}  // namespace muster
