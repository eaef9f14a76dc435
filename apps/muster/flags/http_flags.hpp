// The flags of every command that collects from engines over HTTP: who they are, and how they are
// asked. http_options.hpp reads them.
#pragma once

#include <array>

#include "flags/flag.hpp"

namespace muster {

inline constexpr std::array kHttpFlags = {
    Flag{"--worker", "URL", "An engine: http://HOST:PORT (repeatable)", FlagKind::list,
         "http.workers"},
    Flag{"--discover", "WHERE", "file:PATH|dns:NAME:PORT|srv:NAME|etcd:URL|rest", FlagKind::list,
         "http.discover"},
    Flag{"--worker-token-file", "FILE", "Or in MUSTER_WORKER_TOKEN", FlagKind::text,
         "http.token_file"},
    Flag{"--worker-tls-ca", "FILE", "Authority to trust (PEM)", FlagKind::text, "http.tls_ca"},
    Flag{"--worker-tls-cert", "FILE", "Own certificate (PEM)", FlagKind::text, "http.tls_cert"},
    Flag{"--worker-tls-key", "FILE", "Its key (PEM)", FlagKind::text, "http.tls_key"},
    Flag{"--dns-servers", "LIST", "Name servers, by commas; else the system's", FlagKind::text,
         "http.dns_servers"},
};

inline constexpr FlagGroup kHttpGroup{"Engines over HTTP", kHttpFlags, "http"};

}  // namespace muster
