// `muster serve`: keeps the view and serves it over HTTP until it is asked to stop; SIGHUP has it
// read its configuration again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "error_report.hpp"
#include "flags/config_change.hpp"
#include "log_record.hpp"
#include "muster/base/error.hpp"
#include "muster/io/http/tls_files.hpp"
#include "muster/serve/access.hpp"
#include "source_options.hpp"
#include "stop_signals.hpp"

namespace muster {

struct ServeOptions {
    CollectOptions collect;
    std::string listen = "127.0.0.1:6878";
    AccessRules access;
    TlsServerFiles tls;
    LogLevel log_level = LogLevel::info;
    LogFormat log_format = LogFormat::text;
    std::string state_dir;  ///< Empty: the environment names none, so no journal can be kept.
    std::uint64_t journal_size = 0;  ///< 0: none is kept.
};

/// What a second reading of the configuration gave. Of the options only the collector's, the log's
/// and the token can be taken by a `serve` that runs; the server reads the files of TLS again.
struct ReadAgain {
    ServeOptions options;
    ConfigChange change;
};
/// Reads it again; fails with a whole sentence, and then nothing changes. Empty: there is no file.
using Rereading = std::function<Result<ReadAgain>()>;

/// Asked to stop, it stops and gives `done`.
[[nodiscard]] ExitCode run_serve(const ServeOptions& options, const Rereading& reread,
                                 StopSignals& signals);

}  // namespace muster
