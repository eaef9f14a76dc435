// From text to options: each value that is wrong is named, with what it should look like.
#include "source_options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "flags/config_tables.hpp"
#include "flags/gather_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "muster/base/duration_text.hpp"
#include "muster/base/limits.hpp"
#include "muster/io/runtime/secret_file.hpp"

namespace muster {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// A secret from its file, or else from the environment, where nobody else's `ps` shows it.
Result<std::string> read_secret(const std::string& file, const char* variable) {
    if (file.empty()) return environment(variable);
    return read_secret_file(file);
}

// `alone`: the only source there is; of several, the environment's secrets go to those they fit.
Result<void> read_login(const GivenFlags& given, bool alone, NatsConnectOptions& connect) {
    connect.user = given.text("--nats-user");
    connect.nkey_seed_file = given.text("--nats-nkey");
    connect.creds_file = given.text("--nats-creds");
    const std::string password_file = given.text("--nats-password-file");
    if (alone || !password_file.empty() || !connect.user.empty()) {
        auto password = read_secret(password_file, "MUSTER_NATS_PASSWORD");
        if (!password) return std::unexpected(std::move(password.error()));
        connect.password = std::move(*password);
    }
    const std::string token_file = given.text("--nats-token-file");
    const bool other_login =
        !connect.user.empty() || !connect.nkey_seed_file.empty() || !connect.creds_file.empty();
    if (alone || !token_file.empty() || !other_login) {
        auto token = read_secret(token_file, "MUSTER_NATS_TOKEN");
        if (!token) return std::unexpected(std::move(token.error()));
        connect.token = std::move(*token);
    }
    return {};
}

Result<void> read_servers(const GivenFlags& given, NatsConnectOptions& connect) {
    if (!given.is_given("--nats")) {
        return wrong_usage("no servers: " + given.place() +
                           ": write url = \"nats://HOST:PORT\" below it");
    }
    connect.servers = split_at_commas(given.text("--nats"));
    // A server may be named without its scheme; the port is NATS's own where there is none.
    for (std::string& server : connect.servers) {
        if (server.find("://") == std::string::npos) server.insert(0, "nats://");
        if (server.find('@') == std::string::npos) continue;
        if (given.origin("--nats") == FlagOrigin::file) {
            return wrong_usage("secret in a URL: " + given.where("--nats") +
                               ": put the user into user and the password into password_file, or "
                               "into MUSTER_NATS_PASSWORD");
        }
        return wrong_usage(
            "secret on the command line: --nats: put the user into --nats-user and the password "
            "into --nats-password-file or MUSTER_NATS_PASSWORD");
    }
    return {};
}

// The names of flags in a sentence as the keys they have in a file: "--nats-tls-ca" is "tls_ca".
std::string with_keys(std::string sentence) {
    for (const Flag& flag : kSourceFlags) {
        const std::string_view key = flag.key.empty() ? flag.name.substr(2) : flag.key.substr(5);
        const std::size_t at = sentence.find(flag.name);
        const std::size_t after = at + flag.name.size();
        const bool whole =
            at != std::string::npos &&
            (after == sentence.size() || std::string_view(" ,:)").contains(sentence[after]));
        if (whole) sentence.replace(at, flag.name.size(), key);
    }
    return sentence;
}

Result<void> read_nats(const GivenFlags& given, bool alone, NatsSourceOptions& nats) {
    if (auto read = read_servers(given, nats.connect); !read) return read;
    for (const std::string& text : given.texts("--component")) {
        auto name = parse_component_name(text);
        if (!name) {
            return wrong_usage("not a component: " + given.where("--component") + ' ' + text +
                               ": give NAMESPACE/COMPONENT, such as dynamo/backend");
        }
        nats.components.push_back(std::move(*name));
    }
    nats.id = given.text("--nats-name", nats.id);
    if (nats.id.empty() || nats.id.size() > kNameBytesMax) {
        return wrong_usage("not a name: " + given.where("--nats-name") + ": give 1 to " +
                           std::to_string(kNameBytesMax) + " bytes");
    }
    nats.endpoint = given.text("--endpoint", nats.endpoint);
    nats.inbox_prefix = given.text("--nats-inbox-prefix", nats.inbox_prefix);
    nats.connect.tls_ca_file = given.text("--nats-tls-ca");
    nats.connect.tls_cert_file = given.text("--nats-tls-cert");
    nats.connect.tls_key_file = given.text("--nats-tls-key");
    if (auto login = read_login(given, alone, nats.connect); !login) return login;
    auto checked = check(nats);
    if (checked || given.place().empty()) return checked;
    // The library's sentence says "nats" for the place; the file's line is better.
    std::string what = with_keys(checked.error().what);
    constexpr std::string_view kPlace = ": nats: ";
    const std::size_t at = what.find(kPlace);
    if (at == std::string::npos)
        what += " (" + given.place() + ')';
    else
        what.replace(at, kPlace.size(), ": " + given.place() + ": ");
    return wrong_usage(std::move(what));
}

Result<void> read_sources(const GivenFlags& given, std::vector<NatsSourceOptions>& sources) {
    const std::vector<GivenFlags>& sections = given.sections(kSourceGroup.section);
    for (const GivenFlags& section : sections) {
        NatsSourceOptions nats;
        nats.id = "nats-" + std::to_string(sources.size() + 1);
        if (auto read = read_nats(section, sections.size() == 1, nats); !read) return read;
        if (std::ranges::find(sources, nats.id, &NatsSourceOptions::id) != sources.end()) {
            return wrong_usage("two sources of one name: " + section.where("--nats-name") + ' ' +
                               nats.id + ": give each its own");
        }
        sources.push_back(std::move(nats));
    }
    return {};
}

Result<void> read_rules(const GivenFlags& given, Collector::Options& options) {
    using namespace std::chrono_literals;
    FleetRules& rules = options.rules;
    struct Setting {
        const char* flag;
        Duration least;
        Duration& value;
    };
    // Below the least value a rule decides on noise, or a thread does nothing else.
    Duration interval{};
    const std::array settings = {
        Setting{"--interval", 10ms, interval},
        Setting{"--patience", 1ms, rules.patience},
        Setting{"--stale-after", 10ms, rules.stale_after},
        Setting{"--lost-after", 10ms, rules.lost_after},
        Setting{"--mass-lost-after", 10ms, rules.mass_lost_after},
        Setting{"--frozen-after", 10ms, rules.frozen_after},
        Setting{"--publish-min-interval", 0ms, options.publish_min_interval},
    };
    for (const Setting& setting : settings) {
        auto read = read_duration(given, setting.flag, setting.least, setting.value);
        if (!read) return read;
    }
    if (given.is_given("--interval")) rules.interval = interval;
    if (rules.mass_lost_after < rules.lost_after) {
        return wrong_usage("contradiction: " + given.where("--mass-lost-after") + ' ' +
                           print_duration(rules.mass_lost_after) + ": make it at least " +
                           given.where("--lost-after") + ", " + print_duration(rules.lost_after));
    }
    rules.labels = given.tables().labels;
    rules.expected = given.tables().expected;
    return {};
}

}  // namespace

