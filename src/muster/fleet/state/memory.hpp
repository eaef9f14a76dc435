// Memory: what the journal of an earlier run says of workers that this run has not met yet.
//
// Workers of a component that is collected again, from the same source, become rows at once: stale,
// flagged `restored`, out of the statistics until heard. Of all others the history is kept for
// 15 minutes: who appears meanwhile goes on with its generation and first-seen time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muster/fleet/restored_fleet.hpp"
#include "muster/fleet/tombstone.hpp"

namespace muster {

struct FleetParts;
struct ComponentRecord;
struct InstanceRecord;
struct WorkerRow;

struct Memory {
    std::unordered_map<std::string, RestoredWorker> workers;  // By id.
    std::vector<RestoredSource> sources;
    bool shows = false;  // Young enough for rows.
    Time forgotten_at = kNotDue;

    [[nodiscard]] const RestoredWorker* find(const std::string& id) const {
        if (workers.empty()) return nullptr;
        const auto at = workers.find(id);
        return at == workers.end() ? nullptr : &at->second;
    }
};

/// Takes over what an earlier run knew. REQUIRES: no source was added yet.
void remember(FleetParts& parts, RestoredFleet fleet, Time now);
/// The component is collected (again): makes rows of its workers that are remembered.
void show_remembered(FleetParts& parts, ComponentRecord& component, Time now);
/// The same for one worker that its source has listed by name: true if it has rows now, one for
/// each rank of before. REQUIRES: it has none yet.
[[nodiscard]] bool show_remembered_worker(FleetParts& parts, ComponentRecord& component,
                                          InstanceRecord& instance, std::string_view address,
                                          Time now);
/// The row is new to this run: it goes on where the earlier run left it. False: nothing is known.
[[nodiscard]] bool recall(FleetParts& parts, InstanceRecord& instance, WorkerRow& row);
/// When this id was first heard of, by tombstone or memory; else `now`.
[[nodiscard]] Time first_seen_of(const FleetParts& parts, const std::string& id, Time now);
/// A load of this very row was heard by ourselves: it is not restored any more.
void note_own_load(FleetParts& parts, WorkerRow& row);
/// Drops what nobody came back for.
void forget(FleetParts& parts, Time now);

}  // namespace muster
