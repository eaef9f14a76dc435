// What this process has cost so far, and waiting for the end of a measurement without costing any.
#pragma once

#include <sys/resource.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "muster/base/time.hpp"
#include "muster/io/runtime/monotonic_time.hpp"

namespace muster::bench {

struct ProcessCost {
    double cpu_s = 0.0;  ///< User and system, all threads.
    std::int64_t at_ns = 0;
    std::int64_t switches = 0;     ///< Threads that went to sleep.
    std::int64_t peak_memory = 0;  ///< Resident, KiB.
};

inline ProcessCost cost_until_now() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return {.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime),
            .at_ns = monotonic_ns(),
            .switches = used.ru_nvcsw,
            .peak_memory = used.ru_maxrss};
}

/// Blocks the calling thread for this long.
inline void pause_for(Duration time) {
    std::mutex mutex;
    std::condition_variable never_notified;
    std::unique_lock lock(mutex);
    (void)never_notified.wait_for(lock, time, [] { return false; });
}

}  // namespace muster::bench
