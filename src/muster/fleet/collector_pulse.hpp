// CollectorPulse: what the collector tells of itself, beside the views and shared by all of them:
// when it last stepped, and how long answers and publications take.
//
// Written under the collector's lock, read by anyone without it. Volatile: no part of a view's
// value.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "muster/base/delay_histogram.hpp"
#include "muster/base/time.hpp"

namespace muster {

/// From 100 us, a broker on the same machine, to 5 s, the longest patience of a source.
inline constexpr DelayHistogram::Bounds kAnswerDelayBounds = {
    std::chrono::microseconds(100), std::chrono::microseconds(250),  std::chrono::microseconds(500),
    std::chrono::milliseconds(1),   std::chrono::microseconds(2500), std::chrono::milliseconds(5),
    std::chrono::milliseconds(10),  std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
    std::chrono::milliseconds(100), std::chrono::milliseconds(250),  std::chrono::milliseconds(500),
    std::chrono::seconds(1),        std::chrono::milliseconds(2500), std::chrono::seconds(5)};

/// From 10 us, a freeze of a small fleet, to 1 s, which only a collector that hangs can reach.
inline constexpr DelayHistogram::Bounds kPublishDelayBounds = {
    std::chrono::microseconds(10),  std::chrono::microseconds(25),   std::chrono::microseconds(50),
    std::chrono::microseconds(100), std::chrono::microseconds(250),  std::chrono::microseconds(500),
    std::chrono::milliseconds(1),   std::chrono::microseconds(2500), std::chrono::milliseconds(5),
    std::chrono::milliseconds(10),  std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
    std::chrono::milliseconds(100), std::chrono::milliseconds(250),  std::chrono::seconds(1)};

static_assert(std::ranges::is_sorted(kAnswerDelayBounds) &&
              std::ranges::is_sorted(kPublishDelayBounds));

struct CollectorPulse {
    /// Of the last step: how a reader notices that the collector itself hangs.
    std::atomic<std::int64_t> last_step_nanos{0};
    /// From a question's sending to each answer's receipt, late ones included.
    DelayHistogram answer_delay{kAnswerDelayBounds};
    /// From the first change that a view shows to its publication.
    DelayHistogram publish_delay{kPublishDelayBounds};

    [[nodiscard]] Time last_step() const noexcept {
        return Time(Duration(last_step_nanos.load(std::memory_order_relaxed)));
    }
};

}  // namespace muster