bool has_source(const GivenFlags& given) {
    return !given.sections(kSourceGroup.section).empty() || has_http_source(given);
}

Result<void> read_duration(const GivenFlags& given, std::string_view flag, Duration least,
                           Duration& duration) {
    using namespace std::chrono_literals;
    if (!given.is_given(flag)) return {};
    const std::string text = given.text(flag);
    const auto read = parse_duration(text);
    if (!read) {
        return wrong_usage("not a duration: " + given.where(flag) + ' ' + text +
                           ": give a number with its unit, such as 250ms, 2s or 1m");
    }
    // Intervals travel in 32 bits of microseconds; a longer one is a slip of the unit.
    if (*read < least || *read > 1h) {
        return wrong_usage("out of range: " + given.where(flag) + ' ' + text + ": give " +
                           print_duration(least) + " to 1h");
    }
    duration = *read;
    return {};
}

Result<CollectOptions> read_collect_options(const GivenFlags& given) {
    CollectOptions options;
    if (auto read = read_sources(given, options.sources); !read) {
        return std::unexpected(std::move(read.error()));
    }
    auto http = read_http_options(given);
    if (!http) return std::unexpected(std::move(http.error()));
    options.http = std::move(*http);
    if (auto read = read_rules(given, options.collector); !read) {
        return std::unexpected(std::move(read.error()));
    }
    return options;
}

}  // namespace muster
