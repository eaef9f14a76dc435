// What a collecting command needs, made from its flags (flags/source_flags.hpp) and checked.
//
// Pure but for the secrets' files and the environment, which are read here, once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flags/given_flags.hpp"
#include "http_options.hpp"
#include "muster/base/error.hpp"
#include "muster/collect/collector.hpp"
#include "muster/io/nats/nats_options.hpp"

namespace muster {

struct CollectOptions {
    std::vector<NatsSourceOptions> sources;
    HttpOptions http;  ///< At least one of the two names something.
    Collector::Options collector;
};

/// There is something to collect from: --nats, --worker or --discover, or [[nats]] in the file.
[[nodiscard]] bool has_source(const GivenFlags& given);

/// Fails (bad_input) with a whole sentence that names the flag, the variable or the place in the
/// file. Passwords and tokens that stand in no file are taken from MUSTER_NATS_PASSWORD and
/// MUSTER_NATS_TOKEN: the password for every source with a user, the token for every source
/// without another login.
/// REQUIRES: has_source(given).
[[nodiscard]] Result<CollectOptions> read_collect_options(const GivenFlags& given);

/// Reads a duration flag into `duration`, which stays as it is if the flag was not given.
[[nodiscard]] Result<void> read_duration(const GivenFlags& given, std::string_view flag,
                                         Duration least, Duration& duration);

}  // namespace muster
