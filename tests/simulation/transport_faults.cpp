// Faults of brokers, of our connection to them, and of muster's own process.
#include <algorithm>

#include "simulation/fault_script.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// A client that pings every second gives a silent connection up after about this.
constexpr Duration kClientNotices = 3s;

bool broker_stopped(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedBroker* broker = some_broker(fleet);
    if (broker == nullptr) return false;
    broker->pause();
    const bool noticed = length > kClientNotices;
    if (noticed)
        fleet.plan_in(kClientNotices, [broker] { broker->lose_our_link("stale connection"); });
    fleet.plan_in(length, [broker, noticed] {
        broker->proceed();
        if (noticed) broker->come_back();
    });
    return true;
}

bool broker_killed(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedBroker* broker = some_broker(fleet);
    if (broker == nullptr) return false;
    broker->die();
    fleet.plan_in(length, [broker] { broker->come_back(); });
    return true;
}

bool broker_back_with_others(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedBroker* broker = some_broker(fleet);
    if (broker == nullptr) return false;
    broker->die();
    fleet.plan_in(length, [&fleet, broker] {
        for (const auto& component : fleet.components()) {
            if (component->broker != broker->index() || component->traits.pinned) continue;
            const auto old = component->processes;
            for (const auto& process : old) {
                if (process->dead() || !process->traits().instance_id) continue;
                WorkerTraits traits = process->traits();
                traits.instance_id = fresh_id(fleet);
                fleet.kill(*process);
                fleet.start(*component, traits);
            }
        }
        broker->come_back();
    });
    return true;
}

bool half_open(SimulatedFleet& fleet, Duration length, Time) {
    SimulatedBroker* broker = some_broker(fleet);
    if (broker == nullptr) return false;
    broker->half_open();
    fleet.plan_in(std::min(length, kClientNotices), [broker] { broker->notice_half_open(); });
    return true;
}

/// Sets the weather for a while.
template <typename Change>
bool weather(SimulatedFleet& fleet, Duration length, Change change) {
    SimulatedBroker* broker = some_broker(fleet);
    if (broker == nullptr) return false;
    const Weather before = broker->weather();
    Weather bad = before;
    change(bad);
    broker->disturbance.begin();
    broker->set_weather(bad);
    fleet.plan_in(length, [broker, before] { broker->set_weather(before); });
    // The source may wait for an echo that was lost until it writes it off.
    const Duration echo_written_off = bad.loss > 0 ? Duration(5s) : Duration::zero();
    fleet.plan_in(length + echo_written_off,
                  [&fleet, broker] { broker->disturbance.end(fleet.now()); });
    return true;
}

bool loss(SimulatedFleet& fleet, Duration length, Time) {
    const double part = 0.05 + 0.4 * fleet.random().fraction();
    return weather(fleet, length, [&](Weather& bad) { bad.loss = part; });
}

bool questions_lost(SimulatedFleet& fleet, Duration length, Time) {
    const double part = 0.05 + 0.4 * fleet.random().fraction();
    return weather(fleet, length, [&](Weather& bad) { bad.questions_lost = part; });
}

bool delay(SimulatedFleet& fleet, Duration length, Time) {
    // Of one leg; an answer travels three.
    const Duration most = fleet.random().between(Duration(50ms), Duration(700ms));
    return weather(fleet, length, [&](Weather& bad) {
        bad.delay_min = most / 4;
        bad.delay_max = most;
    });
}

bool reordering(SimulatedFleet& fleet, Duration length, Time) {
    return weather(fleet, length, [&](Weather& bad) {
        bad.delay_max = 150ms;
        bad.reorders = true;
    });
}

bool doubling(SimulatedFleet& fleet, Duration length, Time) {
    return weather(fleet, length, [&](Weather& bad) {
        bad.delay_max = 40ms;
        bad.doubling = 0.5;
    });
}

bool unsendable(SimulatedFleet& fleet, Duration length, Time) {
    return weather(fleet, length, [](Weather& bad) { bad.unsendable = 0.5; });
}

bool muster_stopped(SimulatedFleet& fleet, Duration length, Time) {
    if (fleet.suspended()) return false;
    fleet.suspend();
    fleet.plan_in(length, [&fleet] { fleet.resume(); });
    return true;
}

bool muster_killed(SimulatedFleet& fleet, Duration length, Time) {
    if (fleet.suspended()) return false;
    fleet.end_run();
    fleet.plan_in(length, [&fleet] { fleet.begin_run(); });
    return true;
}

}  // namespace

const std::vector<FaultKind>& transport_faults() {
    static const std::vector<FaultKind> kinds = {
        {"broker_stopped", broker_stopped},
        {"broker_killed", broker_killed},
        {"broker_back_with_others", broker_back_with_others},
        {"half_open", half_open},
        {"loss", loss},
        {"questions_lost", questions_lost},
        {"delay", delay},
        {"reordering", reordering},
        {"doubling", doubling},
        {"unsendable", unsendable},
        {"muster_stopped", muster_stopped},
        {"muster_killed", muster_killed},
    };
    return kinds;
}

}  // namespace muster
