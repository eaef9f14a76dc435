// DelayHistogram: how long something takes, counted in fixed buckets.
//
// Place in the data path: beside it. The collector records under its lock, a metrics page reads. A
// record costs a search among 15 bounds and three plain stores, no locked instruction.
// Thread rule: one writer at a time (a lock orders them), any number of readers without a lock.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "muster/base/time.hpp"

namespace muster {

class DelayHistogram {
public:
    static constexpr std::size_t kBounds = 15;
    /// Upper bounds, inclusive and rising; what is above the last has a bucket of its own.
    using Bounds = std::array<Duration, kBounds>;

    /// What was recorded. The parts are read one after another: `sum` may know of a record more or
    /// less than `counts`.
    struct Reading {
        std::array<std::uint64_t, kBounds + 1> counts{};  ///< Per bucket, not cumulative.
        Duration sum{};
    };

    explicit constexpr DelayHistogram(const Bounds& bounds) noexcept : bounds_(bounds) {}
    DelayHistogram(const DelayHistogram&) = delete;
    DelayHistogram& operator=(const DelayHistogram&) = delete;

    /// Writer. A negative delay counts as none: two clocks readings may differ by nanoseconds.
    void record(Duration delay) noexcept {
        delay = std::max(delay, Duration::zero());
        const std::size_t at = bucket_of(delay);
        // Relaxed, and no fetch_add: there is one writer, and nothing is read on the strength of a
        // count.
        auto& count = counts_[at];
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        sum_nanos_.store(sum_nanos_.load(std::memory_order_relaxed) + delay.count(),
                         std::memory_order_relaxed);
    }
    /// Reader.
    [[nodiscard]] Reading read() const noexcept {
        Reading reading;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            reading.counts[i] = counts_[i].load(std::memory_order_relaxed);
        }
        reading.sum = Duration(sum_nanos_.load(std::memory_order_relaxed));
        return reading;
    }
    [[nodiscard]] const Bounds& bounds() const noexcept { return bounds_; }

private:
    /// A binary search without a branch: delays jump about, and a branch that the processor guesses
    /// wrong costs more than all the comparisons.
    [[nodiscard]] std::size_t bucket_of(Duration delay) const noexcept {
        static_assert(kBounds == 15, "four halvings");
        std::size_t at = 0;
        for (std::size_t half = 8; half != 0; half /= 2) {
            at += delay > bounds_[at + half - 1] ? half : 0;
        }
        return at;
    }

    Bounds bounds_;
    std::array<std::atomic<std::uint64_t>, kBounds + 1> counts_{};
    std::atomic<std::int64_t> sum_nanos_{0};
};

}  // namespace muster
