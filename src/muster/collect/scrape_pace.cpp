#include "muster/collect/scrape_pace.hpp"

#include <algorithm>

namespace muster {
namespace {

// Beyond it the shift would say nothing new: the longest interval is reached long before.
constexpr unsigned kDoublingsMax = 8;

/// The middle one of the first `count`.
template <typename Ring>
Duration median(Ring ring, std::size_t count) {
    const auto middle = ring.begin() + static_cast<std::ptrdiff_t>(count / 2);
    std::nth_element(ring.begin(), middle, ring.begin() + static_cast<std::ptrdiff_t>(count));
    return *middle;
}

/// The slowest but for one in a hundred.
template <typename Ring>
Duration slowest_of(Ring ring, std::size_t count) {
    const auto rank = static_cast<std::ptrdiff_t>(count - 1 - count / 100);
    std::nth_element(ring.begin(), ring.begin() + rank,
                     ring.begin() + static_cast<std::ptrdiff_t>(count));
    return ring[static_cast<std::size_t>(rank)];
}

}  // namespace

void ScrapePace::answered(Duration cost, Duration whole) noexcept {
    failures_ = 0;
    costs_[answers_ % kCosts] = std::max(cost, Duration::zero());
    wholes_[answers_ % kWholes] = whole;
    ++answers_;
    slowest_ = slowest_of(wholes_, std::min(answers_, kWholes));
    const Duration wanted = kCostShare * median(costs_, std::min(answers_, kCosts));
    while (own_interval_ < kIntervalMax && wanted > own_interval_) own_interval_ *= 2;
    // Down only with a fifth to spare: near a step it would else change each time.
    while (own_interval_ > kIntervalMin && 5 * wanted < 2 * own_interval_) own_interval_ /= 2;
}

void ScrapePace::failed() noexcept {
    failures_ = std::min(failures_ + 1, kDoublingsMax);
}

void ScrapePace::forget() noexcept {
    *this = ScrapePace(limits_);
}

Duration ScrapePace::interval() const noexcept {
    const Duration base = limits_.interval.value_or(own_interval_);
    if (failures_ == 0) return base;
    return std::max(base, std::min(base * (1U << failures_), kIntervalMax));
}

Duration ScrapePace::patience() const noexcept {
    Duration step = limits_.patience;
    while (step < 4 * slowest_ && step < kPatienceMax) step *= 2;
    return std::max(limits_.patience, std::min(step, kPatienceMax));
}

Time ScrapePace::next(Time now, std::uint64_t hash) const noexcept {
    const auto period = interval().count();
    const auto place = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(period));
    const auto since = (now.time_since_epoch().count() - place) % period;
    return now + Duration(period - (since < 0 ? since + period : since));
}

}  // namespace muster
