// STATS replies and load records exactly as the seed reads them (serde_json and its derived types):
// the same documents accepted, the same refused, the same numbers. For exact mode only.
//
// Everything the live reading forgives is an error here: one row for each rule in
// strict_stats_test.cpp and forward_pass_metrics_test.cpp. Pure and slow: it builds values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/wire/dynamo_release.hpp"
#include "muster/wire/json_value.hpp"
#include "muster/wire/metrics_record.hpp"

namespace muster {

/// The seven fields that are there together or not at all.
struct StrictEndpointStats {
    std::uint64_t num_requests = 0;
    std::uint64_t num_errors = 0;
    std::uint64_t processing_time = 0;
    double average_processing_time = 0.0;  ///< An integer in releases after 0.4.0.
    std::string last_error;
    JsonValue data;
    std::string queue_group;
    friend bool operator==(const StrictEndpointStats&, const StrictEndpointStats&) = default;
};

struct StrictEndpointInfo {
    std::string name;
    std::string subject;
    std::optional<StrictEndpointStats> stats;  ///< Absent if any of the seven is not as it must be.
    friend bool operator==(const StrictEndpointInfo&, const StrictEndpointInfo&) = default;
};

struct StrictServiceInfo {
    std::string name;
    std::string id;
    std::string version;
    std::string started;
    std::vector<StrictEndpointInfo> endpoints;
    friend bool operator==(const StrictServiceInfo&, const StrictServiceInfo&) = default;
};

/// Errors are bad_input of upstream, worded like serde's ("missing field `subject`").
[[nodiscard]] Result<StrictServiceInfo> decode_service_strictly(std::string_view payload,
                                                                DynamoRelease release = {});

/// What stands under `data`; a key that came twice had its last value taken already.
[[nodiscard]] Result<MetricsRecord> decode_metrics_strictly(const JsonValue& value,
                                                            DynamoRelease release = {});

struct StrictLoadEvent {
    std::uint64_t worker_id = 0;
    MetricsRecord data;
    friend bool operator==(const StrictLoadEvent&, const StrictLoadEvent&) = default;
};
/// The pushed event, read from text directly: here a key that comes twice is an error. Worker ids
/// are signed up to 0.6.0, unsigned after.
[[nodiscard]] Result<StrictLoadEvent> decode_load_event_strictly(std::string_view payload,
                                                                 DynamoRelease release = {});

}  // namespace muster
