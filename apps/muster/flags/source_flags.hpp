// The flags of every command that collects by itself: where the workers are, and by which rules
// they are judged. source_options.hpp reads them.
#pragma once

#include <array>
#include <string_view>

#include "flags/flag.hpp"

namespace muster {

// The first names a source; with it given, the file's [[nats]] count for nothing.
inline constexpr std::array kSourceFlags = {
    Flag{"--nats", "URL", "Servers of one NATS cluster, by commas", FlagKind::text, "nats.url"},
    Flag{"--component", "NS/NAME", "Only this one (repeatable)", FlagKind::list, "nats.components"},
    Flag{"--endpoint", "NAME", "Load endpoint [load_metrics]"},
    Flag{"--nats-name", "NAME", "The source's id [nats-1]", FlagKind::text, "nats.name"},
    Flag{"--nats-creds", "FILE", "Credentials file (JWT)", FlagKind::text, "nats.creds"},
    Flag{"--nats-nkey", "FILE", "File with an nkey seed", FlagKind::text, "nats.nkey"},
    Flag{"--nats-user", "NAME", "User", FlagKind::text, "nats.user"},
    Flag{"--nats-password-file", "FILE", "Or in MUSTER_NATS_PASSWORD", FlagKind::text,
         "nats.password_file"},
    Flag{"--nats-token-file", "FILE", "Or in MUSTER_NATS_TOKEN", FlagKind::text, "nats.token_file"},
    Flag{"--nats-tls-ca", "FILE", "Authority to trust (PEM)", FlagKind::text, "nats.tls_ca"},
    Flag{"--nats-tls-cert", "FILE", "Own certificate (PEM)", FlagKind::text, "nats.tls_cert"},
    Flag{"--nats-tls-key", "FILE", "Its key (PEM)", FlagKind::text, "nats.tls_key"},
    Flag{"--nats-inbox-prefix", "SUBJECT", "Of reply subjects [_INBOX]", FlagKind::text,
         "nats.inbox_prefix"},
};

constexpr Flag rule_flag(std::string_view name, std::string_view about) {
    return {.name = name, .type = "TIME", .about = about, .reloads = true};
}

inline constexpr std::array kRuleFlags = {
    rule_flag("--interval", "Between two questions [by fleet size]"),
    rule_flag("--patience", "For an answer [300ms]"),
    rule_flag("--stale-after", "Age of a stale load [2s]"),
    rule_flag("--lost-after", "Silence of a lost worker [10s]"),
    rule_flag("--mass-lost-after", "If half a component is silent [1m]"),
    rule_flag("--frozen-after", "Of equal busy reports [30s]"),
    rule_flag("--publish-min-interval", "Between two publications [200us]"),
};

inline constexpr FlagGroup kSourceGroup{"Source", kSourceFlags, "nats", true};
inline constexpr FlagGroup kRuleGroup{"Collection (durations: 250ms, 2s, 1m)", kRuleFlags,
                                      "collection"};

}  // namespace muster
