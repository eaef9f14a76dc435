// A clock and a CPU meter that tests move by hand.
#pragma once

#include <atomic>
#include <chrono>

#include "muster/base/clock.hpp"

namespace muster::testing {

/// Starts a day after boot, so that subtracting an hour stays positive. Thread rule: any.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Time now() const noexcept override { return now_.load(); }
    void set(Time now) noexcept { now_.store(now); }
    Time advance(Duration by) noexcept {
        now_.store(now_.load() + by);
        return now_.load();
    }

private:
    std::atomic<Time> now_{Time{} + std::chrono::hours(24)};
};

class ManualCpuMeter final : public CpuMeter {
public:
    [[nodiscard]] Duration thread_cpu() const noexcept override { return used_.load(); }
    void use(Duration by) noexcept { used_.store(used_.load() + by); }

private:
    std::atomic<Duration> used_{Duration::zero()};
};

}  // namespace muster::testing
