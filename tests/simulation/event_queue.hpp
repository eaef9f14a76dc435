// What will happen, in the order of time; events of one moment in the order they were planned.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "muster/base/time.hpp"

namespace muster {

class EventQueue {
public:
    /// Moments are rounded up to `grid`, so that a fleet's answers come in bursts as they do on a
    /// wire. 1 ns: not at all.
    explicit EventQueue(Duration grid) : grid_(grid) {}

    void plan(Time when, std::function<void()> act) {
        const std::int64_t nanos = when.time_since_epoch().count();
        const std::int64_t step = grid_.count();
        const Time at{Duration((nanos + step - 1) / step * step)};
        events_.push_back({at, ++planned_, std::move(act)});
        std::push_heap(events_.begin(), events_.end(), Later{});
    }
    /// When the next event is; Time::max() if there is none.
    [[nodiscard]] Time next() const noexcept {
        return events_.empty() ? Time::max() : events_.front().at;
    }
    /// Runs all events up to `now`, those that they plan for `now` included.
    void run_due(Time now) {
        while (!events_.empty() && events_.front().at <= now) {
            std::pop_heap(events_.begin(), events_.end(), Later{});
            const std::function<void()> act = std::move(events_.back().act);
            events_.pop_back();
            act();
        }
    }

private:
    struct Event {
        Time at;
        std::uint64_t order;
        std::function<void()> act;
    };
    struct Later {
        bool operator()(const Event& a, const Event& b) const noexcept {
            return a.at != b.at ? a.at > b.at : a.order > b.order;
        }
    };

    Duration grid_;
    std::uint64_t planned_ = 0;
    std::vector<Event> events_;
};

}  // namespace muster
