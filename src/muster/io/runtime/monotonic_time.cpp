// One system call.
#include "muster/io/runtime/monotonic_time.hpp"

#include <ctime>

namespace muster {

std::int64_t monotonic_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace muster
