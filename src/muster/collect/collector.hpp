// Collector: FleetState, schedule and publication under one short lock.
//
// Place in the data path: sources call apply/echo/... from their receiving threads, the timer
// thread calls step, readers take views from view_cell(). It reads no clock and owns no thread:
// every call carries the time, so that the simulation drives the very same object.
// Thread rule: every member may be called from any thread. Sources are called back (ask, echo) only
// from within step, on its caller's thread, without the lock.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/publication.hpp"
#include "muster/collect/schedule.hpp"
#include "muster/collect/source.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_rules.hpp"
#include "muster/fleet/fleet_state.hpp"
#include "muster/fleet/report.hpp"
#include "muster/fleet/restored_fleet.hpp"
#include "muster/fleet/source_info.hpp"
#include "muster/fleet/view_cell.hpp"

namespace muster {

/// Wakes the thread that calls Collector::step. Implemented by io/runtime; tests pass none.
class StepWaker {
public:
    virtual ~StepWaker() = default;
    /// Asks for a step not later than `when`. Called without the collector's lock, from any thread.
    virtual void wake_by(Time when) noexcept = 0;
};

class Collector {
public:
    struct Options {
        FleetRules rules;
        /// The floor between two publications under sustained load.
        Duration publish_min_interval = std::chrono::microseconds(200);
    };

    /// `meter` measures what a freeze costs. Both it and the waker (may be null) must outlive this.
    Collector(Options options, const CpuMeter& meter, Time now, StepWaker* waker = nullptr);
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    /// What an earlier run knew, from the journal. REQUIRES: no source was added yet.
    void restore(RestoredFleet fleet, Time now);

    // Membership of the configuration. A source must outlive the collector or be removed first.
    SourceId add_source(const SourceSpec& spec, Source& source, Time now);
    ComponentId add_component(SourceId source, const ComponentSpec& spec, Time now);
    /// After it returns the source is not called any more, nor is a call of it under way.
    void detach_source(SourceId source, const std::string& reason, Time now);

    /// From now on these hold (limits and first_sequence stay): a configuration was read again.
    void set_options(const Options& options, Time now);

    // What a source tells. Each takes effect on arrival; drained() tells that no more is waiting,
    // so that a burst becomes one publication.
    void connected(SourceId source, Time now);
    void disconnected(SourceId source, const std::string& reason, Time now);
    void set_last_error(SourceId source, const std::string& error, Time now);
    void set_foreign_services(SourceId source, std::vector<std::string> names, Time now);
    void echo_received(SourceId source, EchoId echo, Time now);
    void no_responders(ComponentId component, RoundId round, Time now);
    /// A subscription of a pushed road (re)began: nothing is known of what it missed. Also to be
    /// called when messages were dropped.
    void push_road_broken(SourceId source, Time now);
    Verdict apply(const Answer& answer);
    /// `candidates`: the components of the push's namespace.
    Verdict apply(const Push& push, std::span<const ComponentId> candidates);
    /// More is being received, and drained() or this follows at once: what changed is published if
    /// it has waited for the end of its burst long enough. Wakes nobody.
    void receives_on(Time now);
    /// No more is waiting to be received: what changed since is published when its gap has passed.
    void drained(Time now);
    /// The same for a source that can wait: if something is due for publication within `wait_max`,
    /// nobody is woken for it. Returns when drained() is to be called, if nothing came meanwhile;
    /// else kNotDue.
    [[nodiscard]] Time drained_or_wait(Time now, Duration wait_max);
    /// What discovery lists now; nothing if its answer was empty or unreadable (an outage).
    void discovered(ComponentId component, std::optional<std::span<const std::uint64_t>> ids,
                    Time now);
    /// A connection to the worker was refused.
    void refused(ComponentId component, const InstanceRef& instance, Time now);

    // What a source with a beat of its own tells (FleetState says how).
    [[nodiscard]] std::expected<void, RejectReason> announce(ComponentId component,
                                                             const Announcement& worker, Time now);
    void describe(ComponentId component, const InstanceRef& instance, const EngineFacts& facts,
                  Time now);
    void missed(ComponentId component, const InstanceRef& instance, RoundId round, Time sent,
                Time now);
    void set_trouble(ComponentId component, const InstanceRef& instance,
                     const WorkerTrouble* trouble, Time now);
    void withdraw(ComponentId component, const InstanceRef& instance, const std::string& why,
                  Time now);
    void all_asked(SourceId source, Time now);
    void suspect(SourceId source, const std::string& why, Time now);

    // What an operator says (FleetState says how). Published at once, whatever the gap, so that who
    // is answered finds it in the view.
    [[nodiscard]] CordonOutcome cordon(std::string_view worker_id, std::string_view why,
                                       std::string_view by, Time now);
    [[nodiscard]] bool uncordon(std::string_view worker_id, std::string_view by, Time now);
    /// For whoever keeps them over a restart: all that stand, and those that stood.
    [[nodiscard]] Cordons cordons() const;
    void restore_cordons(std::span<const Cordon> cordons, Time now);

    /// What the worker said last, as it was received (FleetState says more). Copies it under the
    /// lock: for people, not for polling a fleet.
    [[nodiscard]] std::optional<RawRecord> raw_record(std::string_view worker_id) const;
    [[nodiscard]] RawRecordsUse raw_records_use() const;

    /// Does what is due at `now`: closes rounds, judges silence, asks, publishes. Returns when it
    /// wants to be called next, at the latest (always within 250 ms: steps more than 1 s apart mean
    /// that muster itself was stopped).
    Time step(Time now);

    /// After the last step: what is counted, to be told later as a sum, is told now. Whoever takes
    /// events takes them once more.
    void finish(Time now);

    /// Publishes what was changed, whatever the gap: before a program lets its first reader in.
    void publish_now(Time now);

    [[nodiscard]] ViewCell& view_cell() noexcept { return view_cell_; }
    /// The counters of a source: shared, so that the source may count what it drops itself.
    [[nodiscard]] std::shared_ptr<SourceCounters> counters(SourceId source) const;
    /// What happened since the last call, oldest first; at most kEventsMax are kept.
    [[nodiscard]] std::vector<FleetEvent> take_events();
    [[nodiscard]] RuleCounts rule_counts() const;

private:
    /// A change waits for a later time: kNotDue if none does. Called with the lock held.
    [[nodiscard]] Time publish_if_due(Time now, bool queue_empty);
    /// Holds the lock while it lives; at its end it publishes what was changed, if that is due, and
    /// wakes the timer for what is not.
    class Change;
    /// Called with the lock held.
    void publish(Time now);
    void send(const std::vector<Asking>& askings, Time now);

    const CpuMeter& meter_;
    StepWaker* waker_;
    mutable std::mutex mutex_;
    FleetState state_;
    Schedule schedule_;
    Publication publication_;
    std::vector<Source*> sources_;  // By SourceId; null when detached.
    std::mutex sending_mutex_;      // Held while sources are called: detach_source waits for it.
    ViewCell view_cell_;
};

}  // namespace muster
