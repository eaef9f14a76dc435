// See scrape_connection.hpp. nats.c's own reconnection serves here: what a window misses is gone,
// so nothing has to be known about the connection's states.
#include "muster/dynamo/scrape_connection.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "muster/io/nats/detail/watched_connect.hpp"
#include "muster/io/nats/nats_url.hpp"
#include "muster/io/nats/nkey.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/secret_file.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster::dynamo {
namespace {

constexpr int kReconnectWaitMs = 250;

struct NatsDeleter {
    void operator()(natsConnection* p) const noexcept { natsConnection_Destroy(p); }
    void operator()(natsOptions* p) const noexcept { natsOptions_Destroy(p); }
    void operator()(natsSubscription* p) const noexcept { natsSubscription_Destroy(p); }
    void operator()(natsInbox* p) const noexcept { natsInbox_Destroy(p); }
    void operator()(natsMsg* p) const noexcept { natsMsg_Destroy(p); }
};
template <typename T>
using NatsPtr = std::unique_ptr<T, NatsDeleter>;

int milliseconds_of(Duration d) {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

/// The first failure of a sequence of calls.
class Steps {
public:
    Steps& then(natsStatus status) noexcept {
        if (status_ == NATS_OK) status_ = status;
        return *this;
    }
    [[nodiscard]] natsStatus status() const noexcept { return status_; }

private:
    natsStatus status_ = NATS_OK;
};

bool wants_tls(const NatsConnectOptions& options) {
    if (!options.tls_ca_file.empty() || !options.tls_cert_file.empty()) return true;
    return std::any_of(options.servers.begin(), options.servers.end(), [](const auto& server) {
        const auto url = parse_nats_url(server);
        return url && url->tls;
    });
}

/// Of the seed in the nkey file: nats.c wants to be told. Empty without such a file.
Result<std::string> public_nkey(const NatsConnectOptions& options) {
    if (options.nkey_seed_file.empty()) return std::string();
    const Result<std::string> text = read_secret_file(options.nkey_seed_file);
    if (!text) return std::unexpected(text.error());
    const Result<NkeySeed> seed = find_nkey_seed(*text);
    if (!seed) return std::unexpected(seed.error());
    return nkey_public(NkeyKind::user, *seed);
}

natsStatus set_login(natsOptions* set, const NatsConnectOptions& options, const std::string& nkey) {
    Steps steps;
    if (!options.nkey_seed_file.empty()) {
        steps.then(natsOptions_SetNKeyFromSeed(set, nkey.c_str(), options.nkey_seed_file.c_str()));
    }
    if (!options.user.empty()) {
        steps.then(natsOptions_SetUserInfo(set, options.user.c_str(), options.password.c_str()));
    }
    if (!options.token.empty()) steps.then(natsOptions_SetToken(set, options.token.c_str()));
    if (!options.creds_file.empty()) {
        steps.then(
            natsOptions_SetUserCredentialsFromFiles(set, options.creds_file.c_str(), nullptr));
    }
    if (wants_tls(options)) steps.then(natsOptions_SetSecure(set, true));
    if (!options.tls_ca_file.empty()) {
        steps.then(natsOptions_LoadCATrustedCertificates(set, options.tls_ca_file.c_str()));
    }
    if (!options.tls_cert_file.empty()) {
        steps.then(natsOptions_LoadCertificatesChain(set, options.tls_cert_file.c_str(),
                                                     options.tls_key_file.c_str()));
    }
    return steps.status();
}

Error connect_error(const NatsConnectOptions& options, natsStatus status) {
    return {ErrorKind::closed, ErrorOrigin::upstream,
            fmt::format("cannot connect: {}: {}: check that a NATS server listens there and takes "
                        "this login",
                        shown_target(options), natsStatus_GetText(status))};
}

Error silence_error(const NatsConnectOptions& options) {
    return {ErrorKind::timeout, ErrorOrigin::upstream,
            fmt::format("no answer after the greeting: {}: is the broker paused or overloaded?",
                        shown_target(options))};
}

/// The broker went away in this moment, and nats.c is about to notice: it is away, which is no
/// failure of a scrape. What is one is a connection that was closed for good.
bool is_breaking(natsStatus status) {
    return status == NATS_IO_ERROR || status == NATS_CONNECTION_DISCONNECTED ||
           status == NATS_STALE_CONNECTION || status == NATS_TIMEOUT;
}

}  // namespace

struct ScrapeConnection::Connection {
    NatsPtr<natsConnection> nats;
};

ScrapeConnection::ScrapeConnection(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

ScrapeConnection::~ScrapeConnection() = default;

Result<std::shared_ptr<ScrapeConnection>> ScrapeConnection::open(
    const NatsConnectOptions& options) {
    if (options.servers.empty()) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "no server: servers: name at least one, nats://HOST:PORT");
    }
    const Result<std::string> nkey = public_nkey(options);
    if (!nkey) return std::unexpected(nkey.error());
    natsOptions* made = nullptr;
    if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) {
        return fail(ErrorKind::internal, ErrorOrigin::self, natsStatus_GetText(status));
    }
    const NatsPtr<natsOptions> set(made);
    std::vector<const char*> servers;
    for (const std::string& server : options.servers) servers.push_back(server.c_str());
    const natsStatus wanted =
        Steps()
            .then(natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size())))
            .then(natsOptions_SetName(made, options.client_name.c_str()))
            .then(natsOptions_SetTimeout(made, milliseconds_of(options.connect_timeout)))
            .then(natsOptions_SetMaxReconnect(made, -1))
            .then(natsOptions_SetReconnectWait(made, kReconnectWaitMs))
            .then(natsOptions_SetSendAsap(made, true))
            .then(set_login(made, options, *nkey))
            .status();
    if (wanted != NATS_OK) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    fmt::format("unusable options: {}: {}: check servers, login and files",
                                shown_target(options), natsStatus_GetText(wanted)));
    }
    auto connection = std::make_unique<Connection>();
    std::vector<std::uint16_t> ports;
    for (const std::string& server : options.servers) {
        if (const auto url = parse_nats_url(server)) ports.push_back(url->port);
    }
    WatchedConnect connected = connect_watched(made, ports, options.connect_timeout);
    if (connected.was_cut) return std::unexpected(silence_error(options));
    if (connected.status != NATS_OK) {
        return std::unexpected(connect_error(options, connected.status));
    }
    connection->nats.reset(connected.connection.release());
    return std::shared_ptr<ScrapeConnection>(new ScrapeConnection(std::move(connection)));
}

