#include "muster/collect/publication.hpp"

#include <algorithm>

namespace muster {
namespace {

// A freeze may take at most one part in twenty of the time: 5 % of a core.
constexpr int kGapPerFreezeCpu = 20;
// The answers of a hundred workers are read in 0.3 ms: one view, not three.
constexpr Duration kBurstMax = std::chrono::microseconds(400);
// Ten publications of a small fleet. Without, whoever receives a burst sleeps in the middle of it
// for a fraction of a millisecond, and on a busy machine for several.
constexpr Duration kSavedMax = std::chrono::milliseconds(2);

}  // namespace

bool Publication::due(Time now, bool queue_empty) const noexcept {
    if (!pending() || now < due_at()) return false;
    return queue_empty || now >= waiting_since_ + kBurstMax;
}

void Publication::note_change(Time now) noexcept {
    if (!pending()) waiting_since_ = now;
}

void Publication::published(Time now, Duration freeze_cpu) noexcept {
    const Duration gap = std::max(floor_, kGapPerFreezeCpu * freeze_cpu);
    paid_until_ = std::max(paid_until_, now - kSavedMax) + gap;
    waiting_since_ = kNever;
}

}  // namespace muster
