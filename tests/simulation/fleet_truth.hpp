// FleetTruth: what is really so, and what muster can know of it, one entry for each instance name.
//
// Two processes may share a name (a restart, a duplicate); then either's load may be shown.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/worker_identity.hpp"
#include "simulation/simulated_broker.hpp"
#include "simulation/worker_process.hpp"

namespace muster {

struct InstanceTruth {
    SimulatedComponent* component = nullptr;
    std::vector<std::shared_ptr<WorkerProcess>> processes;  ///< Oldest first, the dead included.
    bool withdrawn = false;  ///< Discovery does not list it (any more).
    Time listed_since{};     ///< When the collector was told of that, or of the opposite.
    // What was delivered to the collector.
    std::uint64_t answers = 0;
    Time asked_last = kNever;      ///< When the newest question that it answered was sent.
    Duration listened_at_proof{};  ///< The source's listened time at that moment.
    std::vector<Time> refusals;    ///< Since its last answer.
    std::vector<Time> pushes;      ///< When each that was applied arrived.
    std::map<std::optional<std::uint32_t>, Time> rank_said;  ///< When it was last delivered.
    /// When each push was sent that nothing held back, by rank.
    std::map<std::optional<std::uint32_t>, std::vector<Time>> published;

    /// Whether a push arrived at `moment`, as a slot rounds it (down to a microsecond).
    [[nodiscard]] bool pushed_at(Time moment) const;
    /// The newest push of this rank that was sent by `moment`, and in time; kNever: none.
    [[nodiscard]] Time published_by(std::optional<std::uint32_t> rank, Time moment) const;
    /// The process that runs under this name, newest first; null if none lives.
    [[nodiscard]] WorkerProcess* living() const;
    [[nodiscard]] std::size_t living_count() const;
    [[nodiscard]] bool was(std::optional<std::uint32_t> rank, const Load& shown, Time from,
                           Time until) const;
    [[nodiscard]] bool triggers_were(std::optional<std::uint32_t> rank, const Load& shown,
                                     Time from, Time until) const;
    [[nodiscard]] bool was_unknown(std::optional<std::uint32_t> rank, Time from, Time until) const;
    /// Whether its processes spoke of more than one rank, or of none and one.
    [[nodiscard]] bool had_several_ranks() const;
    /// Whether two processes of this name lived at once at some moment after `since`.
    [[nodiscard]] bool had_twins_since(Time since) const;
    /// Whether any process of this name lived at some moment in [from, until].
    [[nodiscard]] bool lived(Time from, Time until) const;
};

class FleetTruth {
public:
    InstanceTruth& enter(SimulatedComponent& component,
                         const std::shared_ptr<WorkerProcess>& process);
    [[nodiscard]] InstanceTruth* find(const std::string& key);
    void published(const std::string& key, std::optional<std::uint32_t> rank, Time when);
    [[nodiscard]] InstanceTruth* find(const std::shared_ptr<const WorkerIdentity>& identity);
    [[nodiscard]] std::unordered_map<std::string, InstanceTruth>& all() noexcept {
        return instances_;
    }
    [[nodiscard]] static std::string key_of(const SimulatedComponent& component,
                                            const WorkerTraits& traits);

private:
    std::unordered_map<std::string, InstanceTruth> instances_;
    // Saves the making of names: an identity object stands for one id as long as it lives, and it
    // lives as long as this.
    std::unordered_map<std::shared_ptr<const WorkerIdentity>, InstanceTruth*> by_identity_;
};

}  // namespace muster
