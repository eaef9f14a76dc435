// What a metrics page says of the fleet: every series of docs/guide/metrics.md but the process's
// own.
//
// Place in the data path: FleetView -> text, beside fleet_json. Pure: the time is a parameter, and
// every age, state and statistic of one page speaks of that one moment. Any thread.
#pragma once

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/wire/prometheus_text.hpp"

namespace muster {

/// All families, the same for every fleet; a family about which nothing is known has no samples.
/// Cost: measured by wire/fleet_metrics_bench.
void write_fleet_metrics(PrometheusWriter& writer, const FleetView& view, Time now);

/// What a page of this view takes, roughly: so that its text is allocated once.
[[nodiscard]] std::size_t fleet_metrics_bytes(const FleetView& view) noexcept;

}  // namespace muster
