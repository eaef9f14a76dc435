#include "simulation/fault_script.hpp"

#include <algorithm>
#include <string>

namespace muster {
namespace {

using namespace std::chrono_literals;

std::vector<const FaultKind*> every_kind(std::string_view without) {
    std::vector<const FaultKind*> kinds;
    for (const auto* list : {&transport_faults(), &worker_faults(), &membership_faults()}) {
        for (const FaultKind& kind : *list) {
            if (kind.name != without) kinds.push_back(&kind);
        }
    }
    return kinds;
}

}  // namespace

FaultScript::FaultScript(SimulatedFleet& fleet, Time over_by, std::string_view without)
    : fleet_(fleet), over_by_(over_by), all_(every_kind(without)) {
    SeededRandom& random = fleet.random();
    std::vector<const FaultKind*> kinds = all_;
    for (std::size_t i = kinds.size() - 1; i > 0; --i) {
        std::swap(kinds[i], kinds[random.below(i + 1)]);
    }
    kinds.resize(random.between(9, 15));
    const Duration whole = over_by - fleet.now();
    const auto plan = [&](const FaultKind* kind) {
        const Time when = fleet.now() + random.between(whole / 20, whole * 17 / 20);
        fleet.plan(when, [this, kind] { strike(*kind); });
    };
    for (const FaultKind* kind : kinds) plan(kind);
    const std::uint64_t more = random.between(4, 20);
    for (std::uint64_t i = 0; i < more; ++i) plan(kinds[random.below(kinds.size())]);
    fleet.plan(fleet.now() + whole * 9 / 10, [this] { make_up(); });
}

void FaultScript::make_up() {
    for (const FaultKind* kind : all_) {
        if (struck_.size() >= kKindsMin) return;
        if (!struck_.contains(kind->name)) strike(*kind);
    }
}

void FaultScript::strike(const FaultKind& kind) {
    SeededRandom& random = fleet_.random();
    // Short ones slip past what notices long ones, so both must be common.
    Duration length = random.chance(0.4) ? random.between(Duration(50ms), Duration(2s))
                                         : random.between(Duration(2s), Duration(20s));
    length = std::min(length, over_by_ - fleet_.now() - 100ms);
    if (length <= Duration::zero()) return;
    // Many targets cannot take it; there are others.
    bool struck = false;
    for (int attempt = 0; attempt < 12 && !struck; ++attempt) {
        struck = kind.strike(fleet_, length, over_by_);
    }
    if (!struck) return;
    struck_.insert(kind.name);
    if (fleet_.tracing()) {
        fleet_.trace("fault " + std::string(kind.name) + " for " +
                     std::to_string(to_ms(length) / 1000.0) + " s");
    }
}

SimulatedBroker* some_broker(SimulatedFleet& fleet) {
    auto& brokers = fleet.brokers();
    SimulatedBroker& broker = *brokers[fleet.random().below(brokers.size())];
    return broker.disturbance.standing() ? nullptr : &broker;
}

SimulatedComponent* some_component(SimulatedFleet& fleet) {
    auto& components = fleet.components();
    for (;;) {  // Ends: every broker has a component that is not spared.
        SimulatedComponent* one = components[fleet.random().below(components.size())].get();
        if (!one->traits.spared) return one;
    }
}

std::shared_ptr<WorkerProcess> some_process(SimulatedFleet& fleet,
                                            const SimulatedComponent& component) {
    const auto& all = component.processes;
    if (all.empty()) return nullptr;
    const auto& process = all[fleet.random().below(all.size())];
    const bool well =
        process->life() == WorkerProcess::Life::running && !process->disturbance.standing();
    return well ? process : nullptr;
}

std::uint64_t fresh_id(SimulatedFleet& fleet) {
    // Leases are large numbers; the top bit must survive.
    return fleet.random().next() | (std::uint64_t{1} << 63);
}

}  // namespace muster
