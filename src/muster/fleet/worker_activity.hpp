// WorkerActivity: what an engine's counters tell beside its gauges: how fast it works, and that it
// was busy while no gauge showed it.
//
// Said by a source that compares two answers of one process (HTTP engines). Immutable once made;
// shared by every view as long as it says the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "muster/base/time.hpp"

namespace muster {

/// Over the last seconds; each absent where the engine does not tell it, or has not twice yet.
struct WorkRates {
    std::optional<double> requests_per_s;  ///< Finished ones.
    std::optional<double> prompt_tokens_per_s;
    std::optional<double> generated_tokens_per_s;

    [[nodiscard]] bool any() const noexcept {
        return requests_per_s || prompt_tokens_per_s || generated_tokens_per_s;
    }
    friend bool operator==(const WorkRates&, const WorkRates&) = default;
};

struct WorkerActivity {
    WorkRates rates;
    /// Times that the counters told of work between two answers of which neither showed any; since
    /// muster watches the worker.
    std::uint64_t unseen_bursts = 0;
    Time last_unseen_burst = kNever;  ///< When it was learnt.

    friend bool operator==(const WorkerActivity&, const WorkerActivity&) = default;
};

/// Null: nothing is told.
using WorkerActivityPtr = std::shared_ptr<const WorkerActivity>;

}  // namespace muster
