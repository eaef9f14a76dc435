// A first look at a server before nats.c connects to it: is it there, does it speak NATS, what does
// it demand?
//
// nats.c says "no server available" for everything from a wrong port to a paused broker, and cannot
// be interrupted while it waits. The probe can, and tells these apart. It reads the server's
// greeting (INFO) and hangs up.
#pragma once

#include <stop_token>
#include <string>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/io/nats/nats_url.hpp"

namespace muster {

struct NatsGreeting {
    bool tls_required = false;
    bool tls_verify = false;  ///< It asks for our certificate.
    bool auth_required = false;
    Duration took{};  ///< Address, TCP and greeting.
};

/// Waits at most `patience`, less when stopped. Errors: closed (refused), timeout, bad_input (no
/// such host), unsupported (it does not speak NATS); worded for people.
[[nodiscard]] Result<NatsGreeting> probe_nats(const NatsUrl& url, Duration patience,
                                              const std::stop_token& stop);

/// Why a TLS handshake with the server fails, in words ("certificate has expired"), found out by
/// one of our own. Empty if it does not fail. `ca_file` empty: the system's authorities.
[[nodiscard]] std::string explain_tls_failure(const NatsUrl& url, const std::string& ca_file,
                                              Duration patience);

}  // namespace muster
