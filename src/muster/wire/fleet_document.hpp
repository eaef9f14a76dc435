// FleetDocument: the fleet as our own JSON tells it (GET /v1/fleet), read back into values.
//
// For whoever reads a muster from outside: `muster get`, tools, tests. Liberal as every reader of
// ours: what a newer muster adds is passed over, what is absent or null is unknown.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"

namespace muster {

/// An operator's mark on a worker.
struct CordonEntry {
    std::string why;
    std::string by;  ///< Empty: not told.
    std::optional<WallTime> since;
    friend bool operator==(const CordonEntry&, const CordonEntry&) = default;
};

/// Why a worker that is asked tells no load.
struct TroubleEntry {
    std::string kind;
    std::optional<WallTime> since;
    std::string what;
    friend bool operator==(const TroubleEntry&, const TroubleEntry&) = default;
};

/// What a worker's counters tell.
struct ActivityEntry {
    std::optional<double> requests_per_s;
    std::optional<double> prompt_tokens_per_s;
    std::optional<double> generated_tokens_per_s;
    std::optional<std::uint64_t> unseen_bursts;
    std::optional<WallTime> last_unseen_burst;
    friend bool operator==(const ActivityEntry&, const ActivityEntry&) = default;
};

/// One entry of "workers". Ages are in milliseconds as of the document's own time.
struct WorkerEntry {
    std::string id;
    std::string component;
    std::string instance_id;
    std::optional<std::uint64_t> rank;
    std::string engine;
    std::string address;
    std::vector<std::string> models;
    std::vector<std::pair<std::string, std::string>> labels;
    std::string state;  ///< One of kWorkerStateNames, or one that a newer muster invented.
    std::vector<std::string> flags;
    std::vector<std::optional<WallTime>> flags_since;  ///< One for each flag.
    std::optional<CordonEntry> cordon;
    std::optional<std::uint64_t> generation;
    std::optional<double> age_ms;
    std::optional<double> record_age_ms;
    std::optional<double> captured_age_ms;
    std::optional<double> alive_age_ms;
    std::optional<double> rtt_ms;
    std::optional<std::uint64_t> missed;
    std::optional<double> interval_ms;
    std::optional<double> patience_ms;
    std::optional<WallTime> silent_since;
    std::string source;
    std::string road;
    Load load;
    std::optional<SpecDecodeStats> spec_decode;
    std::optional<TroubleEntry> trouble;
    std::optional<ActivityEntry> activity;
};

/// One entry of "lost".
struct LostEntry {
    std::string id;
    std::optional<WallTime> since;
    std::string reason;
    Load load;
};

/// One entry of "sources".
struct SourceEntry {
    std::string id;
    std::string kind;
    std::string target;
    std::string state;
    std::optional<WallTime> since;
    std::string reason;  ///< Why it is in that state; empty when all is well.
    std::optional<std::string> last_error;
    std::vector<std::string> mass_silences;  ///< In words.
    std::optional<std::uint64_t> asked;
    std::optional<std::uint64_t> answered;
    std::optional<std::uint64_t> late_answers;
    std::vector<std::pair<std::string, std::uint64_t>> rejected;  ///< By reason; those above 0.
};

/// One entry of "components".
struct ComponentEntry {
    std::string name;
    std::string source;
    std::optional<double> interval_ms;
    std::optional<double> patience_ms;
    std::vector<std::string> without_load;  ///< Ids of instances that offer none.
};

/// One entry of "expected".
struct ExpectedEntry {
    std::string component;
    std::optional<std::uint64_t> workers;
    std::optional<std::uint64_t> present;
    std::optional<std::uint64_t> missing;
    std::optional<WallTime> since;
    std::string why;
    std::vector<std::string> missing_ids;
    friend bool operator==(const ExpectedEntry&, const ExpectedEntry&) = default;
};

/// One statistic of "stats"; what it does not say is unknown.
struct StatisticEntry {
    std::optional<std::uint64_t> count;
    std::optional<double> mean;
    std::optional<double> max;
    std::optional<double> sum;
};

/// "stats": of the whole fleet, whatever filter chose the workers.
struct StatisticsEntry {
    StatisticEntry running;
    StatisticEntry waiting;
    StatisticEntry kv_usage;
    std::optional<double> oldest_age_ms;
};

struct FleetDocument {
    std::string epoch;
    std::uint64_t version = 0;
    std::optional<WallTime> time;
    StatisticsEntry stats;
    std::vector<ExpectedEntry> expected;
    std::vector<WorkerEntry> workers;
    std::vector<LostEntry> lost;
    std::vector<SourceEntry> sources;
    std::vector<ComponentEntry> components;
};

/// Fails (bad_input, upstream) if it is no JSON object with "version" and "workers"; the sentence
/// has no place in it, the caller adds where the text came from.
[[nodiscard]] Result<FleetDocument> parse_fleet_document(std::string_view json);

/// One worker's own document (GET /v1/workers/{id}).
[[nodiscard]] Result<WorkerEntry> parse_worker_document(std::string_view json);

}  // namespace muster
