// Faults and changes of who is there: deaths, replacements, discovery, strangers.
#include <algorithm>

#include "simulation/fault_script.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

bool killed(SimulatedFleet& fleet, Duration, Time over_by) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process) return false;
    fleet.kill(*process);
    if (component->traits.pinned) {
        fleet.plan(over_by, [&fleet, component, process] { fleet.restart(*component, *process); });
    }
    return true;
}

/// Dies, and comes back under its own name when it may already be lost.
bool killed_and_back(SimulatedFleet& fleet, Duration length, Time over_by) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process || component->traits.pinned) return false;
    fleet.kill(*process);
    const Time back = std::min(fleet.now() + 2 * length, over_by);
    fleet.plan(back, [&fleet, component, process] { fleet.restart(*component, *process); });
    return true;
}

bool replaced(SimulatedFleet& fleet, Duration, Time) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process || component->traits.pinned || !process->traits().instance_id) return false;
    WorkerTraits traits = process->traits();
    traits.instance_id = fresh_id(fleet);
    fleet.kill(*process);
    fleet.start(*component, traits);
    return true;
}

bool more_workers(SimulatedFleet& fleet, Duration, Time) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process || !process->traits().instance_id || component->traits.pinned) return false;
    WorkerTraits traits = process->traits();
    traits.starting_for = 800ms;
    const std::uint64_t count = fleet.random().between(1, 6);
    for (std::uint64_t i = 0; i < count; ++i) {
        traits.instance_id = fresh_id(fleet);
        fleet.start(*component, traits);
    }
    return true;
}

bool most_die(SimulatedFleet& fleet, Duration, Time) {
    SimulatedComponent* component = some_component(fleet);
    if (component->traits.pinned || component->processes.size() < 5) return false;
    std::size_t dying = component->processes.size() * 6 / 10 + 1;
    for (const auto& process : component->processes) {
        if (dying == 0) break;
        if (process->life() != WorkerProcess::Life::running) continue;
        fleet.kill(*process);
        --dying;
    }
    return true;
}

bool scaled_to_zero(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedComponent* component = some_component(fleet);
    if (component->traits.pinned || component->traits.refuses_when_dead) return false;
    std::shared_ptr<WorkerProcess> last;
    for (const auto& process : component->processes) {
        if (process->dead()) continue;
        fleet.kill(*process);
        last = process;
    }
    if (!last || !last->traits().instance_id) return last != nullptr;
    fleet.plan_in(length, [&fleet, component, traits = last->traits()]() mutable {
        traits.instance_id = fresh_id(fleet);
        fleet.start(*component, traits);
    });
    return true;
}

bool discovery_ill(SimulatedFleet& fleet, Duration length, Time) {
    using Discovery = SimulatedComponent::Discovery;
    SimulatedComponent* component = some_component(fleet);
    if (!component->traits.listed || component->discovery != Discovery::healthy) return false;
    component->discovery = fleet.random().chance(0.4) ? Discovery::unreadable : Discovery::halved;
    fleet.plan_in(length, [component] { component->discovery = Discovery::healthy; });
    return true;
}

bool withdrawn(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process || !component->traits.listed || !process->traits().instance_id) return false;
    component->withdrawn.push_back(*process->traits().instance_id);
    // Half of them die as they should, half go on answering.
    if (fleet.random().chance(0.5)) {
        fleet.plan_in(length / 2, [&fleet, process] {
            if (!process->dead()) fleet.kill(*process);
        });
    } else {
        // The check of promptness must not ask for a flag that discovery has not ended yet.
        fleet.plan_in(length, [component] { component->withdrawn.clear(); });
    }
    return true;
}

bool strangers(SimulatedFleet& fleet, Duration, Time) {
    SimulatedComponent* component = some_component(fleet);
    for (int i = 0; i < 20; ++i) {
        fleet.broker_of(*component).push_stranger(*component, fresh_id(fleet));
    }
    return true;
}

}  // namespace

const std::vector<FaultKind>& membership_faults() {
    static const std::vector<FaultKind> kinds = {
        {"killed", killed},
        {"killed_and_back", killed_and_back},
        {"replaced", replaced},
        {"more_workers", more_workers},
        {"most_die", most_die},
        {"scaled_to_zero", scaled_to_zero},
        {"discovery_ill", discovery_ill},
        {"withdrawn", withdrawn},
        {"strangers", strangers},
    };
    return kinds;
}

}  // namespace muster
