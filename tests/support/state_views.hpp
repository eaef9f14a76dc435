// StateViews: views as the collector makes them, of a FleetState that answers come to: blocks and
// directory are shared where nothing changed. Time moves by hand. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "muster/fleet/fleet_state.hpp"

namespace muster::testing {

class StateViews {
public:
    explicit StateViews(Time now)
        : now_(now),
          source_(state_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now_)),
          component_(state_.add_component(source_, {.name = "dynamo/backend"}, now_)) {
        state_.connected(source_, now_);
    }
    /// The worker answers a question that was asked a millisecond ago, or another time.
    void answer(std::uint64_t id, const Load& load,
                Duration round_trip = std::chrono::milliseconds(1),
                std::optional<Duration> captured_lag = std::nullopt) {
        Answer report;
        report.component = component_;
        report.round = state_.begin_round(component_, now_).round;
        now_ += round_trip;
        report.received = now_;
        report.instance = {.id = id, .name = {}};
        report.started = 1'000;
        report.load = &load;
        report.captured_lag = captured_lag;
        report.address = "nats:subject";
        (void)state_.apply(report);
        state_.step(now_);
    }
    void pass(Duration time) { now_ += time; }
    FleetViewPtr view() { return state_.freeze(now_); }
    FleetState& state() { return state_; }
    [[nodiscard]] Time now() const { return now_; }

private:
    Time now_;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
};

}  // namespace muster::testing
