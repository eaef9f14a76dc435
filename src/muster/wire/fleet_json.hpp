// Our own JSON of a view: what GET /v1/fleet says, word by word as docs/guide/http.md has it.
//
// Place in the data path: FleetView -> text, the step before a socket, a file or stdout. Pure
// functions: the time is a parameter, and ages, states, statistics and `time` of one text all speak
// of that one moment. The text is always valid JSON in UTF-8, whatever names workers give
// themselves. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/fleet/cordon.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/source_info.hpp"
#include "muster/fleet/tombstone.hpp"

namespace muster {

class RowTexts;

/// A member of a worker's object that `fields=` can choose; `id` is always written.
enum class WorkerMember : std::uint8_t {
    component,
    instance_id,
    rank,
    engine,
    address,
    models,
    labels,
    state,
    flags,  ///< And flags_since and cordon, which stand only beside flags.
    generation,
    first_seen,
    age_ms,  ///< And record_age_ms, which stands only where it may differ.
    captured_age_ms,
    alive_age_ms,
    rtt_ms,
    missed,
    interval_ms,
    patience_ms,
    silent_since,  ///< Only of a worker named in the configuration, while it is silent.
    source,
    road,
    load,
    spec_decode,  ///< Only where the worker tells of it.
    trouble,      ///< Only where a worker that is asked tells no load.
    activity,     ///< Only where the worker's counters are told.
};

inline constexpr std::size_t kWorkerMemberCount = 25;
inline constexpr std::array<std::string_view, kWorkerMemberCount> kWorkerMemberNames = {
    "component",       "instance_id",  "rank",   "engine",     "address",     "models",
    "labels",          "state",        "flags",  "generation", "first_seen",  "age_ms",
    "captured_age_ms", "alive_age_ms", "rtt_ms", "missed",     "interval_ms", "patience_ms",
    "silent_since",    "source",       "road",   "load",       "spec_decode", "trouble",
    "activity"};

/// A set of members, one bit each.
class WorkerMembers {
public:
    [[nodiscard]] static constexpr WorkerMembers all() noexcept {
        WorkerMembers members;
        members.bits_ = (std::uint32_t{1} << kWorkerMemberCount) - 1;
        return members;
    }
    constexpr void add(WorkerMember m) noexcept { bits_ |= bit(m); }
    [[nodiscard]] constexpr bool has(WorkerMember m) const noexcept {
        return (bits_ & bit(m)) != 0;
    }
    friend constexpr bool operator==(WorkerMembers, WorkerMembers) = default;

private:
    static constexpr std::uint32_t bit(WorkerMember m) noexcept {
        return std::uint32_t{1} << static_cast<unsigned>(m);
    }
    std::uint32_t bits_ = 0;
};

/// Chooses entries of "workers" and "lost" and the members of a worker. Statistics, sources and
/// components always speak of the whole fleet. An empty list chooses everything; a worker must
/// match each list that is not empty, by any of its entries; of labels, by one value of each name.
struct FleetFilter {
    std::vector<std::string> components;  ///< Exact names.
    std::vector<WorkerState> states;
    bool lost = false;  ///< `state=lost`: lists the tombstones, beside the states named.
    std::vector<std::pair<std::string, std::string>> labels;
    WorkerMembers members = WorkerMembers::all();

    [[nodiscard]] bool chooses_states() const noexcept { return lost || !states.empty(); }
};

/// Whether "workers" has a worker of that state.
[[nodiscard]] bool chooses(const FleetFilter& filter, const WorkerIdentity& identity,
                           WorkerState state);
/// Whether "lost" has it.
[[nodiscard]] bool chooses_lost(const FleetFilter& filter, const Tombstone& tombstone);

/// What the text says of itself and its moment.
struct FleetMoment {
    Time now{};
    WallAnchor anchor;
    std::string_view epoch;  ///< Random per process start.
    bool past = false;       ///< From the journal: the text says `as_of`.
};

// Each appends to `out`, allocates only when `out` must grow, and never fails.

/// The whole document. Cost: measured by wire/fleet_json_bench.
void append_fleet_json(std::string& out, const FleetView& view, const FleetMoment& moment,
                       const FleetFilter& filter = {});
/// The same, from the texts of rows that did not change. REQUIRES: `texts` have the filter's
/// members; the view is theirs.
void append_fleet_json(std::string& out, const RowTexts& texts, const FleetMoment& moment,
                       const FleetFilter& filter = {});
/// The members that a change has only if they changed, each with its leading comma: "components",
/// and "expected", which is null where the document has none.
void append_rest_json(std::string& out, const FleetView& view, const FleetMoment& moment);
/// {"epoch", "version", "time", "workers"}.
void append_workers_json(std::string& out, const FleetView& view, const FleetMoment& moment,
                         const FleetFilter& filter = {});
/// {"epoch", "version", "time", and the members of the worker}. REQUIRES: row < view.size().
void append_worker_json(std::string& out, const FleetView& view, std::size_t row,
                        const FleetMoment& moment, WorkerMembers members = WorkerMembers::all());
/// {"epoch", "version", "time", "sources", "components"}.
void append_sources_json(std::string& out, const FleetView& view, const FleetMoment& moment);
/// One entry of "lost".
void append_lost_json(std::string& out, const Tombstone& tombstone, const WallAnchor& anchor);
/// {"why", "by", "since"}.
void append_cordon_json(std::string& out, const Cordon& cordon, const WallAnchor& anchor);
/// {"epoch", "version", "time", "cordons"}, each of these with its worker's "id" and whether it is
/// "present".
void append_cordons_json(std::string& out, const FleetView& view, const FleetMoment& moment);
/// One entry of "sources".
void append_source_json(std::string& out, const SourceInfo& source, const WallAnchor& anchor);

}  // namespace muster
