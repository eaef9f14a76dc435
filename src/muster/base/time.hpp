// Time as muster measures it: one steady clock for every age, interval and deadline.
//
// The clock is the machine's CLOCK_BOOTTIME, so that time asleep or suspended counts as time
// gone by. Nothing here reads a clock: `base::Clock` (clock.hpp) is passed in by whoever
// may. Wall time is a type of its own: it is shown to people, never subtracted from this one.
#pragma once

#include <chrono>
#include <cstdint>

namespace muster {

/// Names the steady clock in types. It has no `now()` on purpose: time is a parameter.
struct SteadyClockTag {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<SteadyClockTag, duration>;
    static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
/// A moment on the steady clock (nanoseconds since boot).
using Time = SteadyClockTag::time_point;
/// A moment on somebody's wall clock (nanoseconds since 1970, UTC). Shown, never compared with
/// Time.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Marks "never" or "not known" where an optional would double a hot row's size.
inline constexpr Time kNever = Time::min();
/// Marks a deadline that does not stand: later than any time.
inline constexpr Time kNotDue = Time::max();

/// An age is never negative: a clock that two threads read may differ by a few nanoseconds.
[[nodiscard]] constexpr Duration age_between(Time then, Time now) noexcept {
    return now > then ? now - then : Duration::zero();
}

/// Converts a duration to fractional milliseconds, the unit of ages on every surface.
[[nodiscard]] constexpr double to_ms(Duration d) noexcept {
    return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace muster
