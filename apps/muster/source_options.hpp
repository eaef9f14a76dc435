// The flags that say what is collected and how, checked and turned into the library's options.
//
// Shared by every command that collects. Pure but for the secrets' files and the environment, which
// are read here, once.
#pragma once

#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/collect/collector.hpp"
#include "muster/io/nats/nats_options.hpp"

namespace muster {

/// As given, unchecked; empty: not given.
struct SourceFlags {
    std::string nats;
    std::vector<std::string> components;
    std::string endpoint;
    std::string nats_creds;
    std::string nats_nkey;
    std::string nats_user;
    std::string nats_password_file;
    std::string nats_token_file;
    std::string nats_tls_ca;
    std::string nats_tls_cert;
    std::string nats_tls_key;
    std::string nats_inbox_prefix;
    std::string interval;
    std::string patience;
    std::string stale_after;
    std::string lost_after;
    std::string mass_lost_after;
    std::string frozen_after;
    std::string publish_min_interval;
};

/// What a collecting command needs.
struct CollectOptions {
    NatsSourceOptions nats;
    Collector::Options collector;
};

/// Fails (bad_input) with a whole sentence that names the flag. Passwords and tokens that stand in
/// no file are taken from MUSTER_NATS_PASSWORD and MUSTER_NATS_TOKEN.
/// REQUIRES: `flags.nats` is not empty.
[[nodiscard]] Result<CollectOptions> read_source_flags(const SourceFlags& flags);

/// Reads a duration flag into `duration`, which stays as it is if the text is empty.
[[nodiscard]] Result<void> read_duration(const char* flag, const std::string& text, Duration least,
                                         Duration& duration);

}  // namespace muster
