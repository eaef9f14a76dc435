// `muster top`: the fleet as a live table in the terminal, from a running `muster serve`, from a
// collection of its own, or as it was, from a journal.
#pragma once

#include <optional>
#include <stop_token>

#include "error_report.hpp"
#include "flags/journal_place.hpp"
#include "muster/base/time.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/wire/fleet_json.hpp"
#include "source_options.hpp"

namespace muster {

/// No eye sees more, and a server would be asked for nothing.
inline constexpr Duration kRefreshLeast = std::chrono::milliseconds(50);

/// A moment, and the journal that has it.
struct PastLook {
    JournalPlace place;
    WallTime when;
};

struct TopOptions {
    std::optional<CollectOptions> collect;  ///< Absent: a running `muster serve` is asked.
    HttpUrl server{"127.0.0.1", "6878", "", false};
    HttpClientOptions client;
    std::optional<PastLook> past;  ///< Neither of the two: a moment of the past is shown.
    FleetFilter filter;
    Duration refresh = std::chrono::milliseconds(250);  ///< Least time between two screens.
    bool color = true;  ///< Unless the terminal or NO_COLOR say otherwise.
};

/// On a terminal it runs until q or the stop; else it prints the table once. REQUIRES: the main
/// thread.
[[nodiscard]] ExitCode run_top(const TopOptions& options, const std::stop_token& stop);

}  // namespace muster
