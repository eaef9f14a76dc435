// See wall_clock.hpp.
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {
namespace {

WallAnchor take_pair(const Clock& clock) {
    const auto wall = std::chrono::system_clock::now();
    return {clock.now(), std::chrono::time_point_cast<std::chrono::nanoseconds>(wall)};
}

}  // namespace

WallClock::WallClock(const Clock& clock) : clock_(clock), held_(take_pair(clock)) {}

WallAnchor WallClock::choose(const WallAnchor& held, const WallAnchor& fresh) noexcept {
    const Duration off = fresh.wall - held.wall_at(fresh.steady);
    return off > kTolerance || off < -kTolerance ? fresh : held;
}

WallAnchor WallClock::anchor() const {
    const WallAnchor fresh = take_pair(clock_);
    const std::lock_guard lock(mutex_);
    held_ = choose(held_, fresh);
    return held_;
}

}  // namespace muster
