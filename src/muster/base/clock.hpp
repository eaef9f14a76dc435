// The clock as a parameter. `io/runtime` implements it over CLOCK_BOOTTIME, tests move it by hand
// (tests/support/manual_clock.hpp); nothing else may ask the machine for the time.
#pragma once

#include "muster/base/time.hpp"

namespace muster {

/// Thread rule: `now()` may be called from any thread, at any time, without locking.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Time now() const noexcept = 0;
};

/// Measures the CPU time that the calling thread has used, so that publication can be held to a
/// share of a core (design: at most 5 %). Tests pass a meter they move themselves.
class CpuMeter {
public:
    virtual ~CpuMeter() = default;
    [[nodiscard]] virtual Duration thread_cpu() const noexcept = 0;
};

}  // namespace muster
