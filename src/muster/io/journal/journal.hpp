// Journal: keeps what a running muster sees and what happens to it, in files of bounded size.
//
// Place in the data path: beside it. A thread of its own looks at the published view once a second
// and takes the events that note() was given; nothing here holds up a report or a reader. What goes
// wrong with the disk is told by status() and the log, and tried again; the view does not notice.
// Order of life: make it, open() (restores), then sources, start(); stop() before the cell dies.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/restored_fleet.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/journal/journal_status.hpp"
#include "muster/io/runtime/log.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {

/// Events that wait for a disk that does not take them; the oldest go first.
inline constexpr std::size_t kJournalWaitingMax = 10'000;
/// Files in a directory: a muster that starts again and again must not fill it with small ones.
inline constexpr std::size_t kJournalSegmentsMax = 2'000;
/// Below it the samples of a large fleet would hardly last for minutes.
inline constexpr std::uint64_t kJournalBytesLeast = std::uint64_t{16} << 20;

struct JournalOptions {
    std::string directory;
    std::uint64_t bytes_max = std::uint64_t{1} << 30;
    std::string epoch;     ///< Of this run.
    std::string software;  ///< "muster 0.1.0"
    /// Events are written at latest so long after they were noted.
    Duration events_within = std::chrono::milliseconds(200);
    Duration retry_after = std::chrono::seconds(5);  ///< Between two attempts while in trouble.
    Log* log = nullptr;                              ///< Must outlive the journal.
};

class JournalWriter;

class Journal {
public:
    /// `clock` and `wall` must outlive it.
    Journal(JournalOptions options, const Clock& clock, const WallClock& wall);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Takes the directory for this process and reads what the earlier run knew, moved to our
    /// clock. Nothing: there is no earlier run, or the directory cannot be had (status() says why).
    [[nodiscard]] std::optional<RestoredFleet> open();
    /// Begins to write what `cell` shows, at once and then every second.
    void start(ViewCell& cell);
    /// Hands over what happened. Costs a short lock. Thread rule: any.
    void note(std::span<const FleetEvent> events);
    /// Writes what is there, and that muster stopped; joins. Safe to call twice.
    void stop();

    /// Thread rule: any.
    [[nodiscard]] JournalStatus status() const;

private:
    void run(const std::stop_token& stop, ViewCell& cell);
    /// Writes once; decides when the next time is.
    void turn(ViewCell& cell);
    void take_waiting();
    void set_state(JournalState state, const std::string& reason);

    JournalOptions options_;
    const Clock& clock_;
    const WallClock& wall_;
    std::unique_ptr<JournalWriter> writer_;  // The thread's own, once it runs.
    std::deque<FleetEvent> taken_;           // The same: not written yet.
    Time due_{};                             // The same: of the next turn.

    std::string before_;  // What open() learnt of the earlier run, in words.

    mutable std::mutex mutex_;
    std::condition_variable_any noted_;
    std::deque<FleetEvent> waiting_;  // By mutex_.
    JournalStatus status_;            // By mutex_.
    std::jthread thread_;
};

}  // namespace muster
