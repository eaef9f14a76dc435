// One server's address as people write it: `nats://[USER[:PASSWORD]@]HOST[:PORT]`, `tls://...`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

struct NatsUrl {
    bool tls = false;
    std::string host;  ///< A name or an address; IPv6 without brackets.
    std::uint16_t port = 4222;
    std::string user;  ///< A user without a password is a token, as every NATS client reads it.
    std::string password;

    /// Without user and password: what may be shown and logged.
    [[nodiscard]] std::string shown() const;
};

/// bad_input, without repeating what could be a secret. The scheme may be left out.
[[nodiscard]] Result<NatsUrl> parse_nats_url(std::string_view text);

}  // namespace muster
