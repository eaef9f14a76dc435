// FleetState: the single mutable truth about the fleet, and the rules by which it is judged.
//
// Takes the time as a parameter and does no I/O: the same code in production (under the collector's
// lock), in a table test with a hand-moved clock, and in the simulation. The rules are those of
// docs/design/rules.md; each decision is counted (RuleCounts). Not thread-safe: one caller at a
// time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_rules.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/fleet/raw_record.hpp"
#include "muster/fleet/report.hpp"
#include "muster/fleet/restored_fleet.hpp"
#include "muster/fleet/rule_counts.hpp"
#include "muster/fleet/source_info.hpp"

namespace muster {

struct FleetParts;

class FleetState {
public:
    FleetState(const FleetRules& rules, Time now);
    ~FleetState();
    FleetState(const FleetState&) = delete;
    FleetState& operator=(const FleetState&) = delete;

    // Configuration.
    /// From now on these rules hold; limits and first_sequence stay what they were.
    void set_rules(const FleetRules& rules, Time now);
    SourceId add_source(const SourceSpec& spec, Time now);
    ComponentId add_component(SourceId source, const ComponentSpec& spec, Time now);

    /// Takes over what an earlier run knew: its tombstones at once; its workers when their
    /// component is added behind the source that they had, or when they answer
    /// (docs/design/rules.md, "Restart"). REQUIRES: no source was added yet.
    void restore(RestoredFleet fleet, Time now);

    // What is known of the source itself.
    void connected(SourceId source, Time now);
    void disconnected(SourceId source, const std::string& reason, Time now);
    void set_last_error(SourceId source, const std::string& error);
    void set_foreign_services(SourceId source, std::vector<std::string> names);
    void echo_received(SourceId source, EchoId echo, Time now);
    /// Silence on a pushed road says nothing about what was pushed before this.
    void push_road_broken(SourceId source);

    // Questions. The schedule looks what is due, then records that it is sent.
    /// When the component may be asked next; kNotDue while its source is not connected or three of
    /// its rounds are outstanding.
    [[nodiscard]] Time ask_due_at(ComponentId component) const;
    /// When the source needs an echo alone: while it is suspect (one at a time), or has no
    /// component whose rounds would carry one. Else kNotDue.
    [[nodiscard]] Time echo_due_at(SourceId source) const;
    struct BegunRound {
        RoundId round;
        EchoId echo;
    };
    /// REQUIRES: ask_due_at(component) != kNotDue.
    BegunRound begin_round(ComponentId component, Time now);
    /// REQUIRES: echo_due_at(source) != kNotDue.
    EchoId begin_echo(SourceId source, Time now);
    /// The question could not be sent: the round counts for nothing.
    void void_round(ComponentId component, RoundId round);
    void void_echo(SourceId source, EchoId echo);
    void no_responders(ComponentId component, RoundId round, Time now);

    // What workers say.
    Verdict apply(const Answer& answer);
    Verdict apply(const Push& push, std::span<const ComponentId> candidates);
    /// A connection to the worker was refused (HTTP): a fact, not a silence.
    void refused(ComponentId component, const InstanceRef& instance, Time now);

    // A source with a beat of its own (SourceSpec::own_beat) says by itself who its workers are and
    // what became of its questions. `instance` is by name; what is said of one that is not there
    // (lost meanwhile) counts for nothing, but for announce().
    /// A worker that is to be asked: listed from now on, whether it ever answers or not. Fails
    /// where another source has it, or there are too many. May be said again, with other labels
    /// too.
    [[nodiscard]] std::expected<void, RejectReason> announce(ComponentId component,
                                                             const Announcement& worker, Time now);
    /// What kind of engine it turned out to be, and which models it serves.
    void describe(ComponentId component, const InstanceRef& instance, const EngineFacts& facts,
                  Time now);
    /// It did not answer the question with that number, asked at `sent`.
    void missed(ComponentId component, const InstanceRef& instance, RoundId round, Time sent,
                Time now);
    /// Why it tells no load: set anew, or (null) at an end. `since` is kept while the kind stays.
    void set_trouble(ComponentId component, const InstanceRef& instance,
                     const WorkerTrouble* trouble, Time now);
    /// Discovery or an operator took it away: it is lost at once, with this reason.
    void withdraw(ComponentId component, const InstanceRef& instance, const std::string& why,
                  Time now);
    /// Each of its workers was asked once, or it has none.
    void all_asked(SourceId source);
    /// It cannot tell who its workers are: nobody is lost meanwhile. connected() ends it.
    void suspect(SourceId source, const std::string& why, Time now);

    /// What discovery lists for a component now. Nothing: its answer was empty or unreadable.
    void discovered(ComponentId component, std::optional<std::span<const std::uint64_t>> ids,
                    Time now);

    // What an operator says (fleet/cordon.hpp). A worker that is lost may be cordoned too: it is
    // marked again when it returns, and after a restart of its process or of a rank's renaming.
    /// REQUIRES: `why` and `by` within their limits (base/limits.hpp). `since` is `now`.
    [[nodiscard]] CordonOutcome cordon(std::string_view worker_id, std::string_view why,
                                       std::string_view by, Time now);
    /// False if it was not cordoned.
    [[nodiscard]] bool uncordon(std::string_view worker_id, std::string_view by, Time now);
    /// Those of an earlier run: kept whether or not their workers are there yet.
    void restore_cordons(std::span<const Cordon> cordons, Time now);
    /// All that stand, by worker.
    [[nodiscard]] Cordons cordons() const;

    /// What the worker said last, as it was received; nothing if it is not among the workers.
    /// `bytes` is 0 if nothing was kept of it.
    [[nodiscard]] std::optional<RawRecord> raw_record(std::string_view worker_id) const;
    [[nodiscard]] RawRecordsUse raw_records_use() const;

    /// Judges what only time decides: suspicion, misses, silence, states, tombstones. To be called
    /// by next_due(), and never more than 1 s apart: a longer gap means that we did not listen.
    void step(Time now);
    [[nodiscard]] Time next_due() const;
    /// The last thing that is said of this state: tells what it counts to tell later as a sum.
    void finish(Time now);

    /// Whether a view frozen now would say something new.
    [[nodiscard]] bool changed() const;
    /// Makes the next view; its version is one above the last.
    FleetViewPtr freeze(Time now);

    [[nodiscard]] const RuleCounts& rule_counts() const;
    [[nodiscard]] std::vector<FleetEvent> take_events();
    [[nodiscard]] std::shared_ptr<SourceCounters> counters(SourceId source) const;
    /// What every view of this state shares; written by whoever calls this state, one at a time.
    [[nodiscard]] CollectorPulse& pulse() noexcept;
    [[nodiscard]] SourceId source_of(ComponentId component) const;
    [[nodiscard]] std::size_t component_count() const;
    [[nodiscard]] std::size_t source_count() const;

private:
    // The records and the rules over them, each in a file of its own: see fleet/state/.
    std::unique_ptr<FleetParts> parts_;
};

}  // namespace muster
