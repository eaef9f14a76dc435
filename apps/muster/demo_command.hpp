// `muster demo`: broker, simulated workers, collector and server in one command, shown live.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"

namespace muster {

struct DemoOptions {
    bool once = false;   ///< One view, then the end.
    bool json = false;   ///< Documents instead of tables.
    bool color = true;   ///< Unless the terminal or NO_COLOR say otherwise.
    std::string listen;  ///< Empty: the default port, or a free one where that is taken.
};

/// On a terminal it runs until the stop is asked; else it shows some views and ends.
/// REQUIRES: the main thread.
[[nodiscard]] ExitCode run_demo(const DemoOptions& options, const std::stop_token& stop);

}  // namespace muster
