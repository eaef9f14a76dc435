// A fleet of simulated LLM engines, each an HTTP server on a port of its own, in this process: what
// `muster sim vllm|sglang|llamacpp|trtllm` runs, and what tests start.
//
// One thread drives all of them. Every public function may be called from any thread, but not from
// `on_truth`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/engines/engine.hpp"
#include "muster/fleet/load.hpp"
#include "muster/sim/fault.hpp"
#include "muster/sim/load_model.hpp"

namespace muster {

/// What is true of one rank of one engine.
struct EngineTruth {
    std::uint32_t worker = 0;           ///< Index, from 0.
    std::string address;                ///< HOST:PORT
    bool alive = true;                  ///< False while its process is gone; then there is no load.
    std::optional<std::uint32_t> rank;  ///< Absent where the engine has one rank.
    Load load;                          ///< As the engine is; its pages may lag behind, or lie.
    std::uint64_t changes = 0;
    std::int64_t changed_at_ns = 0;  ///< CLOCK_MONOTONIC at the last change.
};

/// One line of `--print-truth`, with its newline; the worker is `http/HOST:PORT[/RANK]`.
void append_truth_line(std::string& out, const EngineTruth& truth);

struct SimulatedEnginesOptions {
    /// vllm, sglang, llamacpp or trtllm.
    Engine engine = Engine::vllm;
    std::string host = "127.0.0.1";  ///< An IPv4 address of this machine.
    /// The first worker's; the others follow on. 0: free ones, whatever they are.
    std::uint16_t first_port = 0;
    std::uint32_t workers = 3;
    std::uint32_t ranks = 1;  ///< Data-parallel ranks of each.
    std::string model = "acme/chat-8b";
    std::uint64_t seed = 1;
    LoadPlan load;
    double changes_per_second = 1.0;
    std::vector<PlannedFault> faults;
    /// Called at every change of an engine's load, before anybody can see it, and once per worker
    /// and rank at the start. Must return quickly and not call the fleet.
    std::function<void(const EngineTruth&)> on_truth;
};

/// Each holds a listening socket and its connections.
inline constexpr std::uint32_t kSimulatedEnginesMax = 5'000;

struct SimulatedEnginesCounters {
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;  ///< Whole ones.
    std::uint64_t bytes = 0;    ///< Sent.
    std::uint64_t changes = 0;  ///< Of loads.
};

class SimulatedEngines {
public:
    /// Binds every port and serves. Fails with `bad_input` if an option makes no sense, with
    /// `closed` if a port cannot be had.
    [[nodiscard]] static Result<std::unique_ptr<SimulatedEngines>> start(
        SimulatedEnginesOptions options);
    ~SimulatedEngines();
    SimulatedEngines(const SimulatedEngines&) = delete;
    SimulatedEngines& operator=(const SimulatedEngines&) = delete;

    /// Ends all at once, like a kill. Idempotent.
    void stop();

    /// As SimulatedFleet: in force when it returns.
    [[nodiscard]] Result<void> set_fault(std::uint32_t worker, Fault fault,
                                         Duration duration = kForever);
    [[nodiscard]] Result<void> clear_faults(std::uint32_t worker);
    /// Gives each rank of a worker this load at once and ends its own model.
    [[nodiscard]] Result<void> set_load(std::uint32_t worker, const Load& load);

    /// HOST:PORT. REQUIRES: `worker` exists.
    [[nodiscard]] std::string address(std::uint32_t worker) const;
    [[nodiscard]] EngineTruth truth(std::uint32_t worker, std::uint32_t rank = 0) const;
    [[nodiscard]] SimulatedEnginesCounters counters() const;

private:
    class Room;

public:
    /// For start(): nobody else has a Room.
    explicit SimulatedEngines(std::unique_ptr<Room> room);

private:
    std::unique_ptr<Room> room_;
};

}  // namespace muster
