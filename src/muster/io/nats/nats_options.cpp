// See nats_options.hpp.
#include "muster/io/nats/nats_options.hpp"

#include <algorithm>
#include <cctype>

#include "muster/base/limits.hpp"
#include "muster/io/nats/nats_url.hpp"

namespace muster {
namespace {

/// Servers of one cluster, or namespaces whose pushes we hear: more is a mistake.
constexpr std::size_t kServersMax = 64;

std::unexpected<Error> refuse(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

bool is_subject_token(std::string_view token) {
    return !token.empty() && std::ranges::all_of(token, [](unsigned char c) {
        return c > ' ' && c != 0x7F && c != '.' && c != '*' && c != '>';
    });
}

bool is_subject(std::string_view subject) {
    while (true) {
        const std::size_t dot = std::min(subject.find('.'), subject.size());
        if (!is_subject_token(subject.substr(0, dot))) return false;
        if (dot == subject.size()) return true;
        subject.remove_prefix(dot + 1);
    }
}

}  // namespace

Result<void> check(const NatsConnectOptions& options) {
    if (options.servers.empty() || options.servers.size() > kServersMax) {
        return refuse("no NATS server: nats: give --nats nats://HOST:PORT, at most 64 of them");
    }
    bool login_in_url = false;
    for (const std::string& server : options.servers) {
        const auto url = parse_nats_url(server);
        if (!url) return std::unexpected(url.error());
        login_in_url = login_in_url || !url->user.empty();
    }
    const int kinds = int{!options.user.empty() || login_in_url} + int{!options.token.empty()} +
                      int{!options.nkey_seed_file.empty()} + int{!options.creds_file.empty()};
    if (kinds > 1) {
        return refuse("several kinds of login: nats: give one of user, token, nkey, credentials");
    }
    if (options.user.empty() && !options.password.empty()) {
        return refuse("a password without a user: nats: give --nats-user too");
    }
    if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
        return refuse("half a certificate: nats: give --nats-tls-cert and --nats-tls-key together");
    }
    return {};
}

Result<void> check(const NatsSourceOptions& options) {
    if (auto checked = check(options.connect); !checked) return checked;
    if (!is_subject(options.inbox_prefix) || options.inbox_prefix.size() > kNameBytesMax) {
        return refuse("not an inbox prefix: " + options.inbox_prefix +
                      ": give words without spaces, * or >, joined by dots (--nats-inbox-prefix)");
    }
    if (!is_subject_token(options.endpoint) || options.endpoint.size() > kNameBytesMax) {
        return refuse("not an endpoint: " + options.endpoint + ": give one word (--endpoint)");
    }
    for (const ComponentName& component : options.components) {
        if (auto parsed = parse_component_name(to_string(component)); !parsed) {
            return std::unexpected(parsed.error());
        }
    }
    return {};
}

std::string shown_target(const NatsConnectOptions& options) {
    std::string shown;
    for (const std::string& server : options.servers) {
        if (!shown.empty()) shown += ',';
        const auto url = parse_nats_url(server);
        shown += url ? url->shown() : "?";
    }
    return shown;
}

}  // namespace muster
