// The metrics page: what GET /metrics says, word by word as docs/guide/metrics.md has it.
//
// Place in the data path: view and process -> text. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/io/journal/journal_status.hpp"
#include "muster/io/runtime/process_meter.hpp"
#include "muster/wire/prometheus_text.hpp"

namespace muster {

/// What was built, as muster_build_info tells it.
struct BuildInfo {
    std::string_view version;   ///< "0.1.0"
    std::string_view compiler;  ///< "g++ 12.2.0"
};
/// Of this library.
[[nodiscard]] BuildInfo build_info() noexcept;

struct MetricsPage {
    const FleetView& view;
    Time now{};
    const ProcessFigures& process;
    BuildInfo build;
    std::optional<JournalStatus> journal = {};  ///< Absent: none is kept.
};

[[nodiscard]] std::string metrics_page_text(PrometheusFormat format, const MetricsPage& page);

}  // namespace muster
