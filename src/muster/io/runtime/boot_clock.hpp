// BootClock and ThreadCpuMeter: the machine's clocks behind base's ports.
//
// CLOCK_BOOTTIME, so that time asleep counts as time gone by. The only place where ages, intervals
// and deadlines get their "now"; tests pass tests/support/manual_clock.hpp instead.
#pragma once

#include "muster/base/clock.hpp"

namespace muster {

/// Thread rule: any; no state.
class BootClock final : public Clock {
public:
    [[nodiscard]] Time now() const noexcept override;
};

/// Thread rule: measures the calling thread; any thread may call it.
class ThreadCpuMeter final : public CpuMeter {
public:
    [[nodiscard]] Duration thread_cpu() const noexcept override;
};

}  // namespace muster
