#include "muster/collect/withdrawal_hold.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t kMassMin = 3;  // Half of two workers is no mass.

}  // namespace

WithdrawalHold::Outcome WithdrawalHold::judge(const Names& listed, Time now) {
    if (listed.empty() && !workers_.empty()) return Outcome::outage;
    Names gone;
    std::ranges::set_difference(workers_, listed, std::inserter(gone, gone.end()));
    const bool mass = gone.size() >= kMassMin && 2 * gone.size() >= workers_.size();
    if (mass && gone != held_) {
        held_ = gone;
        held_since_ = now;
    }
    if (mass && age_between(held_since_, now) < kHoldFor) {
        workers_.insert(listed.begin(), listed.end());
        return Outcome::held;
    }
    held_.clear();  // Back, or believed: the next one is another.
    workers_ = listed;
    return Outcome::taken;
}

}  // namespace muster
