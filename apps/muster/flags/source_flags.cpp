// From the flags to what source_options.cpp checks.
#include "flags/source_flags.hpp"

namespace muster {

Result<CollectOptions> read_collect_options(const GivenFlags& given) {
    SourceFlags flags;
    flags.nats = given.text("--nats");
    flags.components = given.texts("--component");
    flags.endpoint = given.text("--endpoint");
    flags.nats_creds = given.text("--nats-creds");
    flags.nats_nkey = given.text("--nats-nkey");
    flags.nats_user = given.text("--nats-user");
    flags.nats_password_file = given.text("--nats-password-file");
    flags.nats_token_file = given.text("--nats-token-file");
    flags.nats_tls_ca = given.text("--nats-tls-ca");
    flags.nats_tls_cert = given.text("--nats-tls-cert");
    flags.nats_tls_key = given.text("--nats-tls-key");
    flags.nats_inbox_prefix = given.text("--nats-inbox-prefix");
    flags.interval = given.text("--interval");
    flags.patience = given.text("--patience");
    flags.stale_after = given.text("--stale-after");
    flags.lost_after = given.text("--lost-after");
    flags.mass_lost_after = given.text("--mass-lost-after");
    flags.frozen_after = given.text("--frozen-after");
    flags.publish_min_interval = given.text("--publish-min-interval");
    return read_source_flags(flags);
}

}  // namespace muster
