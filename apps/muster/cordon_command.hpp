// `muster cordon WORKER --why TEXT` and `muster uncordon WORKER`: an operator's mark on a worker,
// through a running serve.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "muster/io/http/http_client.hpp"

namespace muster {

struct CordonOptions {
    HttpUrl server;
    HttpClientOptions client;
    std::string worker;
    std::string why;
    std::string by;  ///< Empty: the user's login name.
};

/// The same without a reason.
struct UncordonOptions {
    HttpUrl server;
    HttpClientOptions client;
    std::string worker;
    std::string by;
};

/// One line on stdout when it is done.
[[nodiscard]] ExitCode run_cordon(const CordonOptions& options, const std::stop_token& stop);
[[nodiscard]] ExitCode run_uncordon(const UncordonOptions& options, const std::stop_token& stop);

}  // namespace muster
