// See nats_dial.hpp.
#include "muster/io/nats/detail/nats_dial.hpp"

#include <unistd.h>

#include <algorithm>

#include "muster/io/nats/nats_probe.hpp"
#include "muster/io/nats/nkey.hpp"
#include "muster/io/runtime/secret_file.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

std::int64_t to_ms_count(Duration duration) {
    return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

std::unexpected<Error> refuse(ErrorKind kind, const NatsUrl& server, const std::string& what,
                              const std::string& what_to_do) {
    return fail(kind, ErrorOrigin::upstream, what + ": " + server.shown() + ": " + what_to_do);
}

Result<void> check_readable(const std::string& path, const char* flag) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return {};
    return fail(
        ErrorKind::bad_input, ErrorOrigin::client,
        "cannot read a file: " + path + ": give one that this user can read (" + flag + ")");
}

/// Which flag to look at when the server says no.
std::string login_advice(const NatsConnectOptions& options, const NatsUrl& server) {
    if (!options.creds_file.empty()) return "check the credentials file (--nats-creds)";
    if (!options.nkey_seed_file.empty()) return "check the nkey (--nats-nkey)";
    if (!options.token.empty()) return "check the token (--nats-token-file)";
    if (!options.user.empty() || !server.user.empty()) {
        return "check user and password (--nats-user, --nats-password-file)";
    }
    return "the broker wants a login: --nats-user, --nats-token-file, --nats-nkey or --nats-creds";
}

/// We want it, or the broker speaks nothing else.
bool uses_tls(const NatsConnectOptions& options, const NatsUrl& server,
              const NatsGreeting& greeting) {
    return server.tls || !options.tls_ca_file.empty() || !options.tls_cert_file.empty() ||
           greeting.tls_required;
}

natsStatus set_tls(natsOptions* set, const NatsConnectOptions& options, const NatsUrl& server) {
    natsStatus status = natsOptions_SetSecure(set, true);
    if (status == NATS_OK && !options.tls_ca_file.empty()) {
        status = natsOptions_LoadCATrustedCertificates(set, options.tls_ca_file.c_str());
    }
    if (status == NATS_OK && !options.tls_cert_file.empty()) {
        status = natsOptions_LoadCertificatesChain(set, options.tls_cert_file.c_str(),
                                                   options.tls_key_file.c_str());
    }
    // Without it any certificate of a trusted authority would do, whoever's it is.
    if (status == NATS_OK) status = natsOptions_SetExpectedHostname(set, server.host.c_str());
    return status;
}

natsStatus set_login(natsOptions* set, const NatsConnectOptions& options, const NatsLogin& login,
                     const NatsUrl& server) {
    if (!server.user.empty() && server.password.empty()) {
        return natsOptions_SetToken(set, server.user.c_str());
    }
    if (!server.user.empty()) {
        return natsOptions_SetUserInfo(set, server.user.c_str(), server.password.c_str());
    }
    if (!options.user.empty()) {
        return natsOptions_SetUserInfo(set, options.user.c_str(), options.password.c_str());
    }
    if (!options.token.empty()) return natsOptions_SetToken(set, options.token.c_str());
    if (!options.nkey_seed_file.empty()) {
        return natsOptions_SetNKeyFromSeed(set, login.nkey_public.c_str(),
                                           options.nkey_seed_file.c_str());
    }
    if (!options.creds_file.empty()) {
        return natsOptions_SetUserCredentialsFromFiles(set, options.creds_file.c_str(), nullptr);
    }
    return NATS_OK;
}

/// What every connection of ours is told, whoever it is for.
natsStatus set_manners(natsOptions* set, const NatsConnectOptions& options, const NatsHooks& hooks,
                       Duration patience) {
    natsStatus status = natsOptions_SetAllowReconnect(set, false);
    const auto also = [&status](natsStatus next) {
        if (status == NATS_OK) status = next;
    };
    also(natsOptions_SetReconnectBufSize(set, 0));
    also(natsOptions_SetTimeout(set, to_ms_count(patience)));
    also(natsOptions_SetName(set, options.client_name.c_str()));
    if (hooks.pump == nullptr) {
        // A stopped broker is believed in for at most 3 s; nats.c's default is minutes.
        also(natsOptions_SetPingInterval(set, 1000));
        also(natsOptions_SetMaxPingsOut(set, 2));
    } else {
        // What a PING found out nats.c would do on a thread of its own, under the pump's hands.
        also(natsOptions_SetPingInterval(set, 0));
    }
    // No flusher thread, which would keep a question back for a millisecond.
    also(natsOptions_SetSendAsap(set, true));
    also(natsOptions_SetIgnoreDiscoveredServers(set, true));
    if (hooks.disconnected != nullptr) {
        also(natsOptions_SetDisconnectedCB(set, hooks.disconnected, hooks.closure));
    }
    if (hooks.closed != nullptr) also(natsOptions_SetClosedCB(set, hooks.closed, hooks.closure));
    if (hooks.error != nullptr) also(natsOptions_SetErrorHandler(set, hooks.error, hooks.closure));
    return status;
}

