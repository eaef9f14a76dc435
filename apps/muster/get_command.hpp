// `muster get [WORKER]`: the fleet, or one worker, once or at every change.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

enum class OutputForm : std::uint8_t { table, wide, json };

struct GetOptions {
    std::optional<CollectOptions> collect;  ///< Absent: a running `muster serve` is asked.
    HttpUrl server{"127.0.0.1", "6878", "", false};
    HttpClientOptions client;
    FleetFilter filter;
    std::string worker;  ///< Empty: all.
    OutputForm output = OutputForm::table;
    bool watch = false;
    bool color = true;  ///< Unless the terminal or NO_COLOR say otherwise.
};

/// Returns when it is done, or soon after the stop was asked.
[[nodiscard]] ExitCode run_get(const GetOptions& options, const std::stop_token& stop);

}  // namespace muster
