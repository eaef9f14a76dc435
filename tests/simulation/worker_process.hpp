// One process of a simulated fleet: what it is, how its load moves, what it would say if asked now.
//
// Knows nothing of brokers or muster: SimulatedBroker carries its words, SimulatedFleet moves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/load.hpp"
#include "simulation/disturbance.hpp"
#include "simulation/load_history.hpp"
#include "simulation/seeded_random.hpp"

namespace muster {

/// Dynamo's debounce between a change and its push.
constexpr Duration kPushDebounce = std::chrono::milliseconds(1);

/// How numbers that cannot be are mixed into what a worker says.
enum class Lie : std::uint8_t { none, above_total, huge_count, fraction_above_one, zero_capacity };

struct WorkerTraits {
    std::optional<std::uint64_t> instance_id;  ///< Absent: a static worker.
    std::string service_id;                    ///< Its name where it has no number.
    std::vector<std::optional<std::uint32_t>> ranks = {std::nullopt};
    bool tells_start = true;
    bool counts_requests = true;
    bool offers_load = true;
    bool tells_load = true;  ///< False: offers the endpoint, but without a usable record.
    bool pushes = false;
    bool changes_untold = true;  ///< Also changes fields that trigger no push.
    Duration starting_for{};     ///< All zeros for this long after the start.
    Duration change_every = std::chrono::milliseconds(700);  ///< Mean time between changes.
    std::uint64_t slots = 64;
    std::uint64_t blocks = 1024;
};

/// What a process says to one question. `load` empty: an answer without one.
struct Saying {
    std::optional<std::int64_t> started;
    std::optional<std::uint64_t> requests_total;
    bool offers_load = true;
    std::optional<std::uint32_t> rank;
    std::optional<Load> load;
};

class WorkerProcess {
public:
    /// `started` is the process's own clock: nanoseconds since 1970.
    WorkerProcess(WorkerTraits traits, std::int64_t started, Time now, SeededRandom random);

    enum class Life : std::uint8_t { running, paused, dead };

    [[nodiscard]] const WorkerTraits& traits() const noexcept { return traits_; }
    [[nodiscard]] Life life() const noexcept { return life_; }
    [[nodiscard]] bool dead() const noexcept { return life_ == Life::dead; }
    [[nodiscard]] Time born() const noexcept { return born_; }
    /// Time::max() while it lives.
    [[nodiscard]] Time died() const noexcept { return died_; }
    [[nodiscard]] std::size_t stream_count() const noexcept { return histories_.size(); }
    [[nodiscard]] const LoadHistory& history(std::size_t stream) const noexcept {
        return histories_[stream];
    }
    [[nodiscard]] std::optional<std::uint32_t> rank(std::size_t stream) const noexcept {
        return traits_.ranks[stream];
    }
    /// The record that an answer carries now: all ranks share one, the last writer's stands.
    [[nodiscard]] std::size_t last_writer() const noexcept { return last_writer_; }
    [[nodiscard]] Time last_writer_since() const noexcept { return last_writer_since_; }
    [[nodiscard]] Saying say(std::size_t stream) const;
    [[nodiscard]] Duration until_next_change();

    /// Changes one stream's load; gives the stream if the change triggers a push.
    struct Change {
        std::size_t stream;
        bool triggers_push;
    };
    Change change(Time now);
    void set_load(std::size_t stream, const Load& load, Time now);
    /// The rank becomes known. REQUIRES: one stream.
    void learn_rank(std::uint32_t rank) { traits_.ranks[0] = learnt_rank_ = rank; }
    /// Its records name no rank any more; the row keeps it.
    void forget_rank() { traits_.ranks[0] = std::nullopt; }
    [[nodiscard]] std::optional<std::uint32_t> learnt_rank() const { return learnt_rank_; }
    /// The stream is never written again.
    void silence_stream(std::size_t stream) { silenced_ = stream; }
    void serve_requests(std::uint64_t count) noexcept { requests_ += count; }

    void pause() noexcept { life_ = Life::paused; }
    void proceed() noexcept { life_ = Life::running; }
    void die(Time now);

    Lie lie = Lie::none;
    bool frozen = false;           ///< Its numbers stand still though it works.
    bool responder_dead = false;   ///< Answers nothing any more; goes on working and pushing.
    bool garbles = false;          ///< Its answers are refused at the wire.
    bool cut_off = false;          ///< From its broker; its client connects again.
    bool question_lost = false;    ///< A question found it cut off, since it was.
    bool leaves_rank_out = false;  ///< Its records sometimes carry no rank though it has several.
    bool left_rank_out = false;    ///< It ever did: its records may be taken for another rank's.
    Disturbance disturbance;

private:
    [[nodiscard]] Load random_load();
    [[nodiscard]] Load told(Load load) const;

    WorkerTraits traits_;
    std::int64_t started_;
    Time born_;
    Time died_ = Time::max();
    Life life_ = Life::running;
    std::uint64_t requests_ = 0;
    std::size_t last_writer_ = 0;
    Time last_writer_since_;
    std::optional<std::size_t> silenced_;
    std::optional<std::uint32_t> learnt_rank_;
    std::vector<LoadHistory> histories_;
    SeededRandom random_;
};

}  // namespace muster
