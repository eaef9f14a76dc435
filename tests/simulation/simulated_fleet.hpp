// SimulatedFleet: brokers, components, processes and the real Collector on one hand-moved clock.
//
// One thread. Everything that happens is an event on one queue; the collector's steps come when it
// asked for them (a little late, as timers are). After every step ViewChecker and
// MembershipChecker hold what muster shows against the truth.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/collect/collector.hpp"
#include "muster/fleet/watcher.hpp"
#include "simulation/event_queue.hpp"
#include "simulation/fleet_truth.hpp"
#include "simulation/seeded_random.hpp"
#include "simulation/simulated_broker.hpp"

namespace muster {

class FleetChecker;

struct SimulationOptions {
    std::uint64_t seed = 1;
    FleetRules rules;
    Duration grid = Duration(1);  ///< Events are rounded up to it.
    Duration freeze_cpu = std::chrono::microseconds(4);
    Duration timer_lateness = std::chrono::microseconds(200);  ///< At most.
    bool verbose = false;
};

/// Rules as a user would have them, with sequences that wrap early.
[[nodiscard]] FleetRules simulation_rules();

/// Every freeze costs the same CPU.
class ManualCpuMeter final : public CpuMeter {
public:
    explicit ManualCpuMeter(Duration cost) : cost_(cost) {}
    [[nodiscard]] Duration thread_cpu() const noexcept override { return used_ += cost_; }
    [[nodiscard]] Duration cost() const noexcept { return cost_; }

private:
    Duration cost_;
    mutable Duration used_{};
};

class SimulatedFleet final : public StepWaker {
public:
    explicit SimulatedFleet(const SimulationOptions& options);
    ~SimulatedFleet() override;

    // Building.
    SimulatedBroker& add_broker(const std::string& name);
    SimulatedComponent& add_component(SimulatedBroker& broker, const std::string& name,
                                      const ComponentTraits& traits = {});
    std::shared_ptr<WorkerProcess> start(SimulatedComponent& component, const WorkerTraits& traits);
    /// Starts `count` workers with ids from `first_id`.
    void start_many(SimulatedComponent& component, std::size_t count, std::uint64_t first_id,
                    const WorkerTraits& traits = {});

    // Faults of processes and of muster itself; those of brokers are theirs.
    void kill(WorkerProcess& process);
    /// A new process under the same name; the old one dies. `later`: its clock says so.
    std::shared_ptr<WorkerProcess> restart(SimulatedComponent& component, WorkerProcess& old,
                                           bool later = true);
    void pause(WorkerProcess& process);
    void proceed(const std::shared_ptr<WorkerProcess>& process);
    void suspend();
    void resume();
    /// muster is killed: what reaches it is lost. Its journal ends here.
    void end_run();
    /// A new muster begins, with the journal of the one before.
    void begin_run();
    void set_load(SimulatedComponent& component, const std::shared_ptr<WorkerProcess>& process,
                  const Load& load);
    /// Another configuration for the collector: labels and expectations may differ.
    void set_rules(const FleetRules& rules);
    /// Tells the collector what discovery lists now.
    void tell_discovery(SimulatedComponent& component);

    /// Moves time. Stops early when something shown was not true.
    void run_for(Duration duration);
    /// Time without faults until everything must be settled; then checks that it is.
    void settle();

    void plan(Time when, std::function<void()> act) { queue_.plan(when, std::move(act)); }
    void plan_in(Duration wait, std::function<void()> act) {
        queue_.plan(now_ + wait, std::move(act));
    }
    /// Something reaches muster's process; it waits in the socket while muster is stopped.
    void deliver(std::function<void()> act);

    // What SimulatedBroker delivers.
    void answer(SimulatedBroker& broker, SimulatedComponent& component, WorkerProcess& process,
                RoundId round, const Saying& saying);
    void pushed(SimulatedBroker& broker, const SimulatedComponent& component,
                std::uint64_t worker_id, std::optional<std::uint32_t> rank, const Load& load,
                const std::string& key);
    void refuse(SimulatedComponent& component, WorkerProcess& process);

