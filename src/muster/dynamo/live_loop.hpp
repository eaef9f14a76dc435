// The loop of live mode: whenever the view changes, publish the set if it differs.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "muster/dynamo/component.hpp"
#include "muster/dynamo/endpoints_channel.hpp"
#include "muster/dynamo/live_feed.hpp"
#include "muster/dynamo/live_set.hpp"

namespace muster::dynamo {

/// What beside the set its readers may ask: written by the loop, read from any thread.
class SetFacts {
public:
    void put(FleetViewPtr view, SetRows rows);
    [[nodiscard]] std::optional<Duration> oldest_age(LiveSet::Kind kind, Time now) const;

private:
    mutable std::mutex mutex_;
    FleetViewPtr view_;  // The rows are rows of this one.
    SetRows rows_;
};

[[nodiscard]] LiveSet::Kind set_kind_of(const std::string& endpoint) noexcept;

/// Runs until `stop` or until no receiver is left.
void run_live(const Component& component, EndpointsSender sender, const std::stop_token& stop,
              const std::string& endpoint, LiveFeed& feed, SetFacts& facts);

}  // namespace muster::dynamo
