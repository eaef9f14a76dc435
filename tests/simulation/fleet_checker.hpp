// FleetChecker: holds every view that anybody still has against the truth, after every step.
//
// The promises it checks are those of docs/design/simulation.md. It computes for itself what it
// can (states, statistics, listened time) and asks muster's own code only for what is shown.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/report.hpp"
#include "muster/fleet/statistics.hpp"
#include "muster/fleet/watcher.hpp"
#include "simulation/simulated_fleet.hpp"

namespace muster {

/// As failures tell a duration.
[[nodiscard]] inline std::string seconds(Duration duration) {
    return std::to_string(to_ms(duration) / 1000.0) + " s";
}

/// What the state of a row must be, from the rules alone.
[[nodiscard]] WorkerState expected_state(const FleetView& view, std::size_t row, Time now);
/// What the statistics of a view must be: empty if `shown` agrees, else what does not.
[[nodiscard]] std::string statistics_differ(const FleetView& view, const FleetStatistics& shown,
                                            Time now);
/// Everything in a view that may never change once it is published.
[[nodiscard]] std::uint64_t digest_of(const FleetView& view);

/// What a view's expectations must be: empty if it agrees, else what does not.
[[nodiscard]] std::string expectations_differ(const FleetView& view, Time now);

class FleetChecker {
public:
    explicit FleetChecker(SimulatedFleet& fleet);

    void after_step(bool stepped);
    void keep(FleetViewPtr view);
    /// An answer was handed to the collector.
    void answered(const SimulatedBroker& broker, const SimulatedComponent& component,
                  const WorkerProcess& process, Time asked, const Saying& saying,
                  const Verdict& verdict);
    /// After time enough without faults: nobody is shown who is not there.
    void check_settled();

private:
    struct KeptView {
        FleetViewPtr view;
        std::uint64_t digest;
    };
    struct BrokerWatch {
        Duration listened{};        ///< Time in which silence counts, since the start.
        Duration listened_reset{};  ///< Its value when counting last began again.
        SourceState state = SourceState::disconnected;
    };
    struct ComponentWatch {
        Duration widest_interval{};
        Time widest_at{};
    };
    struct LastSeen {
        std::uint32_t generation;
        std::uint64_t sequence;
    };

    // After a restart.
    void check_restored(const FleetView& view);

    // View by view.
    void check_view(const FleetView& view, Time now, bool newest);
    void check_row(const FleetView& view, std::size_t row, Time now, bool newest);
    void check_order(const FleetView& view);
    void check_expected(const FleetView& before, const FleetView& after);
    void compare_rows(const FleetView& before, const FleetView& after);
    void compare_row(const FleetView& before, std::size_t old_row, const FleetView& after,
                     std::size_t row);
    void check_kept(Time now);
    void check_watcher(const FleetView& view);
    void check_bounds(const FleetView& view);

    // Who is there.
    void note_step(const FleetView& view);
    void vanished(const FleetView& before, std::size_t row, const FleetView& after);
    [[nodiscard]] std::string unjustified(const FleetView& before, const WorkerIdentity& identity,
                                          const InstanceTruth& truth, const Tombstone& tombstone);
    [[nodiscard]] std::string unjustified_silence(const FleetView& before,
                                                  const WorkerIdentity& identity,
                                                  const InstanceTruth& truth, bool mass);
    [[nodiscard]] Duration silent_for(const InstanceTruth& truth) const;
    [[nodiscard]] Duration lost_after(const SimulatedComponent& component) const;

    // In time.
    void check_promptness(const FleetView& view, Time now);
    void check_prompt(const FleetView& view, const InstanceTruth& truth, Time now);
    void check_pulled(const FleetView& view, const InstanceTruth& truth, std::size_t stream,
                      Time now, bool had_double);
    void check_pushed(const FleetView& view, const InstanceTruth& truth, std::size_t stream,
                      Time now);
    /// What shows a change may take: from its question's being due on, or from its push on.
    [[nodiscard]] Duration pull_bound(const SimulatedComponent& component) const;
    [[nodiscard]] Duration push_bound(const SimulatedComponent& component) const;
    [[nodiscard]] bool path_clean_since(const SimulatedComponent& component,
                                        const WorkerProcess& process, Time since) const;

    [[nodiscard]] Duration push_tolerance(const SimulatedBroker& broker, Duration interval,
                                          Time since) const;
    void fail(const FleetView& view, std::size_t row, const std::string& what);

    SimulatedFleet& fleet_;
    FleetViewPtr seen_;  ///< The newest view that was checked.
    std::deque<KeptView> kept_to_the_end_;
    std::deque<KeptView> kept_;
    Watcher watcher_;
    std::vector<BrokerWatch> brokers_;
    std::unordered_map<std::uint32_t, ComponentWatch> components_;
    std::unordered_map<std::string, LastSeen> gone_;
    /// Rows of the run before that did not appear yet, and their generations.
    std::unordered_map<std::string, std::pair<std::uint32_t, Time>> missed_;
    Time stepped_last_;
    Time checked_last_{};
    Time kept_checked_last_{};
    std::uint64_t calls_ = 0;
};

}  // namespace muster
