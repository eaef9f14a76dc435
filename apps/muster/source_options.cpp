// From text to options: each flag that is wrong is named, with what it should look like.
#include "source_options.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

#include "muster/base/duration_text.hpp"
#include "muster/io/runtime/secret_file.hpp"

namespace muster {
namespace {

std::unexpected<Error> wrong(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// A secret from its file, or else from the environment, where nobody else's `ps` shows it.
Result<std::string> read_secret(const std::string& file, const char* variable) {
    if (file.empty()) return environment(variable);
    return read_secret_file(file);
}

Result<void> read_login(const SourceFlags& flags, NatsConnectOptions& connect) {
    connect.user = flags.nats_user;
    connect.nkey_seed_file = flags.nats_nkey;
    connect.creds_file = flags.nats_creds;
    auto password = read_secret(flags.nats_password_file, "MUSTER_NATS_PASSWORD");
    if (!password) return std::unexpected(std::move(password.error()));
    auto token = read_secret(flags.nats_token_file, "MUSTER_NATS_TOKEN");
    if (!token) return std::unexpected(std::move(token.error()));
    connect.password = std::move(*password);
    connect.token = std::move(*token);
    return {};
}

Result<void> read_nats(const SourceFlags& flags, NatsSourceOptions& nats) {
    nats.connect.servers = split_at_commas(flags.nats);
    // A server may be named without its scheme; the port is NATS's own where there is none.
    for (std::string& server : nats.connect.servers) {
        if (server.find("://") == std::string::npos) server.insert(0, "nats://");
        if (server.find('@') != std::string::npos) {
            return wrong(
                "secret on the command line: --nats: put the user into --nats-user and the "
                "password into --nats-password-file or MUSTER_NATS_PASSWORD");
        }
    }
    for (const std::string& text : flags.components) {
        auto name = parse_component_name(text);
        if (!name) {
            return wrong("not a component: --component " + text +
                         ": give NAMESPACE/COMPONENT, such as dynamo/backend");
        }
        nats.components.push_back(std::move(*name));
    }
    if (!flags.endpoint.empty()) nats.endpoint = flags.endpoint;
    if (!flags.nats_inbox_prefix.empty()) nats.inbox_prefix = flags.nats_inbox_prefix;
    nats.connect.tls_ca_file = flags.nats_tls_ca;
    nats.connect.tls_cert_file = flags.nats_tls_cert;
    nats.connect.tls_key_file = flags.nats_tls_key;
    if (auto login = read_login(flags, nats.connect); !login) return login;
    return check(nats);
}

Result<void> read_rules(const SourceFlags& flags, Collector::Options& options) {
    using namespace std::chrono_literals;
    FleetRules& rules = options.rules;
    struct Setting {
        const char* flag;
        const std::string& text;
        Duration least;
        Duration& value;
    };
    // Below the least value a rule decides on noise, or a thread does nothing else.
    Duration interval{};
    const std::array settings = {
        Setting{"--interval", flags.interval, 10ms, interval},
        Setting{"--patience", flags.patience, 1ms, rules.patience},
        Setting{"--stale-after", flags.stale_after, 10ms, rules.stale_after},
        Setting{"--lost-after", flags.lost_after, 10ms, rules.lost_after},
        Setting{"--mass-lost-after", flags.mass_lost_after, 10ms, rules.mass_lost_after},
        Setting{"--frozen-after", flags.frozen_after, 10ms, rules.frozen_after},
        Setting{"--publish-min-interval", flags.publish_min_interval, 0ms,
                options.publish_min_interval},
    };
    for (const Setting& setting : settings) {
        auto read = read_duration(setting.flag, setting.text, setting.least, setting.value);
        if (!read) return read;
    }
    if (!flags.interval.empty()) rules.interval = interval;
    if (rules.mass_lost_after < rules.lost_after) {
        return wrong("contradiction: --mass-lost-after " + print_duration(rules.mass_lost_after) +
                     ": make it at least --lost-after, " + print_duration(rules.lost_after));
    }
    return {};
}

}  // namespace

Result<void> read_duration(const char* flag, const std::string& text, Duration least,
                           Duration& duration) {
    using namespace std::chrono_literals;
    if (text.empty()) return {};
    const auto read = parse_duration(text);
    if (!read) {
        return wrong("not a duration: " + std::string(flag) + ' ' + text +
                     ": give a number with its unit, such as 250ms, 2s or 1m");
    }
    // Intervals travel in 32 bits of microseconds; a longer one is a slip of the unit.
    if (*read < least || *read > 1h) {
        return wrong("out of range: " + std::string(flag) + ' ' + text + ": give " +
                     print_duration(least) + " to 1h");
    }
    duration = *read;
    return {};
}

Result<CollectOptions> read_source_flags(const SourceFlags& flags) {
    CollectOptions options;
    if (auto nats = read_nats(flags, options.nats); !nats) return std::unexpected(nats.error());
    if (auto rules = read_rules(flags, options.collector); !rules) {
        return std::unexpected(rules.error());
    }
    return options;
}

}  // namespace muster
