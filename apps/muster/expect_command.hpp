// `muster expect learn`: what is there now, as the [expect] section that would expect it.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"
#include "flags/view_flags.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

struct ExpectOptions {
    ViewRoad road;
};

/// Prints the section; code 1 if there is nobody to expect, 3 if a source could not be reached.
[[nodiscard]] ExitCode run_expect(const ExpectOptions& options, const std::stop_token& stop);

/// The section, with comments about what was not counted. Empty if nobody is there.
[[nodiscard]] std::string learnt_section(const FleetDocument& fleet);

}  // namespace muster
