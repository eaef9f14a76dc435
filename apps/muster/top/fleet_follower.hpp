// FleetFollower: asks a feed for the fleet again and again, on a thread of its own, and keeps the
// newest answer for whoever draws.
//
// Parsing happens on that thread too, so that a large fleet does not delay a key. At most one fleet
// waits to be taken. Thread rule: all public functions belong to the thread that made it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "fleet_feed.hpp"
#include "muster/base/clock.hpp"
#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

/// What came since it was asked last: a fleet, a failure, or first the one and then the other.
struct FleetNews {
    std::optional<FleetDocument> fleet;
    Time received{};
    std::string failure;  ///< Of the last question, if it failed; in a few words.
};

class FleetFollower {
public:
    struct Options {
        FleetFilter filter;
        /// Least time between two fleets.
        Duration refresh = std::chrono::milliseconds(250);
    };

    /// `feed` and `clock` must outlive it; nobody else may use the feed meanwhile.
    FleetFollower(FollowedFeed& feed, Options options, const Clock& clock, std::stop_token stop);
    /// Ends the thread, within the time that the feed takes to notice a stop.
    ~FleetFollower();
    FleetFollower(const FleetFollower&) = delete;
    FleetFollower& operator=(const FleetFollower&) = delete;

    /// Readable while there is news, or the stop was asked.
    [[nodiscard]] int descriptor() const noexcept { return wake_; }
    [[nodiscard]] FleetNews take();

private:
    void follow(const std::stop_token& stop);
    void pause(Duration at_most, const std::stop_token& stop);
    void tell(FleetNews news);
    void wake() const noexcept;

    FollowedFeed& feed_;
    const Options options_;
    const Clock& clock_;
    int wake_ = -1;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    FleetNews news_;
    std::jthread thread_;
    std::stop_callback<std::function<void()>> on_stop_;  // Goes first: it calls the thread.
};

}  // namespace muster
