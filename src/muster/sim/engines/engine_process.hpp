// One process of a simulated engine: the loads of its ranks, the counters that go with them, and
// what its gauges show of them, as late as those of the genuine engine do.
//
// Pure: time is passed in. Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/engines/engine.hpp"
#include "muster/fleet/load.hpp"
#include "muster/sim/load_model.hpp"

namespace muster::detail {

/// What pages are made of, for one rank.
struct EngineRankState {
    Load load;   ///< As it is.
    Load shown;  ///< As the gauges say.
    // Counters since the process started.
    double prompt_tokens = 0.0;
    double cached_tokens = 0.0;  ///< Of these, found in the prefix cache.
    double generated_tokens = 0.0;
    double steps = 0.0;  ///< Iterations of the engine.
    std::uint64_t admitted = 0;
    std::uint64_t done = 0;
};

/// What is wrong with the numbers of a process.
struct EngineNumberFaults {
    bool nan = false;     ///< Its fractions are NaN.
    bool zeros = false;   ///< Its gauges and counters are 0.
    bool frozen = false;  ///< The engine hangs: nothing moves on its pages.
    friend bool operator==(const EngineNumberFaults&, const EngineNumberFaults&) = default;
};

class EngineProcess {
public:
    struct Birth {
        Engine engine = Engine::vllm;
        std::uint64_t seed = 1;
        std::uint32_t ranks = 1;
        Time now{};
        WallTime started{};
        LoadModelOptions load;  ///< Its seed is not read.
        std::string model = "acme/chat-8b";
    };
    explicit EngineProcess(const Birth& birth);

    /// When `step` has something to do; Time::max() if never.
    [[nodiscard]] Time next_event() const noexcept;
    /// Lets happen what is due. True if a load changed.
    bool step(Time now);
    void set_load(const Load& load, Time now);
    void set_faults(const EngineNumberFaults& faults, Time now);
    /// After standing still: goes on from now.
    void resume(Time now);

    [[nodiscard]] Engine engine() const noexcept { return birth_.engine; }
    [[nodiscard]] const std::string& model() const noexcept { return birth_.model; }
    [[nodiscard]] WallTime started() const noexcept { return birth_.started; }
    [[nodiscard]] Duration age(Time now) const noexcept { return age_between(birth_.now, now); }
    /// Brings counters up to `now`, and gives what pages say then.
    [[nodiscard]] std::vector<EngineRankState> states(Time now);
    /// The true load of a rank.
    [[nodiscard]] const Load& load(std::uint32_t rank) const { return ranks_[rank].model.load(); }
    [[nodiscard]] std::uint32_t rank_count() const noexcept {
        return static_cast<std::uint32_t>(ranks_.size());
    }
    [[nodiscard]] const EngineNumberFaults& faults() const noexcept { return faults_; }

    /// Records of TensorRT-LLM that nobody has read yet: iterations and the state after each, by
    /// rank. Reading drains.
    struct Iteration {
        std::uint64_t number = 0;
        std::uint32_t rank = 0;
        Load load;
    };
    [[nodiscard]] std::vector<Iteration> drain_iterations(Time now);

private:
    struct Rank {
        explicit Rank(LoadModel one) : model(std::move(one)) {}
        LoadModel model;
        EngineRankState state;
        Time counted_to{};
        Time show_at = Time::max();
        std::uint64_t steps_read = 0;
    };

    void count(Rank& rank, Time now);
    void show_later(Rank& rank, Time now);
    [[nodiscard]] Duration lag(const Rank& rank) const noexcept;

    Birth birth_;
    EngineNumberFaults faults_;
    std::vector<Rank> ranks_;
};

}  // namespace muster::detail
