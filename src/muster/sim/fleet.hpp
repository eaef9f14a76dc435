// A fleet of simulated Dynamo workers on a real NATS server, in this process: what
// `muster sim dynamo` runs, and what tests and the demo start.
//
// One thread drives all workers; NATS delivery threads hand it the questions. Every public function
// may be called from any thread, but not from `on_truth`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"
#include "muster/sim/fault.hpp"
#include "muster/sim/load_model.hpp"
#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/dynamo_release.hpp"

namespace muster {

/// What is true of one worker (of the rank that changed last).
struct WorkerTruth {
    std::uint32_t worker = 0;  ///< Index, from 0.
    std::uint64_t instance_id = 0;
    bool alive = true;       ///< False while the process is dead; then only the counts below hold.
    std::string service_id;  ///< Of the present process.
    WallTime started{};      ///< Of the present process, as it says in STATS.
    std::optional<std::uint32_t> rank;
    Load load;  ///< As the engine is; faults make the worker say something else.
    std::uint64_t requests_total = 0;
    std::uint64_t changes = 0;       ///< Since the fleet's start.
    std::int64_t changed_at_ns = 0;  ///< CLOCK_MONOTONIC at the last change.
};

/// One line of `--print-truth`, with its newline: time, worker (`NAMESPACE/COMPONENT/ID`), rank,
/// whether it is alive, and its load.
void append_truth_line(std::string& out, const WorkerTruth& truth, const ComponentName& component);

struct SimulatedFleetOptions {
    /// One server, or several of one cluster, comma-separated. May hold user and password.
    std::string nats_url = "nats://127.0.0.1:4222";
    ComponentName component{"dynamo", "backend"};
    DynamoRelease release;  ///< Which release's names and bytes to use.
    std::uint32_t workers = 3;
    /// Two fleets of one component and one seed are the same workers twice; of two components they
    /// have the same loads, but no id in common.
    std::uint64_t seed = 1;
    LoadPlan load;
    double changes_per_second = 1.0;
    /// Each answer is late by a random time of its own below this.
    Duration jitter{};
    /// Whether workers push `kv_metrics`, if their release does.
    bool push = true;
    std::vector<PlannedFault> faults;
    /// The workers' ids follow on from this one; chosen by seed and component if absent.
    std::optional<std::uint64_t> first_instance_id;
    /// Called at every change of a worker's load, before anybody can see it, and once per worker at
    /// the start; never from two threads at once. Must return quickly and not call the fleet.
    std::function<void(const WorkerTruth&)> on_truth;
};

/// At most this many workers in one fleet: what muster itself accepts in a view.
inline constexpr std::uint32_t kSimulatedWorkersMax = 100'000;

struct SimulatedFleetCounters {
    std::uint64_t questions = 0;   ///< Received, whoever they were for.
    std::uint64_t reply_less = 0;  ///< Of them without reply subject: they kill responders.
    std::uint64_t answers = 0;
    std::uint64_t pushes = 0;
    std::uint64_t changes = 0;        ///< Of loads.
    std::uint64_t send_failures = 0;  ///< Not sent: above the server's limit, or no connection.
    friend bool operator==(const SimulatedFleetCounters&, const SimulatedFleetCounters&) = default;
};

class SimulatedFleet {
public:
    /// Connects, subscribes and waits until the server knows the subscriptions: a question asked
    /// after this returned is answered. Fails with `closed` if no server can be reached, with
    /// `bad_input` if an option makes no sense.
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

public:
    /// For start(): nobody else has an Engine.
    explicit SimulatedFleet(std::unique_ptr<Engine> engine);

private:
    std::unique_ptr<Engine> engine_;
};

}  // namespace muster
