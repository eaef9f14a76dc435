// Faults of single processes.
#include <algorithm>

#include "simulation/fault_script.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// Runs `begin` on a process that is well now and `end` when the time is over.
template <typename Begin, typename End>
bool strike_one(SimulatedFleet& fleet, Duration length, Begin begin, End end) {
    SimulatedComponent* component = some_component(fleet);
    const auto process = some_process(fleet, *component);
    if (!process || !begin(*component, process)) return false;
    fleet.plan_in(length, [component, process, end] { end(*component, process); });
    return true;
}

using Process = std::shared_ptr<WorkerProcess>;

bool stopped(SimulatedFleet& fleet, Duration length, Time) {
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            fleet.pause(*process);
            return true;
        },
        [&fleet](SimulatedComponent&, const Process& process) { fleet.proceed(process); });
}

bool lies(SimulatedFleet& fleet, Duration length, Time) {
    const auto lie = static_cast<Lie>(fleet.random().between(1, 4));
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            process->lie = lie;
            return true;
        },
        [](SimulatedComponent&, const Process& process) { process->lie = Lie::none; });
}

bool garbage(SimulatedFleet& fleet, Duration length, Time) {
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            process->garbles = true;
            process->disturbance.begin();
            return true;
        },
        [&fleet](SimulatedComponent&, const Process& process) {
            process->garbles = false;
            process->disturbance.end(fleet.now());
        });
}

bool cut_off(SimulatedFleet& fleet, Duration length, Time) {
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            process->cut_off = true;
            process->disturbance.begin();
            return true;
        },
        [&fleet](SimulatedComponent& component, const Process& process) {
            fleet.broker_of(component).worker_reconnects(process);
            process->disturbance.end(fleet.now());
        });
}

bool frozen(SimulatedFleet& fleet, Duration length, Time) {
    const Duration long_enough = length + fleet.options().rules.frozen_after;
    return strike_one(
        fleet, long_enough,
        [&](SimulatedComponent&, const Process& process) {
            process->frozen = true;
            return true;
        },
        [](SimulatedComponent&, const Process& process) { process->frozen = false; });
}

bool frozen_from_birth(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedComponent* component = some_component(fleet);
    if (component->traits.pinned || component->traits.refuses_when_dead) return false;
    WorkerTraits traits;
    traits.instance_id = fresh_id(fleet);
    if (fleet.random().chance(0.5)) traits.starting_for = 1ms;
    traits.change_every = 20ms;
    const auto process = fleet.start(*component, traits);
    process->frozen = true;
    fleet.plan_in(length + 6s, [process] { process->frozen = false; });
    return true;
}

bool responder_killed(SimulatedFleet& fleet, Duration, Time) {
    return strike_one(
        fleet, Duration(1),
        [&](SimulatedComponent& component, const Process& process) {
            if (component.traits.pinned) return false;
            process->responder_dead = true;
            return true;
        },
        [](SimulatedComponent&, const Process&) {});
}

bool rank_learned(SimulatedFleet& fleet, Duration length, Time) {
    const auto rank = static_cast<std::uint32_t>(fleet.random().below(8));
    // Most later say so for good; some fall back to no rank for a while, as an old writer does.
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            if (process->stream_count() != 1 || process->rank(0) ||
                !process->traits().instance_id) {
                return false;
            }
            process->disturbance.touch(fleet.now());
            process->learn_rank(rank);
            return true;
        },
        [](SimulatedComponent&, const Process&) {});
}

bool rank_left_out(SimulatedFleet& fleet, Duration length, Time) {
    return strike_one(
        fleet, length,
        [&](SimulatedComponent&, const Process& process) {
            if (process->stream_count() == 1) return false;
            process->leaves_rank_out = process->left_rank_out = true;
            return true;
        },
        [](SimulatedComponent&, const Process& process) { process->leaves_rank_out = false; });
}

bool rank_ends(SimulatedFleet& fleet, Duration, Time) {
    return strike_one(
        fleet, Duration(1),
        [&](SimulatedComponent&, const Process& process) {
            if (process->stream_count() == 1) return false;
            process->silence_stream(fleet.random().below(process->stream_count()));
            return true;
        },
        [](SimulatedComponent&, const Process&) {});
}

bool restarted(SimulatedFleet& fleet, Duration, Time) {
    return strike_one(
        fleet, Duration(1),
        [&](SimulatedComponent& component, const Process& process) {
            fleet.restart(component, *process);
            return true;
        },
        [](SimulatedComponent&, const Process&) {});
}

bool clock_went_back(SimulatedFleet& fleet, Duration, Time) {
    return strike_one(
        fleet, Duration(1),
        [&](SimulatedComponent& component, const Process& process) {
            if (!process->traits().tells_start) return false;
            fleet.restart(component, *process, false);
            return true;
        },
        [](SimulatedComponent&, const Process&) {});
}

bool two_processes(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedComponent* component = some_component(fleet);
    const auto older = some_process(fleet, *component);
    if (!older || !older->traits().tells_start) return false;
    older->disturbance.begin();
    const auto newer = fleet.start(*component, older->traits());
    const bool newer_ends = fleet.random().chance(0.5);
    fleet.plan_in(length, [&fleet, older, newer, newer_ends] {
        const auto& ends = newer_ends ? newer : older;
        if (!ends->dead()) fleet.kill(*ends);
        // Whoever is left takes over once the other has been silent for long enough to be lost.
        const Duration takes_over = fleet.options().rules.lost_after + 12s;
        fleet.plan_in(takes_over, [&fleet, older] { older->disturbance.end(fleet.now()); });
    });
    return true;
}

}  // namespace

const std::vector<FaultKind>& worker_faults() {
    static const std::vector<FaultKind> kinds = {
        {"stopped", stopped},
        {"lies", lies},
        {"garbage", garbage},
        {"cut_off", cut_off},
        {"frozen", frozen},
        {"frozen_from_birth", frozen_from_birth},
        {"responder_killed", responder_killed},
        {"rank_learned", rank_learned},
        {"rank_left_out", rank_left_out},
        {"rank_ends", rank_ends},
        {"restarted", restarted},
        {"clock_went_back", clock_went_back},
        {"two_processes", two_processes},
    };
    return kinds;
}

}  // namespace muster
