// A fleet of simulated Dynamo workers on a real NATS server, in this process: what
// `muster sim dynamo` runs, and what tests and the demo start.
//
// One thread owns all workers; NATS delivery threads hand it the questions. Every public function
// may be called from any thread but those of the fleet (so not from `on_truth`).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"
#include "muster/sim/fault.hpp"
#include "muster/sim/load_model.hpp"

namespace muster {

/// What is true of one worker (of the rank that published last).
struct WorkerTruth {
    std::uint32_t worker = 0;  ///< Index, from 0.
    std::uint64_t instance_id = 0;
    std::string service_id;  ///< Of the present process.
    WallTime started{};      ///< Of the present process, as it says in STATS.
    bool running = true;     ///< False while the process is dead.
    std::uint32_t rank = 0;
    Load load;  ///< What it would publish, faults of its bytes aside.
    std::uint64_t requests_total = 0;
    std::uint64_t changes = 0;       ///< Of its load, since the fleet's start.
    std::int64_t changed_at_ns = 0;  ///< CLOCK_MONOTONIC at the last change.
};

struct SimulatedFleetOptions {
    std::string nats_url = "nats://127.0.0.1:4222";
    std::string dynamo_namespace = "dynamo";
    std::string component = "backend";
    std::uint32_t workers = 3;
    std::uint64_t seed = 1;
    LoadPlan load;
    double changes_per_second = 1.0;
    /// Each answer is late by a random time of its own below this.
    Duration jitter{};
    /// Whether workers push `kv_metrics` as Dynamo 0.4.1 and later do.
    bool push = true;
    std::vector<PlannedFault> faults;
    /// Called on the fleet's thread at every change of a worker's load, before anybody can see it,
    /// and once per worker at the start. Must return quickly and not call the fleet.
    std::function<void(const WorkerTruth&)> on_truth;
};

/// At most this many workers in one fleet: what muster itself accepts in a view.
inline constexpr std::uint32_t kSimulatedWorkersMax = 100'000;

struct SimulatedFleetCounters {
    std::uint64_t questions = 0;   ///< Received, reply subject present.
    std::uint64_t reply_less = 0;  ///< Without one: a genuine worker's responder dies of it.
    std::uint64_t answers = 0;
    std::uint64_t pushes = 0;
    std::uint64_t changes = 0;  ///< Of loads.
    std::uint64_t send_failures = 0;
};

class SimulatedFleet {
public:
    /// Connects, subscribes and waits until the server knows the subscriptions: a question asked
    /// after this returned is answered. Fails with `closed` if there is no server.
    [[nodiscard]] static Result<std::unique_ptr<SimulatedFleet>> start(
        SimulatedFleetOptions options);
    ~SimulatedFleet();
    SimulatedFleet(const SimulatedFleet&) = delete;
    SimulatedFleet& operator=(const SimulatedFleet&) = delete;

    /// Ends all workers at once, like a kill; bounded in time. Idempotent.
    void stop();

    /// Adds a fault from now on, for `duration`. A worker index that does not exist is an error.
    /// Returns when it is in force.
    [[nodiscard]] Result<void> set_fault(std::uint32_t worker, Fault fault,
                                         Duration duration = kForever);
    /// Ends all faults of a worker, planned ones too. A dead one starts anew.
    [[nodiscard]] Result<void> clear_faults(std::uint32_t worker);
    /// Gives a worker this load at once and ends its own model: for exact tests.
    [[nodiscard]] Result<void> set_load(std::uint32_t worker, const Load& load);

    /// REQUIRES: `worker` exists.
    [[nodiscard]] WorkerTruth truth(std::uint32_t worker) const;
    [[nodiscard]] std::vector<WorkerTruth> truths() const;
    [[nodiscard]] SimulatedFleetCounters counters() const;
    /// The NATS service name of the component, `dynamo_backend`.
    [[nodiscard]] const std::string& service_name() const noexcept;
    /// `NAMESPACE/COMPONENT/ID`, as views name the worker. REQUIRES: `worker` exists.
    [[nodiscard]] std::string worker_id(std::uint32_t worker) const;

private:
    class Engine;
    explicit SimulatedFleet(std::unique_ptr<Engine> engine);
    std::unique_ptr<Engine> engine_;
};

}  // namespace muster