    [[nodiscard]] Time now() const noexcept { return now_; }
    [[nodiscard]] SeededRandom& random() noexcept { return random_; }
    [[nodiscard]] Collector& collector() noexcept { return *collector_; }
    [[nodiscard]] FleetTruth& truth() noexcept { return truth_; }
    [[nodiscard]] const SimulationOptions& options() const noexcept { return options_; }
    [[nodiscard]] SimulatedComponent& component(ComponentId id) {
        return *component_by_id_[id.value];
    }
    [[nodiscard]] std::deque<std::unique_ptr<SimulatedComponent>>& components() noexcept {
        return components_;
    }
    [[nodiscard]] std::deque<std::unique_ptr<SimulatedBroker>>& brokers() noexcept {
        return brokers_;
    }
    [[nodiscard]] SimulatedBroker& broker_of(const SimulatedComponent& component) {
        return *brokers_[component.broker];
    }
    [[nodiscard]] std::string key_of(const SimulatedComponent& component,
                                     const WorkerProcess& process) const {
        return FleetTruth::key_of(component, process.traits());
    }
    [[nodiscard]] const FleetView& view() { return reader_->current(); }
    [[nodiscard]] FleetViewPtr hold() { return reader_->hold(); }
    /// Readers keep this view from now on, and it is checked: the first two as long as this run of
    /// muster lasts, the others until six newer ones are kept.
    void keep(FleetViewPtr view);
    [[nodiscard]] Duration publication_gap() const;
    [[nodiscard]] bool suspended() const noexcept { return suspended_; }

    [[nodiscard]] bool ok() const noexcept { return failures_.empty(); }
    void fail(const std::string& what);
    [[nodiscard]] std::string failures() const;
    /// Of all runs.
    [[nodiscard]] RuleCounts rule_counts() const {
        RuleCounts counts = earlier_runs_;
        return counts += collector_->rule_counts();
    }
    /// Rises with every run of muster: what was asked in another never reaches this one.
    [[nodiscard]] std::uint64_t run() const noexcept { return run_; }
    [[nodiscard]] Time run_began() const noexcept { return run_began_; }
    /// What the run before saw last; null in the first.
    [[nodiscard]] const FleetViewPtr& seen_before() const noexcept { return seen_before_; }
    void trace(const std::string& line) const;
    [[nodiscard]] bool tracing() const noexcept { return options_.verbose; }

    void wake_by(Time when) noexcept override;

    Disturbance muster_disturbance;

private:
    void step();
    void schedule_change(SimulatedComponent& component,
                         const std::shared_ptr<WorkerProcess>& process);
    void push_soon(SimulatedComponent& component, const std::shared_ptr<WorkerProcess>& process,
                   std::size_t stream);
    void trace_events();

    SimulationOptions options_;
    Time now_;
    SeededRandom random_;
    EventQueue queue_;
    ManualCpuMeter meter_;
    FleetTruth truth_;
    std::deque<std::unique_ptr<SimulatedBroker>> brokers_;
    std::deque<std::unique_ptr<SimulatedComponent>> components_;
    std::unordered_map<std::uint32_t, SimulatedComponent*> component_by_id_;
    bool dead_ = false;
    std::uint64_t run_ = 1;
    Time run_began_;
    std::string journal_;       ///< Of the run before.
    FleetViewPtr seen_before_;  ///< By it.
    RuleCounts earlier_runs_;
    std::unique_ptr<Collector> collector_;
    std::optional<ViewReader> reader_;
    std::unique_ptr<FleetChecker> checker_;
    Time step_due_;
    Time stepped_last_;
    bool suspended_ = false;
    bool drained_ = true;
    std::vector<std::function<void()>> socket_;  ///< What waits while muster is stopped.
    std::int64_t processes_started_ = 0;
    std::vector<std::string> failures_;
};

}  // namespace muster
