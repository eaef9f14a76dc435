// `muster check`: is the fleet as it is expected to be (--fleet)? What is a server, what does it
// offer, what is missing (TARGET...)? In words, and as an exit code.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "error_report.hpp"
#include "flags/view_flags.hpp"
#include "http_options.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

struct CheckOptions {
    ViewRoad road;
    /// Given, these servers are looked at, and the road is not used.
    std::vector<ScrapeTarget> targets;
    HttpOptions http;
    bool json = false;
};

/// Code 1 if something is missing, not known, or a source is not connected; 2 if nothing is
/// expected. Waits some seconds for what cannot be known yet.
[[nodiscard]] ExitCode run_check(const CheckOptions& options, const std::stop_token& stop);

struct FleetVerdict {
    bool as_expected = true;
    std::string words;  ///< One line for each expectation, and for each source that is ill.
};
[[nodiscard]] FleetVerdict verdict_on(const FleetDocument& fleet);

}  // namespace muster
