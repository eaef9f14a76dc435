// FaultScript: which faults strike a random fleet, when, and for how long; all from the seed.
#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "simulation/simulated_fleet.hpp"

namespace muster {

/// Strikes at something in the fleet that can take it, for about `length`; plans its own end, not
/// later than `over_by`. False: nothing was there to strike.
struct FaultKind {
    std::string_view name;
    bool (*strike)(SimulatedFleet& fleet, Duration length, Time over_by);
};

// By what they strike; each list in a file of its own.
[[nodiscard]] const std::vector<FaultKind>& transport_faults();
[[nodiscard]] const std::vector<FaultKind>& worker_faults();
[[nodiscard]] const std::vector<FaultKind>& membership_faults();

class FaultScript {
public:
    /// So many kinds strike at least, if the fleet can take them.
    static constexpr std::size_t kKindsMin = 5;

    /// Chooses more kinds than that and plans their strikes up to `over_by`. `without`: never
    /// these, for whoever cannot follow muster from one run to the next.
    FaultScript(SimulatedFleet& fleet, Time over_by, std::string_view without = {});

    /// Kinds that struck so far.
    [[nodiscard]] std::size_t kinds_struck() const noexcept { return struck_.size(); }

private:
    void strike(const FaultKind& kind);
    /// Other kinds, until enough have struck: of those that were drawn some may find no target.
    void make_up();

    SimulatedFleet& fleet_;
    Time over_by_;
    std::vector<const FaultKind*> all_;
    std::set<std::string_view> struck_;
};

// For the lists of faults: a target by chance; null if there is none.
[[nodiscard]] SimulatedBroker* some_broker(SimulatedFleet& fleet);
[[nodiscard]] SimulatedComponent* some_component(SimulatedFleet& fleet);
/// One that runs undisturbed.
[[nodiscard]] std::shared_ptr<WorkerProcess> some_process(SimulatedFleet& fleet,
                                                          const SimulatedComponent& component);
/// An instance id that nobody had.
[[nodiscard]] std::uint64_t fresh_id(SimulatedFleet& fleet);

}  // namespace muster
