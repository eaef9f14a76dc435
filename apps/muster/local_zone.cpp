// The system's own rules of zones.
#include "local_zone.hpp"

#include <ctime>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {

std::chrono::seconds LocalZone::offset_at(WallTime when) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
    const std::time_t moment = seconds;
    std::tm local{};
    if (::localtime_r(&moment, &local) == nullptr) return {};
    return std::chrono::seconds(local.tm_gmtoff);
}

WallTime wall_time_now() {
    const BootClock clock;
    return WallClock(clock).now();
}

}  // namespace muster
