// One process of a simulated worker: its ranks' loads, what it has published of them, and the
// debounced push. It dies with its process id; the worker (worker.hpp) starts another.
//
// Pure: time is passed in, bytes are written elsewhere (answers.hpp). Belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/sim/load_model.hpp"
#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/dynamo_release.hpp"
#include "muster/wire/metrics_record.hpp"

namespace muster {

/// What all processes of one fleet have in common.
struct ProcessPlan {
    ComponentName component;
    std::string service;  ///< The NATS service name that the release makes of it.
    DynamoRelease release;
    LoadModelOptions load;  ///< Its seed is not read: each process has its own.
    bool push = true;
};

/// What is wrong with the records of a process.
struct RecordFaults {
    bool nan = false;
    bool zeros = false;
    bool frozen = false;
    std::uint32_t ranks = 0;  ///< 0: one engine that does not speak of ranks.
    friend bool operator==(const RecordFaults&, const RecordFaults&) = default;
};

class SimulatedProcess {
public:
    struct Birth {
        std::uint64_t seed = 1;
        Time now{};
        WallTime started{};
        /// A process that comes up later begins empty and says zeros until its first tick.
        bool is_warm = true;
    };
    /// `plan` must outlive the process.
    SimulatedProcess(const ProcessPlan& plan, const Birth& birth, const LoadPlan& load);

    /// When `step` has something to do; Time::max() if never.
    [[nodiscard]] Time next_event() const noexcept;
    struct Happened {
        bool load_changed = false;
        bool push_due = false;  ///< Now send what `record()` says.
    };
    /// Does at most one thing that is due.
    Happened step(Time now);

    /// True if the load that is shown changed by it.
    void set_faults(const RecordFaults& faults, Time now);
    void set_load(const Load& load, Time now);
    /// After standing still: the models go on from now.
    void resume(Time now) noexcept;

    /// The record as published last, faults applied: what STATS and pushes say at this moment.
    [[nodiscard]] MetricsRecord record() const;
    /// The true load of the rank that changed last.
    [[nodiscard]] const Load& load() const noexcept { return ranks_[shown_rank_].load(); }
    [[nodiscard]] std::uint32_t shown_rank() const noexcept { return shown_rank_; }
    /// Requests accepted by `generate` since this process started.
    [[nodiscard]] std::uint64_t requests_total() const noexcept;
    [[nodiscard]] const std::string& service_id() const noexcept { return service_id_; }
    [[nodiscard]] WallTime started() const noexcept { return started_; }

private:
    void publish(Time now);
    [[nodiscard]] LoadModelOptions options_of_rank(std::uint32_t rank) const;

    const ProcessPlan* plan_;
    std::uint64_t seed_;
    LoadPlan load_plan_;
    bool is_warm_;
    WallTime started_;
    std::string service_id_;
    RecordFaults faults_;
    std::vector<LoadModel> ranks_;
    std::uint32_t shown_rank_ = 0;
    MetricsRecord published_;  ///< All zeros before the first publish, as genuine workers say.

    // The push: due one millisecond after the last change of what triggers it.
    std::uint64_t pushed_blocks_ = 0;
    std::uint64_t pushed_waiting_ = 0;
    Time push_at_ = Time::max();
};

/// A service id as the Dynamo runtime makes them: 22 characters of base 62. Whoever searches for
/// services asks each id once, so that no other component may have it, whatever its seed.
[[nodiscard]] std::string make_service_id(const ComponentName& component, std::uint64_t seed);

}  // namespace muster
