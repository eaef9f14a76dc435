// One simulated engine's place: its process, which comes and goes with its faults, and what it does
// with a request. Private to sim; pure, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/sim/engines/engine_answer.hpp"
#include "muster/sim/fault.hpp"

namespace muster::detail {

/// All that is wrong with an engine at one moment: faults add up.
struct ActiveEngineFaults {
    EngineNumberFaults numbers;
    Duration slow{};
    bool silent = false;  ///< mute or hang.
    bool gone = false;    ///< dead or restart.
    bool refuse = false;
    bool reset = false;
    bool half = false;
    bool drip = false;
    bool garbage = false;
    bool stopped = false;
    std::uint32_t status = 0;
    std::uint32_t ranks = 0;
    std::uint32_t flood = 0;
    friend bool operator==(const ActiveEngineFaults&, const ActiveEngineFaults&) = default;
};

/// What a request comes to.
struct EngineReaction {
    enum class Kind : std::uint8_t { answer, hold, ignore, reset };
    Kind kind = Kind::answer;
    std::string bytes;    ///< The whole answer, status line first; what of it is sent.
    bool closes = false;  ///< The connection ends after it.
    bool drips = false;   ///< It is sent a few bytes at a time.
    Duration delay{};
};

class EnginePlace {
public:
    EnginePlace(const EngineProcess::Birth& birth, std::uint32_t index);

    void add_fault(Fault fault, Time from, Time until);
    void clear_faults(Time now);
    void set_load(const Load& load, Time now);

    [[nodiscard]] Time next_event() const noexcept;
    struct Happened {
        bool truth_changed = false;
        bool resumed = false;  ///< Held requests may be answered.
    };
    /// Lets happen what is due.
    Happened step(Time now, WallTime wall);

    [[nodiscard]] EngineReaction react(std::string_view target, bool keep_alive, Time now);

    [[nodiscard]] const EngineProcess* process() const noexcept {
        return process_ ? &*process_ : nullptr;
    }
    /// It should accept connections.
    [[nodiscard]] bool is_open() const noexcept { return process_ && !active_.refuse; }

private:
    struct Window {
        Fault fault;
        Time from{};
        Time until = Time::max();
    };
    void change_faults(Time now, WallTime wall, Happened& happened);
    void start_process(Time now, WallTime wall);
    [[nodiscard]] ActiveEngineFaults faults_at(Time now) const;
    [[nodiscard]] std::string garbage();

    EngineProcess::Birth birth_;
    std::optional<EngineProcess> process_;
    std::vector<Window> windows_;
    ActiveEngineFaults active_;
    Time next_edge_ = Time::max();
    std::uint32_t births_ = 0;
    std::uint32_t answers_ = 0;
    std::uint32_t garbage_turn_ = 0;
};

}  // namespace muster::detail
