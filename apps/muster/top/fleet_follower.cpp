// One question after the other; a feed that fails is asked again after a moment, for ever.
#include "top/fleet_follower.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace muster {
namespace {

using namespace std::chrono_literals;

// A quiet fleet is asked for this often all the same: its ages are news.
constexpr Duration kHold = 500ms;
// A server that is away is asked again this often: it is on this machine, or one question on the
// net.
constexpr Duration kRetry = 500ms;

}  // namespace

FleetFollower::FleetFollower(FollowedFeed& feed, Options options, const Clock& clock,
                             std::stop_token stop)
    : feed_(feed),
      options_(std::move(options)),
      clock_(clock),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this](const std::stop_token& ended) { follow(ended); }),
      on_stop_(std::move(stop), [this] {
          thread_.request_stop();
          wake();
      }) {}

FleetFollower::~FleetFollower() {
    thread_.request_stop();
    thread_.join();
    close(wake_);
}

void FleetFollower::wake() const noexcept {
    const std::uint64_t one = 1;
    // A full counter is as readable as any.
    (void)!write(wake_, &one, sizeof one);
}

void FleetFollower::tell(FleetNews news) {
    {
        const std::lock_guard lock(mutex_);
        news_.failure = std::move(news.failure);
        if (news.fleet) {
            news_.fleet = std::move(news.fleet);
            news_.received = news.received;
        }
    }
    wake();
}

FleetNews FleetFollower::take() {
    std::uint64_t count = 0;
    (void)!read(wake_, &count, sizeof count);
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, FleetNews{});
}

void FleetFollower::pause(Duration at_most, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    (void)stopped_.wait_for(lock, stop, at_most, [] { return false; });
}

void FleetFollower::follow(const std::stop_token& stop) {
    std::uint64_t version = 0;
    Time last = kNever;
    while (!stop.stop_requested()) {
        if (last != kNever) pause(options_.refresh - age_between(last, clock_.now()), stop);
        auto text = feed_.fleet_above(version, kHold, options_.filter, stop);
        if (stop.stop_requested()) return;
        last = clock_.now();
        FleetNews news;
        news.received = last;
        if (text) {
            auto fleet = parse_fleet_document(*text);
            if (fleet) {
                version = fleet->version;
                news.fleet = std::move(*fleet);
            } else {
                news.failure = fleet.error().what;
            }
        } else {
            news.failure = feed_.last_failure();
        }
        const bool failed = !news.fleet;
        // Whoever comes back is asked for all there is.
        if (failed) version = 0;
        tell(std::move(news));
        if (failed) pause(kRetry, stop);
    }
}

}  // namespace muster
