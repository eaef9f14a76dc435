// One question for each moment that is asked for; where several were, for the last.
#include "past_feed.hpp"

#include <utility>

#include "past_fleet.hpp"

namespace muster {

void PastFeed::seek(WallTime when) {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = when;
    }
    sought_.notify_one();
}

Result<std::string> PastFeed::fleet_above(std::uint64_t /*version*/, Duration /*hold*/,
                                          const FleetFilter& filter, const std::stop_token& stop) {
    std::optional<WallTime> when;
    {
        std::unique_lock lock(mutex_);
        if (!sought_.wait(lock, stop, [this] { return wanted_.has_value(); })) {
            return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
        }
        when = std::exchange(wanted_, std::nullopt);
    }
    auto json = past_fleet_json(place_, *when, filter, stop);
    if (!json) failure_ = json.error().what;
    return json;
}

}  // namespace muster
