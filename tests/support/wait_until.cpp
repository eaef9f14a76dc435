// See wait_until.hpp. The pause between two looks is a poll(2) of nothing.
#include "support/wait_until.hpp"

#include <poll.h>

#include <algorithm>

#include "muster/io/runtime/boot_clock.hpp"

namespace muster::testing {

Time steady_now() {
    return BootClock{}.now();
}

bool wait_until(Duration deadline, const std::function<bool()>& condition, Duration every) {
    const Time end = steady_now() + deadline;
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(every).count();
    for (;;) {
        if (condition()) return true;
        if (steady_now() >= end) return false;
        ::poll(nullptr, 0, static_cast<int>(std::max<std::int64_t>(pause, 1)));
    }
}

}  // namespace muster::testing
