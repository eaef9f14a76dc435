// The series of single workers, and of the lost: the long part of a metrics page.
//
// Private to wire. Pure but for the writer; one thread.
#pragma once

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/wire/prometheus_text.hpp"

namespace muster::detail {

void write_worker_metrics(PrometheusWriter& writer, const FleetView& view, Time now);

}  // namespace muster::detail
