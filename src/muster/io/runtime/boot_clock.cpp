// See boot_clock.hpp. clock_gettime cannot fail for these two clocks on Linux.
#include "muster/io/runtime/boot_clock.hpp"

#include <ctime>

namespace muster {
namespace {

Duration read_clock(clockid_t clock) noexcept {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Time BootClock::now() const noexcept {
    return Time{} + read_clock(CLOCK_BOOTTIME);
}

Duration ThreadCpuMeter::thread_cpu() const noexcept {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace muster
