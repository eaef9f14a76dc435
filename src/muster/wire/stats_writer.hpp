// Writes what Dynamo workers send, byte for byte as recorded from each release: replies to
// `$SRV.STATS|INFO|PING` and the pushed load event. For simulated workers and round-trip tests.
// Pure: appends to the caller's string.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/wire/dynamo_release.hpp"
#include "muster/wire/metrics_record.hpp"

namespace muster {

/// One endpoint of a service to write.
struct WrittenEndpoint {
    std::string_view endpoint{};  ///< `generate`, `load_metrics`, ...
    std::uint64_t num_requests = 0;
    std::uint64_t num_errors = 0;
    std::uint64_t processing_time_ns = 0;
    std::uint64_t average_processing_time_ns = 0;
    std::string_view last_error{};
    const MetricsRecord* record = nullptr;  ///< Null: `data` is null (or left out, from 0.8).
    /// Takes the place of `data` if not empty: what a faulty worker sends.
    std::string_view data_json{};
};

/// The service of one process.
struct WrittenService {
    DynamoRelease release{};
    std::string_view service{};     ///< service_name(...)
    std::string_view service_id{};  ///< 22 characters, new at every start.
    WallTime started{};
    std::optional<std::uint64_t> instance_id{};  ///< Absent: a static worker.
    std::span<const WrittenEndpoint> endpoints{};
};

void write_stats_reply(std::string& out, const WrittenService& service);
void write_info_reply(std::string& out, const WrittenService& service, const ComponentName& name);
void write_ping_reply(std::string& out, const WrittenService& service);

/// The record as it stands under `data` in STATS of that release.
void write_metrics(std::string& out, const MetricsRecord& record, DynamoRelease release);

/// The payload on `namespace.NS.kv_metrics` (0.4.1-0.7): 32-bit floats printed as such.
void write_load_event(std::string& out, std::uint64_t worker_id, const MetricsRecord& record);

/// A double, or a float, as serde_json prints it: `0.0`, `1.5`, `1e-7`; null if not finite.
void append_serde_double(std::string& out, double value);
void append_serde_float(std::string& out, float value);

}  // namespace muster
