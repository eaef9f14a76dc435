// The flags of every command that collects by itself: where the workers are, and by which rules
// they are judged.
#pragma once

#include <array>

#include "flags/flag.hpp"
#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"
#include "source_options.hpp"

namespace muster {

inline constexpr std::array kSourceFlags = {
    Flag{"--nats", "URL", "Servers of one NATS cluster, by commas"},
    Flag{"--component", "NS/NAME", "Only this one (repeatable)", FlagKind::list},
    Flag{"--endpoint", "NAME", "Load endpoint [load_metrics]"},
    Flag{"--nats-creds", "FILE", "Credentials file (JWT)"},
    Flag{"--nats-nkey", "FILE", "File with an nkey seed"},
    Flag{"--nats-user", "NAME", "User"},
    Flag{"--nats-password-file", "FILE", "Or in MUSTER_NATS_PASSWORD"},
    Flag{"--nats-token-file", "FILE", "Or in MUSTER_NATS_TOKEN"},
    Flag{"--nats-tls-ca", "FILE", "Authority to trust (PEM)"},
    Flag{"--nats-tls-cert", "FILE", "Own certificate (PEM)"},
    Flag{"--nats-tls-key", "FILE", "Its key (PEM)"},
    Flag{"--nats-inbox-prefix", "SUBJECT", "Of reply subjects [_INBOX]"},
};

inline constexpr std::array kRuleFlags = {
    Flag{"--interval", "TIME", "Between two questions [by fleet size]"},
    Flag{"--patience", "TIME", "For an answer [300ms]"},
    Flag{"--stale-after", "TIME", "Age of a stale load [2s]"},
    Flag{"--lost-after", "TIME", "Silence of a lost worker [10s]"},
    Flag{"--mass-lost-after", "TIME", "If half a component is silent [1m]"},
    Flag{"--frozen-after", "TIME", "Of equal busy reports [30s]"},
    Flag{"--publish-min-interval", "TIME", "Between two publications [200us]"},
};

inline constexpr FlagGroup kSourceGroup{"Source", kSourceFlags};
inline constexpr FlagGroup kRuleGroup{"Collection (durations: 250ms, 2s, 1m)", kRuleFlags};

/// REQUIRES: "--nats" was given.
[[nodiscard]] Result<CollectOptions> read_collect_options(const GivenFlags& given);

}  // namespace muster
