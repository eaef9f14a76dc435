#include "muster/collect/publication.hpp"

#include <algorithm>

namespace muster {
namespace {

// A freeze may take at most one part in twenty of the time: 5 % of a core.
constexpr int kGapPerFreezeCpu = 20;

}  // namespace

bool Publication::due(Time now, bool queue_empty) const noexcept {
    if (!pending() || now < due_at()) return false;
    return queue_empty || now >= waiting_since_ + gap_;
}

void Publication::note_change(Time now) noexcept {
    if (!pending()) waiting_since_ = now;
}

void Publication::published(Time now, Duration freeze_cpu) noexcept {
    last_ = now;
    gap_ = std::max(floor_, kGapPerFreezeCpu * freeze_cpu);
    waiting_since_ = kNever;
}

}  // namespace muster
