// The face of the state: each member finds its records and calls the rule (fleet/state/).
#include "muster/fleet/fleet_state.hpp"

#include <algorithm>
#include <utility>

#include "muster/fleet/state/announced.hpp"
#include "muster/fleet/state/ask_interval.hpp"
#include "muster/fleet/state/expectations.hpp"
#include "muster/fleet/state/fleet_parts.hpp"
#include "muster/fleet/state/membership.hpp"
#include "muster/fleet/state/memory.hpp"
#include "muster/fleet/state/new_rules.hpp"
#include "muster/fleet/state/push_road.hpp"
#include "muster/fleet/state/reports.hpp"
#include "muster/fleet/state/shown_sources.hpp"
#include "muster/fleet/state/silence.hpp"
#include "muster/fleet/state/source_health.hpp"
#include "muster/fleet/state/worker_state.hpp"

namespace muster {
namespace {

// Echoes alone go out this often: three timely ones clear a suspicion within a second.
constexpr Duration kEchoPace = std::chrono::milliseconds(250);

// Names that a stranger chose are shown; more than these help nobody.
constexpr std::size_t kForeignServicesShown = 100;

bool too_many_out(const ComponentRecord& component) {
    return component.rounds.outstanding_count() >= kOutstandingMax;
}

}  // namespace

FleetState::FleetState(const FleetRules& rules, Time now)
    : parts_(std::make_unique<FleetParts>(rules, now)) {
    set_expectations(*parts_, rules.expected);
}

FleetState::~FleetState() = default;

void FleetState::set_rules(const FleetRules& rules, Time now) {
    replace_rules(*parts_, rules, now);
}

SourceId FleetState::add_source(const SourceSpec& spec, Time now) {
    SourceRecord& source = parts_->sources.emplace_back();
    source.spec = spec;
    source.since = now;
    source.listened_until = now;
    parts_->sources_changed = true;
    return {static_cast<std::uint32_t>(parts_->sources.size() - 1)};
}

ComponentId FleetState::add_component(SourceId source, const ComponentSpec& spec, Time now) {
    const ComponentId id{static_cast<std::uint32_t>(parts_->components.size())};
    ComponentRecord& component = parts_->components.emplace_back();
    component.id = id;
    component.source = source;
    component.spec = spec;
    component.interval = ask_interval(*parts_, component, now);
    component.ask_at = now;
    parts_->source(source).components.push_back(id);
    parts_->sources_changed = true;
    show_remembered(*parts_, component, now);
    return id;
}

void FleetState::restore(RestoredFleet fleet, Time now) {
    remember(*parts_, std::move(fleet), now);
}

void FleetState::connected(SourceId source, Time now) {
    note_stop(*parts_, now);
    source_connected(*parts_, parts_->source(source), now);
}

void FleetState::disconnected(SourceId source, const std::string& reason, Time now) {
    note_stop(*parts_, now);
    source_disconnected(*parts_, parts_->source(source), reason, now);
}

void FleetState::set_last_error(SourceId source, const std::string& error) {
    parts_->source(source).last_error = error;
    parts_->sources_changed = true;
}

void FleetState::set_foreign_services(SourceId source, std::vector<std::string> names) {
    if (names.size() > kForeignServicesShown) names.resize(kForeignServicesShown);
    if (parts_->source(source).foreign_services == names) return;
    parts_->source(source).foreign_services = std::move(names);
    parts_->sources_changed = true;
}

void FleetState::echo_received(SourceId source, EchoId echo, Time now) {
    note_stop(*parts_, now);
    echo_back(*parts_, parts_->source(source), echo, now);
}

void FleetState::push_road_broken(SourceId source) {
    break_push_road(*parts_, parts_->source(source));
}

Time FleetState::ask_due_at(ComponentId id) const {
    const ComponentRecord& component = parts_->component(id);
    const SourceRecord& source = parts_->source_of(component);
    const bool may =
        source.state == SourceState::connected && !source.spec.own_beat && !too_many_out(component);
    return may ? component.ask_at : kNotDue;
}

Time FleetState::echo_due_at(SourceId id) const {
    const SourceRecord& source = parts_->source(id);
    if (source.spec.own_beat) return kNotDue;
    const Time paced =
        source.echo_alone_at == kNever ? source.since : source.echo_alone_at + kEchoPace;
    switch (source.state) {
        case SourceState::suspect: return source.echoes.empty() ? paced : kNotDue;
        case SourceState::connected:
            return source.components.empty() && source.echoes.size() < kOutstandingMax ? paced
                                                                                       : kNotDue;
        case SourceState::disconnected: break;
    }
    return kNotDue;
}

FleetState::BegunRound FleetState::begin_round(ComponentId id, Time now) {
    ComponentRecord& component = parts_->component(id);
    SourceRecord& source = parts_->source_of(component);
    update_interval(*parts_, component, now);
    Round& round = component.rounds.begin(now, component.interval);
    EchoUnderway& echo = muster::begin_echo(source, echo_limit(*parts_, component.interval), now);
    echo.of_round = true;
    echo.component = id;
    echo.round = round.id;
    // In step with the plan, not with the lateness of the last step; but never to catch up.
    component.ask_at =
        std::max(component.ask_at + component.interval, now + component.interval / 2);
    source.counters->asked.fetch_add(1, std::memory_order_relaxed);
    return {round.id, echo.id};
}

EchoId FleetState::begin_echo(SourceId id, Time now) {
    SourceRecord& source = parts_->source(id);
    if (source.state == SourceState::suspect) parts_->chronicle.fired(Rule::echo_only);
    source.echo_alone_at = now;
    return muster::begin_echo(source, echo_limit(*parts_, kEchoPace), now).id;
}

void FleetState::void_round(ComponentId id, RoundId round_id) {
    ComponentRecord& component = parts_->component(id);
    Round* const round = component.rounds.find(round_id);
    if (round == nullptr) return;
    round->outstanding = round->open = false;
    round->unsent = true;
    std::erase_if(parts_->source_of(component).echoes, [&](const EchoUnderway& echo) {
        return echo.of_round && echo.component == id && echo.round == round_id;
    });
}

void FleetState::void_echo(SourceId source, EchoId id) {
    std::erase_if(parts_->source(source).echoes,
                  [&](const EchoUnderway& echo) { return echo.id == id; });
}

void FleetState::no_responders(ComponentId id, RoundId round_id, Time now) {
    note_stop(*parts_, now);
    ComponentRecord& component = parts_->component(id);
    parts_->source_of(component).counters->no_responders.fetch_add(1, std::memory_order_relaxed);
    Round* const round = component.rounds.find(round_id);
    if (round == nullptr || !round->open) return;
    parts_->chronicle.fired(Rule::no_responders);
    judge_round(*parts_, component, *round, now);
}

Verdict FleetState::apply(const Answer& answer) {
    note_stop(*parts_, answer.received);
    return apply_answer(*parts_, answer);
}

Verdict FleetState::apply(const Push& push, std::span<const ComponentId> candidates) {
    note_stop(*parts_, push.received);
    return apply_push(*parts_, push, candidates);
}

void FleetState::refused(ComponentId id, const InstanceRef& ref, Time now) {
    note_stop(*parts_, now);
    ComponentRecord& component = parts_->component(id);
    if (InstanceRecord* instance = find_instance(component, ref)) {
        note_refusal(*parts_, component, *instance, now);
    }
}

std::expected<void, RejectReason> FleetState::announce(ComponentId id, const Announcement& worker,
                                                       Time now) {
    return announce_worker(*parts_, parts_->component(id), worker, now);
}

void FleetState::describe(ComponentId id, const InstanceRef& ref, const EngineFacts& facts, Time) {
    if (InstanceRecord* instance = find_instance(parts_->component(id), ref)) {
        describe_worker(*parts_, *instance, facts);
    }
}

void FleetState::missed(ComponentId id, const InstanceRef& ref, RoundId round, Time sent,
                        Time now) {
    note_stop(*parts_, now);
    ComponentRecord& component = parts_->component(id);
    if (InstanceRecord* instance = find_instance(component, ref)) {
        note_missed(*parts_, component, *instance, round, sent, now);
    }
}

void FleetState::set_trouble(ComponentId id, const InstanceRef& ref, const WorkerTrouble* trouble,
                             Time now) {
    if (InstanceRecord* instance = find_instance(parts_->component(id), ref)) {
        note_trouble(*parts_, *instance, trouble, now);
    }
}

void FleetState::withdraw(ComponentId id, const InstanceRef& ref, const std::string& why,
                          Time now) {
    ComponentRecord& component = parts_->component(id);
    if (InstanceRecord* instance = find_instance(component, ref)) {
        withdraw_worker(*parts_, component, *instance, why, now);
    }
}

void FleetState::all_asked(SourceId id) {
    SourceRecord& source = parts_->source(id);
    if (std::exchange(source.asked_once, true)) return;
    parts_->sources_changed = true;
}

void FleetState::suspect(SourceId source, const std::string& why, Time now) {
    source_suspected(*parts_, parts_->source(source), why, now);
}

void FleetState::discovered(ComponentId component,
                            std::optional<std::span<const std::uint64_t>> ids, Time now) {
    // An empty or unreadable listing is an outage of discovery, not the end of the fleet.
    if (!ids || ids->empty()) {
        parts_->chronicle.fired(Rule::listing_outage);
        return;
    }
    note_stop(*parts_, now);
    note_discovered(*parts_, parts_->component(component), *ids, now);
}

CordonOutcome FleetState::cordon(std::string_view worker_id, std::string_view why,
                                 std::string_view by, Time now) {
    return make_cordon(*parts_,
                       {.worker = std::string(worker_id),
                        .why = std::string(why),
                        .by = std::string(by),
                        .since = now},
                       now);
}

bool FleetState::uncordon(std::string_view worker_id, std::string_view by, Time now) {
    return lift_cordon(*parts_, worker_id, by, now);
}

void FleetState::restore_cordons(std::span<const Cordon> cordons, Time now) {
    for (const Cordon& cordon : cordons) restore_cordon(*parts_, cordon, now);
}

Cordons FleetState::cordons() const {
    return parts_->cordons.all();
}

std::optional<RawRecord> FleetState::raw_record(std::string_view worker_id) const {
    const WorkerRow* const row = parts_->roster.find(worker_id);
    if (row == nullptr) return std::nullopt;
    return row->raw ? *row->raw : RawRecord{};
}

RawRecordsUse FleetState::raw_records_use() const {
    return parts_->raw_use;
}

void FleetState::step(Time now) {
    note_time(*parts_, now);
    for (SourceRecord& source : parts_->sources) judge_echoes(*parts_, source, now);
    for (ComponentRecord& component : parts_->components) {
        close_due_rounds(*parts_, component, now);
        if (too_many_out(component) && component.ask_at <= now) {
            parts_->chronicle.fired(Rule::question_withheld);
        }
    }
    pass_states(*parts_, now);
    count_expected(*parts_, now);
    if (const std::size_t expired = parts_->graveyard.expire(now); expired > 0) {
        for (std::size_t i = 0; i < expired; ++i) {
            parts_->chronicle.fired(Rule::tombstone_expired);
        }
        parts_->graves_changed = true;
    }
    forget(*parts_, now);
    parts_->pulse->last_step_nanos.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

Time FleetState::next_due() const {
    Time next = std::min({parts_->state_check_at, parts_->conflicts_end_at, parts_->state_sums_at,
                          parts_->graveyard.next_due()});
    for (const SourceRecord& source : parts_->sources) {
        next = std::min(next, echoes_judged_at(source));
    }
    for (const ComponentRecord& component : parts_->components) {
        next = std::min(next, round_closes_at(*parts_, component));
    }
    return next;
}

void FleetState::finish(Time now) {
    tell_state_sums_now(*parts_, now);
}

bool FleetState::changed() const {
    return parts_->roster.changed() || parts_->sources_changed || parts_->graves_changed ||
           parts_->states_changed || parts_->cordons.changed() || parts_->expected_changed;
}

FleetViewPtr FleetState::freeze(Time now) {
    FleetParts& parts = *parts_;
    FleetView::Parts view;
    view.version = ++parts.version;
    view.frozen_at = now;
    view.stale_after = parts.rules.stale_after;
    // Whoever came with this report counts in the same view.
    count_expected(parts, now);
    parts.roster.freeze(view);
    view.tombstones = parts.graveyard.shared();
    view.cordons = parts.cordons.shared();
    if (std::exchange(parts.sources_changed, false)) {
        parts.shown_sources = show_sources(parts);
        parts.shown_components = show_components(parts);
    }
    view.sources = parts.shown_sources;
    view.components = parts.shown_components;
    if (std::exchange(parts.expected_changed, false)) parts.shown_expected = show_expected(parts);
    view.expected = parts.shown_expected;
    view.pulse = parts.pulse;
    parts.graves_changed = parts.states_changed = false;
    return std::make_shared<const FleetView>(std::move(view));
}

const RuleCounts& FleetState::rule_counts() const {
    return parts_->chronicle.counts();
}

std::vector<FleetEvent> FleetState::take_events() {
    return parts_->chronicle.take();
}

std::shared_ptr<SourceCounters> FleetState::counters(SourceId source) const {
    return parts_->source(source).counters;
}

CollectorPulse& FleetState::pulse() noexcept {
    return *parts_->pulse;
}

SourceId FleetState::source_of(ComponentId component) const {
    return parts_->component(component).source;
}

std::size_t FleetState::component_count() const {
    return parts_->components.size();
}

std::size_t FleetState::source_count() const {
    return parts_->sources.size();
}

}  // namespace muster
