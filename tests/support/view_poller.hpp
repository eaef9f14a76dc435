// A poller of the library: looks at the view every 10 ms from a thread of its own, and remembers
// what a user who does the same would have seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "muster/fleet/view_cell.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class ViewPoller {
public:
    struct SourceSeen {
        Time when{};
        SourceState state = SourceState::connected;
        std::string reason;
        Time since{};
    };

    explicit ViewPoller(const ViewCell& cell)
        : thread_([this, &cell](const std::stop_token& stop) { run(stop, cell); }) {}

    /// The smallest number of workers in any view since the last reset.
    [[nodiscard]] std::size_t fewest_workers() const {
        const std::lock_guard lock(mutex_);
        return fewest_;
    }
    /// When the (first) source was first seen in another state than connected; its words.
    [[nodiscard]] std::optional<SourceSeen> first_trouble() const {
        const std::lock_guard lock(mutex_);
        return trouble_;
    }
    /// How much later than due a look was, at most, since the last reset: how long the machine
    /// kept this process from running.
    [[nodiscard]] Duration longest_stall() const {
        const std::lock_guard lock(mutex_);
        return longest_stall_;
    }
    void reset() {
        const std::lock_guard lock(mutex_);
        fewest_ = std::numeric_limits<std::size_t>::max();
        trouble_.reset();
        longest_stall_ = {};
    }

private:
    void run(const std::stop_token& stop, const ViewCell& cell) {
        ViewReader reader(cell);
        (void)wait_until(
            std::chrono::hours(1),
            [&] {
                look(reader.current());
                return stop.stop_requested();
            },
            kEvery);
    }
    void look(const FleetView& view) {
        const std::lock_guard lock(mutex_);
        const Time now = steady_now();
        longest_stall_ = std::max(longest_stall_, now - last_look_ - kEvery);
        last_look_ = now;
        fewest_ = std::min(fewest_, view.size());
        if (trouble_ || view.sources().empty()) return;
        const SourceInfo& source = view.sources()[0];
        if (source.state == SourceState::connected) return;
        trouble_ = SourceSeen{now, source.state, source.reason, source.since};
    }

    static constexpr Duration kEvery = std::chrono::milliseconds(10);

    mutable std::mutex mutex_;
    Time last_look_ = steady_now();
    Duration longest_stall_{};
    std::size_t fewest_ = std::numeric_limits<std::size_t>::max();
    std::optional<SourceSeen> trouble_;
    std::jthread thread_;
};

}  // namespace muster::testing
