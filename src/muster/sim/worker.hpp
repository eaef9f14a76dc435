// One simulated worker: an instance id that outlives its processes, and the faults that befall it.
//
// Pure and driven by the time passed in; the fleet (fleet.hpp) gives it a thread and a network.
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/sim/fault.hpp"
#include "muster/sim/process.hpp"

namespace muster {

/// All that is wrong with a worker at one moment: faults add up.
struct ActiveFaults {
    RecordFaults record;
    Duration slow{};
    bool mute = false;
    bool gone = false;  ///< dead or restart.
    bool twice = false;
    bool garbage = false;
    bool stopped = false;
    std::uint32_t flood = 0;
    friend bool operator==(const ActiveFaults&, const ActiveFaults&) = default;
};

/// A question that waits for its worker to go on.
struct HeldQuestion {
    ServiceVerb verb = ServiceVerb::stats;
    std::shared_ptr<const std::string> reply_to;
};

/// Questions a stopped worker keeps: what fits a socket's buffer, about.
inline constexpr std::size_t kHeldQuestionsMax = 1'000;

class SimulatedWorker {
public:
    struct Birth {
        std::uint32_t index = 0;
        std::uint64_t instance_id = 0;
        std::uint64_t seed = 1;
        Time now{};
        WallTime started{};
    };
    /// `plan` must outlive the worker.
    SimulatedWorker(const ProcessPlan& plan, const Birth& birth);

    /// `until` may be Time::max(). In force at the next step.
    void add_fault(Fault fault, Time from, Time until);
    void clear_faults(Time now);
    /// Its process, and each later one, has this load and no other.
    void set_load(const Load& load, Time now);

    [[nodiscard]] Time next_event() const noexcept;
    struct Happened {
        bool truth_changed = false;  ///< The load, or whether there is a process at all.
        bool push_due = false;       ///< Of the process.
        bool twin_push_due = false;  ///< Of the second one.
        bool resumed = false;        ///< Now take the held questions.
    };
    /// Does at most one thing that is due: call it until next_event() is later than `now`.
    Happened step(Time now, WallTime wall);

    enum class Reaction : std::uint8_t { answer, hold, ignore };
    [[nodiscard]] Reaction react_to_question() const noexcept;
    /// A question without a reply subject came: the responder of each process there is dies of it,
    /// as that of a genuine worker does, until the next process starts.
    void kill_responder() noexcept { is_responder_dead_ = true; }
    void hold(HeldQuestion question);
    [[nodiscard]] std::vector<HeldQuestion> take_held();

    /// The processes that are there: none, one, or two.
    [[nodiscard]] const SimulatedProcess* process() const noexcept { return get(process_); }
    [[nodiscard]] const SimulatedProcess* twin() const noexcept { return get(twin_); }
    /// Rises when a process ends: an answer of an earlier one is never sent.
    [[nodiscard]] std::uint32_t incarnation() const noexcept { return incarnation_; }
    [[nodiscard]] const ActiveFaults& faults() const noexcept { return active_; }
    [[nodiscard]] std::uint64_t instance_id() const noexcept { return instance_id_; }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] SeededRandom& random() noexcept { return random_; }

private:
    struct Window {
        Fault fault;
        Time from{};
        Time until = Time::max();
    };
    static const SimulatedProcess* get(const std::optional<SimulatedProcess>& p) noexcept {
        return p ? &*p : nullptr;
    }
    [[nodiscard]] Time next_edge(Time after) const noexcept;
    [[nodiscard]] ActiveFaults faults_at(Time now) const noexcept;
    Happened change_faults(Time now, WallTime wall);
    void start_process(Time now, WallTime wall);

    const ProcessPlan* plan_;
    std::uint32_t index_;
    std::uint64_t instance_id_;
    std::uint64_t seed_;
    SeededRandom random_;
    LoadPlan load_plan_;
    std::uint32_t births_ = 0;
    std::uint32_t incarnation_ = 0;
    bool is_responder_dead_ = false;
    std::optional<SimulatedProcess> process_;
    std::optional<SimulatedProcess> twin_;
    std::vector<Window> windows_;
    ActiveFaults active_;
    Time next_edge_ = Time::max();
    std::vector<HeldQuestion> held_;
};

}  // namespace muster
