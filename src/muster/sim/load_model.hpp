// What a simulated worker's load does over time: requests queue, run, grow, and leave.
//
// Pure and deterministic: time is passed in, nothing is read from the machine, and the same
// options give the same loads in the same order everywhere. Belongs to one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"
#include "muster/sim/random.hpp"

namespace muster {

enum class LoadShape : std::uint8_t {
    model,  ///< Requests arrive, wait, run and finish; blocks follow their sequences.
    fixed,  ///< The given load, for ever.
    sine,   ///< Running and blocks swing over 60 ticks, each worker with its own phase.
    step,   ///< Every tick switches between a low and a high load.
    burst,  ///< Idle; every tick a few requests come and are done within kBurstTime.
};

/// Less than a step of an engine, so that one which shows what its last step saw never shows it.
inline constexpr Duration kBurstTime = std::chrono::milliseconds(20);

/// What `--load` says.
struct LoadPlan {
    LoadShape shape = LoadShape::model;
    Load fixed;  ///< Read only where the shape is `fixed`.
};

/// Reads `model`, `sine`, `step`, `burst` or `fixed:JSON`. The JSON is one flat object of the
/// load's names
/// (`{"running":37,"slots":256,"kv_active_blocks":10234,"kv_total_blocks":27814}`); a field that is
/// left out keeps a usable default, `kv_usage` follows from the blocks.
[[nodiscard]] Result<LoadPlan> parse_load_plan(std::string_view text);

struct LoadModelOptions {
    LoadPlan plan;
    std::uint64_t seed = 1;
    /// Ticks per second; each tick of the shapes `model` and `step` changes the load, one of
    /// `burst` twice. In [0.001, 10000]; `fixed` has none.
    double changes_per_second = 1.0;
    std::uint32_t slots = 256;
    std::uint32_t kv_blocks = 27'814;
    /// Simulated seconds that have passed at the start, so that a fleet does not begin empty.
    double warm_seconds = 60.0;
};

/// The sums that must hold after every tick: admitted = running + waiting + done,
/// blocks_held <= blocks_total, running <= slots. Only the shape `model` has requests and blocks of
/// its own; for `sine`, `step` and `burst` the books are kept from the load's differences.
struct LoadBooks {
    std::uint64_t admitted = 0;
    std::uint64_t running = 0;
    std::uint64_t waiting = 0;
    std::uint64_t done = 0;
    std::uint64_t blocks_held = 0;  ///< Sum over the running sequences, counted one by one.
    std::uint64_t refused = 0;      ///< Never admitted: the queue was full.
    std::uint64_t preempted = 0;    ///< Put back into the queue because blocks ran out.
};

class LoadModel {
public:
    LoadModel(const LoadModelOptions& options, Time start);

    /// When the next tick is due; Time::max() if there is none (`fixed`).
    [[nodiscard]] Time next_tick() const noexcept { return next_tick_; }

    /// Performs at most one tick, if it is due. True if the load changed. Call it until nothing is
    /// due; a model that is more than a second behind goes on from now and loses no tick, so the
    /// order of loads never depends on when it was called.
    bool step(Time now);

    /// The next tick is one tick's length from `now`: after a pause in which the worker stood
    /// still.
    void resume(Time now) noexcept;

    [[nodiscard]] const Load& load() const noexcept { return load_; }
    /// Cost: one pass over the running sequences.
    [[nodiscard]] LoadBooks books() const noexcept;
    /// Requests admitted since the start: what a Dynamo worker counts at `generate`.
    [[nodiscard]] std::uint64_t requests_total() const noexcept { return admitted_; }

private:
    struct Request {
        std::uint32_t tokens = 0;  ///< In the KV cache once it runs: its prompt, then more.
        std::uint32_t final_tokens = 0;
    };

    void tick();
    void tick_model(double seconds);
    void tick_shape();
    void tick_burst();
    void show_shape(std::uint64_t running, std::uint64_t waiting, std::uint64_t blocks);
    [[nodiscard]] Duration until_next_tick() const noexcept;
    void arrive();
    void grow(double seconds);
    bool grow_one(std::size_t index, std::uint32_t tokens);
    void start_waiting();
    void change_anyway();
    void show_model();
    void show(std::uint64_t running, std::uint64_t waiting, std::uint64_t blocks);

    LoadShape shape_;
    SeededRandom random_;
    std::uint32_t slots_;
    std::uint32_t kv_blocks_;
    Duration tick_length_{};
    Time next_tick_ = Time::max();
    std::uint64_t ticks_ = 0;
    Load load_;

    // The queueing model. Seconds are simulated seconds since the model's own beginning.
    double seconds_ = 0.0;
    double next_arrival_ = 0.0;
    double arrivals_per_second_ = 0.0;
    double phase_ = 0.0;         ///< Of the slow swing of arrivals, and of the shape `sine`.
    double token_credit_ = 0.0;  ///< Tokens made possible by the time that passed, not yet given.
    std::size_t token_cursor_ = 0;
    double hit_level_ = 0.0;  ///< Where this worker's prefix hit rate settles.
    double hit_rate_ = 0.0;
    std::vector<Request> running_;  ///< Oldest first.
    std::deque<Request> waiting_;
    std::uint64_t blocks_held_ = 0;
    std::uint64_t admitted_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t preempted_ = 0;
};

}  // namespace muster
