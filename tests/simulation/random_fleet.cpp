#include "simulation/random_fleet.hpp"

#include <array>

#include "simulation/fault_script.hpp"
#include "simulation/simulated_fleet.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFaultsFor = 62s;

SimulationOptions random_options(std::uint64_t seed, bool verbose) {
    SeededRandom random(seed ^ 0x5eed);
    SimulationOptions options;
    options.seed = seed;
    options.verbose = verbose;
    options.rules = simulation_rules();
    FleetRules& rules = options.rules;
    if (random.chance(0.4)) {
        constexpr std::array<Duration, 5> kIntervals = {100ms, 250ms, 500ms, 1s, 2s};
        rules.interval = kIntervals[random.below(kIntervals.size())];
    }
    // The long limits are shortened, so that 60 s can show what they do.
    rules.lost_after = random.between(Duration(3s), Duration(10s));
    rules.mass_lost_after = random.between(Duration(12s), Duration(25s));
    rules.frozen_after = random.between(Duration(4s), Duration(10s));
    rules.rank_unheard_after = random.between(Duration(10s), Duration(20s));
    rules.tombstone_kept_for = random.between(Duration(12s), Duration(30s));
    rules.restored_within = random.between(Duration(4s), Duration(30s));
    if (random.chance(0.1)) rules.tombstones_max = 4;
    constexpr std::array<Duration, 4> kGrids = {Duration(20us), 500us, 1ms, 2ms};
    options.grid = kGrids[random.below(kGrids.size())];
    if (random.chance(0.15)) options.freeze_cpu = 150us;
    if (random.chance(0.2)) options.timer_lateness = 60ms;
    return options;
}

// Other labels and expectations, from the start and now and then. Its chance is its own, so that it
// moves nothing else; nor should it.
class Reconfiguration {
public:
    Reconfiguration(SimulatedFleet& fleet, std::uint64_t seed, Time over_by)
        : fleet_(fleet), random_(seed ^ 0xc0f1) {
        for (Time when = fleet.now(); when < over_by;
             when += random_.between(Duration(5s), Duration(40s))) {
            fleet.plan(when, [this] { strike(); });
        }
    }

private:
    void strike() {
        FleetRules rules = fleet_.options().rules;
        rules.labels.clear();
        rules.expected.clear();
        for (const auto& component : fleet_.components()) {
            const std::string value = std::to_string(random_.below(3));
            if (random_.chance(0.7)) rules.labels.push_back({component->name, {{"zone", value}}});
            if (random_.chance(0.7)) {
                rules.expected.push_back({component->name, random_.below(16)});
            }
        }
        if (random_.chance(0.5)) rules.labels.push_back({"*1", {{"zone", "odd"}}});
        if (random_.chance(0.5)) rules.expected.push_back({"nobody/there", 1});
        fleet_.set_rules(rules);
    }

    SimulatedFleet& fleet_;
    SeededRandom random_;
};

class RandomFleet {
public:
    explicit RandomFleet(SimulatedFleet& fleet) : fleet_(fleet), random_(fleet.random()) {
        const std::size_t brokers = random_.between(1, 2);
        // One fleet in fifteen is large; the others stay small, so that 500 of them are quick.
        workers_max_ = random_.chance(0.06) ? 90 : 14;
        for (std::size_t i = 0; i < brokers; ++i) {
            SimulatedBroker& broker = fleet.add_broker("nats-" + std::to_string(i + 1));
            broker.workers_return_within = 2s;
            const std::size_t components = random_.between(2, 4);
            for (std::size_t c = 0; c < components; ++c) add_component(broker, i * 10 + c);
            if (random_.chance(0.4)) add_twins(broker, i);
        }
    }

private:
    void add_component(SimulatedBroker& broker, std::size_t number) {
        ComponentTraits traits;
        traits.listed = random_.chance(0.3);
        traits.pinned = random_.chance(0.2);
        traits.refuses_when_dead = !traits.listed && random_.chance(0.15);
        SimulatedComponent& component = fleet_.add_component(
            broker, "dynamo" + std::to_string(broker.index()) + "/part" + std::to_string(number),
            traits);
        WorkerTraits worker = random_worker();
        const std::size_t count = random_.between(1, workers_max_);
        const bool stationary = !traits.listed && random_.chance(0.1);
        for (std::size_t i = 0; i < count; ++i) {
            WorkerTraits one = worker;
            one.service_id = "service-" + std::to_string(i);
            if (!stationary) one.instance_id = fresh_id(fleet_);
            fleet_.start(component, one);
        }
    }

    WorkerTraits random_worker() {
        WorkerTraits worker;
        worker.tells_start = random_.chance(0.7);
        worker.pushes = random_.chance(0.5);
        worker.changes_untold = random_.chance(0.4);
        worker.change_every = random_.between(Duration(300ms), Duration(4s));
        if (random_.chance(0.3)) worker.starting_for = random_.between(Duration(1s), Duration(4s));
        if (random_.chance(0.12)) {
            worker.ranks = {0U, 1U, 2U};
        } else if (random_.chance(0.3)) {
            worker.ranks = {static_cast<std::uint32_t>(random_.below(4))};
        }
        if (random_.chance(0.08)) worker.offers_load = false;
        if (random_.chance(0.1)) {
            worker.tells_load = false;
            worker.pushes = true;
            // Its silence confirms what the same process pushed: it must say which it is.
            worker.tells_start = true;
        }
        return worker;
    }

    /// The same instance id in two components of one namespace: a push cannot tell which it means.
    void add_twins(SimulatedBroker& broker, std::size_t number) {
        const std::uint64_t id = fresh_id(fleet_);
        for (const char* side : {"/left", "/right"}) {
            WorkerTraits twin;
            twin.instance_id = id;
            twin.pushes = true;
            // While one of the two is not known, its pushes would be taken for the other's.
            ComponentTraits traits;
            traits.spared = true;
            const std::string name = "twins" + std::to_string(number) + side;
            fleet_.start(fleet_.add_component(broker, name, traits), twin);
        }
    }

    SimulatedFleet& fleet_;
    SeededRandom& random_;
    std::size_t workers_max_ = 0;
};

}  // namespace

RandomRun run_random_fleet(std::uint64_t seed, bool verbose) {
    SimulatedFleet fleet(random_options(seed, verbose));
    const RandomFleet made(fleet);
    const Reconfiguration reconfiguration(fleet, seed, fleet.now() + kFaultsFor);
    FaultScript script(fleet, fleet.now() + kFaultsFor);
    fleet.run_for(kFaultsFor + 1s);
    if (fleet.ok() && script.kinds_struck() < FaultScript::kKindsMin) {
        fleet.fail("only " + std::to_string(script.kinds_struck()) + " kinds of fault struck");
    }
    if (fleet.ok()) fleet.settle();
    RandomRun run;
    run.seed = seed;
    run.ok = fleet.ok();
    run.failures = fleet.failures();
    run.fault_kinds = script.kinds_struck();
    for (const auto& [key, truth] : fleet.truth().all()) run.processes += truth.processes.size();
    run.rules = fleet.rule_counts();
    return run;
}

}  // namespace muster
