// Chronicle: what happened and how often each rule decided, on its way to the log, the journal and
// the tests. Belongs to FleetState; bounded (the oldest events go first).
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/rule_counts.hpp"

namespace muster {

class Chronicle {
public:
    void fired(Rule rule) noexcept { counts_.fired(rule); }
    void tell(FleetEventKind kind, Time when, std::string subject, std::string detail) {
        if (events_.size() == kEventsMax) events_.pop_front();
        events_.push_back({kind, when, std::move(subject), std::move(detail)});
    }
    [[nodiscard]] std::vector<FleetEvent> take() {
        std::vector<FleetEvent> taken(std::make_move_iterator(events_.begin()),
                                      std::make_move_iterator(events_.end()));
        events_.clear();
        return taken;
    }
    [[nodiscard]] const RuleCounts& counts() const noexcept { return counts_; }

private:
    std::deque<FleetEvent> events_;
    RuleCounts counts_;
};

}  // namespace muster
