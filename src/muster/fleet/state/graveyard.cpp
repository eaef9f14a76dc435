#include "muster/fleet/state/graveyard.hpp"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

auto by_id(const std::string& worker_id) {
    return [&worker_id](const Tombstone& stone) { return stone.identity->id == worker_id; };
}

}  // namespace

void Graveyard::bury(Tombstone tombstone) {
    if (stones_.size() >= max_) {
        ids_.erase(stones_.front().identity->id);
        stones_.erase(stones_.begin());
    }
    ids_.insert(tombstone.identity->id);
    stones_.push_back(std::move(tombstone));
    changed_ = true;
}

std::optional<Tombstone> Graveyard::exhume(const std::string& worker_id) {
    if (ids_.erase(worker_id) == 0) return std::nullopt;
    const auto at = std::find_if(stones_.begin(), stones_.end(), by_id(worker_id));
    Tombstone stone = std::move(*at);
    stones_.erase(at);
    changed_ = true;
    return stone;
}

const Tombstone* Graveyard::find(const std::string& worker_id) const {
    if (!ids_.contains(worker_id)) return nullptr;
    return &*std::find_if(stones_.begin(), stones_.end(), by_id(worker_id));
}

std::size_t Graveyard::expire(Time now) {
    const auto kept = std::find_if(stones_.begin(), stones_.end(), [&](const Tombstone& stone) {
        return age_between(stone.since, now) < kept_for_;
    });
    const auto count = static_cast<std::size_t>(kept - stones_.begin());
    if (count == 0) return 0;
    std::for_each(stones_.begin(), kept,
                  [&](const Tombstone& stone) { ids_.erase(stone.identity->id); });
    stones_.erase(stones_.begin(), kept);
    changed_ = true;
    return count;
}

Time Graveyard::next_due() const {
    return stones_.empty() ? kNotDue : stones_.front().since + kept_for_;
}

std::shared_ptr<const Tombstones> Graveyard::shared() {
    if (std::exchange(changed_, false)) shared_ = std::make_shared<const Tombstones>(stones_);
    return shared_;
}

}  // namespace muster
