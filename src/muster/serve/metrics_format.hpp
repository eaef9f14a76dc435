// Which text form a scraper gets: by its Accept field.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "muster/wire/prometheus_text.hpp"

namespace muster {

/// OpenMetrics if the field wants version 1.0.0 of it, or any, at least as much as text/plain;
/// else Prometheus's own text, also for those who accept neither. `accept`: the field's value, if
/// there is one.
[[nodiscard]] PrometheusFormat metrics_format_of(std::optional<std::string_view> accept) noexcept;

}  // namespace muster
