// LoadHistory: what the load of each worker was in the last minutes, sampled from published views.
//
// Outside the data path: it is a reader like others, and costs the collector nothing. Bounded by
// kHistorySamplesMax per worker and kHistoryBytesMax in all: in a larger fleet each worker keeps
// fewer samples. A worker that leaves takes its history with it.
// Thread rule: any; one short lock inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// One worker at one moment.
struct LoadSample {
    std::uint64_t kv_active_blocks = 0;
    std::uint32_t running = 0;  ///< More than fits is not known; no engine has 4 billion requests.
    std::uint32_t waiting = 0;
    float kv_usage = 0.0F;
    LoadFields known;
    WorkerState state = WorkerState::unknown;
};

/// Oldest first; `times` and `samples` are of one length.
struct WorkerHistory {
    std::vector<Time> times;
    std::vector<LoadSample> samples;
};

class LoadHistory {
public:
    explicit LoadHistory(std::size_t samples_max = kHistorySamplesMax,
                         std::size_t bytes_max = kHistoryBytesMax)
        : samples_max_(samples_max), bytes_max_(bytes_max), depth_(samples_max) {}

    /// Takes one sample of every worker of the view. REQUIRES: `now` not before the last call's.
    void sample(const FleetView& view, Time now);
    /// Empty for a worker that is not there, or was not yet when the last sample was taken.
    [[nodiscard]] WorkerHistory of(std::string_view worker_id) const;
    /// Samples that each worker keeps now.
    [[nodiscard]] std::size_t depth() const;

private:
    struct Track {
        std::shared_ptr<const WorkerIdentity> identity;
        std::uint64_t first_tick = 0;  ///< Its first sample.
        std::vector<LoadSample> ring;  ///< The sample of tick t is at t % depth_.
    };
    void follow(const FleetView& view);
    void fit_depth(std::size_t workers);

    mutable std::mutex mutex_;
    std::size_t samples_max_;
    std::size_t bytes_max_;
    std::size_t depth_;
    std::uint64_t tick_ = 0;     ///< Of the last sample; 0: none yet.
    std::vector<Time> times_;    ///< Of tick t at t % depth_.
    std::vector<Track> tracks_;  ///< In the order of `directory_`.
    std::shared_ptr<const Directory> directory_;
};

/// {"interval_ms", "time": [...], "state": [...], and a list for each field}.
void append_history_json(std::string& out, const WorkerHistory& history, Duration interval,
                         const WallAnchor& anchor);

}  // namespace muster
