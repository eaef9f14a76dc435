// The seed's loop: wait 100 ms, scrape for 300 ms, publish if different, again.
//
// The steps between scrape and publication are pure functions, tested without I/O.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "muster/dynamo/component.hpp"
#include "muster/dynamo/endpoint.hpp"
#include "muster/dynamo/endpoints_channel.hpp"
#include "muster/dynamo/processed_endpoints.hpp"

namespace muster::dynamo {

inline constexpr Duration kBackoffDelay = std::chrono::milliseconds(100);
inline constexpr Duration kScrapeTimeout = std::chrono::milliseconds(300);

/// Endpoints with load: those without stats are left out silently, those whose data is no load
/// record are left out and told to `skipped`.
[[nodiscard]] std::vector<Endpoint> with_loads(
    std::vector<EndpointInfo> endpoints, DynamoRelease release,
    const std::function<void(const EndpointInfo&, const Error&)>& skipped);

/// All endpoints, each with the default load.
[[nodiscard]] std::vector<Endpoint> without_loads(std::vector<EndpointInfo> endpoints);

/// Whether the seed sends `processed` after it last sent `last`.
[[nodiscard]] bool should_send(const std::optional<ProcessedEndpoints>& last,
                               const ProcessedEndpoints& processed);

/// Runs until `stop`, until no receiver is left, or until a subject without a worker id comes,
/// where the seed's task dies: all are told nothing, and keep the last set.
void run_exact(const Component& component, EndpointsSender sender, const std::stop_token& stop,
               const std::string& endpoint);

}  // namespace muster::dynamo
