// EventFan: the one place where what happened in the fleet is taken from the collector and handed
// to everybody who wants it: the log, the journal.
//
// Events can be taken only once; whoever wants them too adds a sink here. Belongs to one thread.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "muster/collect/collector.hpp"
#include "muster/fleet/fleet_event.hpp"

namespace muster {

class EventFan {
public:
    using Sink = std::function<void(const std::vector<FleetEvent>&)>;

    /// `collector` must outlive it.
    explicit EventFan(Collector& collector) : collector_(collector) {}

    void add(Sink sink) { sinks_.push_back(std::move(sink)); }
    /// Hands over what happened since the last time, oldest first, if anything did.
    void pump() {
        const std::vector<FleetEvent> events = collector_.take_events();
        if (events.empty()) return;
        for (const Sink& sink : sinks_) sink(events);
    }

private:
    Collector& collector_;
    std::vector<Sink> sinks_;
};

}  // namespace muster