std::unexpected<Error> explain(natsStatus status, const NatsConnectOptions& options,
                               const NatsUrl& server, const NatsGreeting& greeting) {
    const std::string text = nats_error_text(status);
    const bool no_certificate = greeting.tls_verify && options.tls_cert_file.empty();
    if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED) {
        return refuse(ErrorKind::bad_input, server, "login refused (" + text + ")",
                      login_advice(options, server));
    }
    if (no_certificate) {
        return refuse(ErrorKind::bad_input, server, "the broker asks for a client certificate",
                      "give --nats-tls-cert and --nats-tls-key");
    }
    if (status == NATS_SECURE_CONNECTION_WANTED) {
        return refuse(ErrorKind::bad_input, server, "the broker does not offer TLS",
                      "write nats:// and leave out --nats-tls-ca, or switch TLS on there");
    }
    if (uses_tls(options, server, greeting)) {
        const std::string why =
            explain_tls_failure(server, options.tls_ca_file, options.connect_timeout);
        if (!why.empty()) {
            return refuse(ErrorKind::bad_input, server, "TLS fails (" + why + ")",
                          "check the broker's certificate and --nats-tls-ca");
        }
        if (!options.tls_cert_file.empty()) {
            return refuse(ErrorKind::bad_input, server, "TLS fails (" + text + ")",
                          "does the broker trust our certificate (--nats-tls-cert)?");
        }
    }
    const ErrorKind kind = status == NATS_TIMEOUT ? ErrorKind::timeout : ErrorKind::closed;
    return refuse(kind, server, "cannot connect (" + text + ")", "look into the broker's log");
}

}  // namespace

Result<NatsLogin> read_login(const NatsConnectOptions& options) {
    for (const auto& [path, flag] : {std::pair{options.tls_ca_file, "--nats-tls-ca"},
                                     std::pair{options.tls_cert_file, "--nats-tls-cert"},
                                     std::pair{options.tls_key_file, "--nats-tls-key"},
                                     std::pair{options.creds_file, "--nats-creds"}}) {
        if (auto readable = check_readable(path, flag); !readable) {
            return std::unexpected(readable.error());
        }
    }
    NatsLogin login;
    if (options.nkey_seed_file.empty()) return login;
    const auto text = read_secret_file(options.nkey_seed_file);
    if (!text) return std::unexpected(text.error());
    const auto seed = find_nkey_seed(*text);
    if (!seed) return std::unexpected(seed.error());
    login.nkey_public = nkey_public(NkeyKind::user, *seed);
    return login;
}

Result<NatsConnectionPtr> dial_nats(const NatsConnectOptions& options, const NatsLogin& login,
                                    const NatsUrl& server, const NatsHooks& hooks,
                                    Duration patience, DialSocket& socket,
                                    const std::stop_token& stop) {
    open_nats_library();
    const SigpipeBlock inherited_by_threads_of_the_connection;
    const auto greeting = probe_nats(server, options.connect_timeout, stop);
    if (!greeting) return std::unexpected(greeting.error());
    // nats.c cannot be interrupted: where the greeting came at once, so will the rest, and a stop
    // need not wait for a broker that is paused just now.
    patience = std::min(options.connect_timeout, std::max(patience, 8 * greeting->took));
    natsOptions* made = nullptr;
    natsStatus status = natsOptions_Create(&made);
    const NatsOptionsPtr set(made);
    if (status == NATS_OK) {
        // As nats.c wants it: the login is set apart, so the URL carries none.
        const std::string url = "nats" + server.shown().substr(server.shown().find("://"));
        status = natsOptions_SetURL(set.get(), url.c_str());
    }
    if (status == NATS_OK) status = set_manners(set.get(), options, hooks, patience);
    const bool secure = uses_tls(options, server, *greeting);
    if (status == NATS_OK && secure) {
        status = set_tls(set.get(), options, server);
        if (status != NATS_OK) {
            return refuse(ErrorKind::bad_input, server,
                          "cannot use the TLS files (" + nats_error_text(status) + ")",
                          "check --nats-tls-ca, --nats-tls-cert and --nats-tls-key");
        }
    }
    if (status == NATS_OK) status = set_login(set.get(), options, login, server);
    if (status == NATS_OK && hooks.pump != nullptr) {
        status = hooks.pump->hook_into(set.get(), secure);
    }
    natsConnection* connection = nullptr;
    if (status == NATS_OK) {
        socket.begin({server.port}, patience);
        status = natsConnection_Connect(&connection, set.get());
        socket.end();
    }
    if (status == NATS_OK) return NatsConnectionPtr(connection);
    if (socket.was_cut()) {
        return refuse(ErrorKind::timeout, server, "no answer after the greeting",
                      "is the broker paused or overloaded?");
    }
    return explain(status, options, server, *greeting);
}

Result<NatsConnectionPtr> dial_nats(const NatsConnectOptions& options) {
    if (auto checked = check(options); !checked) return std::unexpected(checked.error());
    const auto login = read_login(options);
    if (!login) return std::unexpected(login.error());
    Result<NatsConnectionPtr> connection;
    for (const std::string& text : options.servers) {
        const auto server = parse_nats_url(text);
        if (!server) return std::unexpected(server.error());
        DialSocket socket;
        connection = dial_nats(options, *login, *server, NatsHooks{}, options.connect_timeout,
                               socket, std::stop_token{});
        if (connection) break;
    }
    return connection;
}

}  // namespace muster
