// `muster serve`: keeps the view and serves it over HTTP until it is asked to stop.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "muster/io/http/tls_files.hpp"
#include "muster/serve/access.hpp"
#include "source_options.hpp"

namespace muster {

struct ServeOptions {
    CollectOptions collect;
    std::string listen = "127.0.0.1:6878";
    AccessRules access;
    TlsServerFiles tls;
    bool quiet = false;  ///< Only errors on stderr.
};

/// Asked to stop, it stops and gives `done`.
[[nodiscard]] ExitCode run_serve(const ServeOptions& options, const std::stop_token& stop);

}  // namespace muster