Result<ServiceSet> ScrapeConnection::scrape(const Window& window, const Clock& clock) {
    natsConnection* const nats = connection_->nats.get();
    const auto closed = [](natsStatus status) {
        return fail(ErrorKind::closed, ErrorOrigin::upstream,
                    fmt::format("cannot ask: the connection: {}", natsStatus_GetText(status)));
    };
    ServiceSet set(window.release);
    if (window.timeout <= Duration::zero()) {
        write_log(window.log, LogLevel::warning, "a scrape without time finds nothing");
        return set;
    }
    natsInbox* name = nullptr;
    if (const natsStatus s = natsInbox_Create(&name); s != NATS_OK) return closed(s);
    const NatsPtr<natsInbox> inbox(name);
    const Time deadline = clock.now() + window.timeout;
    natsSubscription* subscribed = nullptr;
    while (true) {
        const natsStatus s = natsConnection_SubscribeSync(&subscribed, nats, name);
        if (s == NATS_OK) break;
        if (!is_breaking(s)) return closed(s);
        if (clock.now() >= deadline) return set;
        nats_Sleep(1);  // It is about to notice; then it takes the subscription for later.
    }
    const NatsPtr<natsSubscription> replies(subscribed);
    (void)natsSubscription_SetPendingLimits(subscribed, static_cast<int>(kWindowMessagesMax), -1);

    // A broker that is away is not asked: what would wait for it here would be answered by every
    // worker at its return, to inboxes that are gone. The reader sees what the seed's does:
    // nothing.
    if (natsConnection_Status(nats) == NATS_CONN_STATUS_CONNECTED) {
        const std::string subject = service_subject(ServiceVerb::stats, window.service);
        const natsStatus s = natsConnection_PublishRequest(nats, subject.c_str(), name, "", 0);
        if (s != NATS_OK && !is_breaking(s)) return closed(s);
    }
    for (Time now = clock.now(); now < deadline; now = clock.now()) {
        natsMsg* message = nullptr;
        const natsStatus s =
            natsSubscription_NextMsg(&message, subscribed, milliseconds_of(deadline - now));
        const NatsPtr<natsMsg> owned(message);
        // Nothing, "no responders", a note that messages were dropped: the window goes on.
        const bool goes_on =
            s == NATS_TIMEOUT || s == NATS_NO_RESPONDERS || s == NATS_SLOW_CONSUMER;
        if (s != NATS_OK && !goes_on) return closed(s);
        // What is read after the deadline is lost, even if it arrived before.
        if (s != NATS_OK || clock.now() >= deadline) continue;
        const auto length = static_cast<std::size_t>(natsMsg_GetDataLength(message));
        if (const auto added = set.add({natsMsg_GetData(message), length}); !added) {
            write_log(window.log, LogLevel::debug, added.error().what,
                      {{.key = "service", .value = window.service}});
        }
    }
    return set;
}

}  // namespace muster::dynamo
