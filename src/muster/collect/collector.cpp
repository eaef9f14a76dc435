#include "muster/collect/collector.hpp"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

// Steps more than 1 s apart mean that muster itself was stopped; a quarter leaves room for a busy
// machine, and bounds how long a retired view waits for its end on a quiet fleet.
constexpr Duration kStepGapMax = std::chrono::milliseconds(250);

}  // namespace

Collector::Collector(Options options, const CpuMeter& meter, Time now, StepWaker* waker)
    : meter_(meter),
      waker_(waker),
      state_(options.rules, now),
      publication_(options.publish_min_interval) {}

class Collector::Change {
public:
    Change(Collector& collector, Time now)
        : collector_(collector), now_(now), lock_(collector.mutex_) {}
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() {
        const Time later = collector_.publish_if_due(now_, true);
        lock_.unlock();
        if (later != kNotDue && collector_.waker_ != nullptr) collector_.waker_->wake_by(later);
    }

private:
    Collector& collector_;
    Time now_;
    std::unique_lock<std::mutex> lock_;
};

void Collector::restore(RestoredFleet fleet, Time now) {
    const Change change(*this, now);
    state_.restore(std::move(fleet), now);
}

SourceId Collector::add_source(const SourceSpec& spec, Source& source, Time now) {
    const Change change(*this, now);
    sources_.push_back(&source);
    return state_.add_source(spec, now);
}

ComponentId Collector::add_component(SourceId source, const ComponentSpec& spec, Time now) {
    const ComponentId id = [&] {
        const Change change(*this, now);
        return state_.add_component(source, spec, now);
    }();
    if (waker_ != nullptr) waker_->wake_by(now);  // Its first question goes out at once.
    return id;
}

void Collector::detach_source(SourceId source, const std::string& reason, Time now) {
    // A call under way holds this; afterwards none begins, since the pointer is gone.
    const std::scoped_lock sending(sending_mutex_);
    const Change change(*this, now);
    sources_[source.value] = nullptr;
    state_.disconnected(source, reason, now);
}

void Collector::set_options(const Options& options, Time now) {
    {
        const Change change(*this, now);
        state_.set_rules(options.rules, now);
        publication_.set_floor(options.publish_min_interval);
    }
    if (waker_ != nullptr) waker_->wake_by(now);  // A shorter interval begins at once.
}

void Collector::connected(SourceId source, Time now) {
    {
        const Change change(*this, now);
        state_.connected(source, now);
    }
    if (waker_ != nullptr) waker_->wake_by(now);  // The first question goes out at once.
}

void Collector::disconnected(SourceId source, const std::string& reason, Time now) {
    const Change change(*this, now);
    state_.disconnected(source, reason, now);
}

void Collector::set_last_error(SourceId source, const std::string& error, Time now) {
    const Change change(*this, now);
    state_.set_last_error(source, error);
}

void Collector::set_foreign_services(SourceId source, std::vector<std::string> names, Time now) {
    const Change change(*this, now);
    state_.set_foreign_services(source, std::move(names));
}

void Collector::echo_received(SourceId source, EchoId echo, Time now) {
    const Change change(*this, now);
    state_.echo_received(source, echo, now);
}

void Collector::no_responders(ComponentId component, RoundId round, Time now) {
    const Change change(*this, now);
    state_.no_responders(component, round, now);
}

void Collector::push_road_broken(SourceId source, Time now) {
    const Change change(*this, now);
    state_.push_road_broken(source);
}

void Collector::discovered(ComponentId component, std::optional<std::span<const std::uint64_t>> ids,
                           Time now) {
    const Change change(*this, now);
    state_.discovered(component, ids, now);
}

void Collector::refused(ComponentId component, const InstanceRef& instance, Time now) {
    const Change change(*this, now);
    state_.refused(component, instance, now);
}

std::expected<void, RejectReason> Collector::announce(ComponentId component,
                                                      const Announcement& worker, Time now) {
    const Change change(*this, now);
    return state_.announce(component, worker, now);
}

void Collector::describe(ComponentId component, const InstanceRef& instance,
                         const EngineFacts& facts, Time now) {
    const Change change(*this, now);
    state_.describe(component, instance, facts, now);
}

void Collector::missed(ComponentId component, const InstanceRef& instance, RoundId round, Time sent,
                       Time now) {
    const Change change(*this, now);
    state_.missed(component, instance, round, sent, now);
}

void Collector::set_trouble(ComponentId component, const InstanceRef& instance,
                            const WorkerTrouble* trouble, Time now) {
    const Change change(*this, now);
    state_.set_trouble(component, instance, trouble, now);
}

void Collector::withdraw(ComponentId component, const InstanceRef& instance, const std::string& why,
                         Time now) {
    const Change change(*this, now);
    state_.withdraw(component, instance, why, now);
}

void Collector::all_asked(SourceId source, Time now) {
    const Change change(*this, now);
    state_.all_asked(source);
}

void Collector::suspect(SourceId source, const std::string& why, Time now) {
    const Change change(*this, now);
    state_.suspect(source, why, now);
}

CordonOutcome Collector::cordon(std::string_view worker_id, std::string_view why,
                                std::string_view by, Time now) {
    const std::scoped_lock lock(mutex_);
    const CordonOutcome outcome = state_.cordon(worker_id, why, by, now);
    const bool stands = outcome == CordonOutcome::made || outcome == CordonOutcome::kept;
    if (stands && state_.changed()) publish(now);
    return outcome;
}

bool Collector::uncordon(std::string_view worker_id, std::string_view by, Time now) {
    const std::scoped_lock lock(mutex_);
    const bool lifted = state_.uncordon(worker_id, by, now);
    if (lifted) publish(now);
    return lifted;
}

Cordons Collector::cordons() const {
    const std::scoped_lock lock(mutex_);
    return state_.cordons();
}

void Collector::restore_cordons(std::span<const Cordon> cordons, Time now) {
    const Change change(*this, now);
    state_.restore_cordons(cordons, now);
}

std::optional<RawRecord> Collector::raw_record(std::string_view worker_id) const {
    const std::scoped_lock lock(mutex_);
    return state_.raw_record(worker_id);
}

RawRecordsUse Collector::raw_records_use() const {
    const std::scoped_lock lock(mutex_);
    return state_.raw_records_use();
}

Verdict Collector::apply(const Answer& answer) {
    const std::scoped_lock lock(mutex_);
    const Verdict verdict = state_.apply(answer);
    // Not due while the burst goes on, unless it goes on for long; drained() ends it.
    (void)publish_if_due(answer.received, false);
    return verdict;
}

Verdict Collector::apply(const Push& push, std::span<const ComponentId> candidates) {
    const std::scoped_lock lock(mutex_);
    const Verdict verdict = state_.apply(push, candidates);
    (void)publish_if_due(push.received, false);
    return verdict;
}

void Collector::receives_on(Time now) {
    const std::scoped_lock lock(mutex_);
    (void)publish_if_due(now, false);
}

void Collector::drained(Time now) {
    const Change change(*this, now);
}

Time Collector::drained_or_wait(Time now, Duration wait_max) {
    const Time later = [&] {
        const std::scoped_lock lock(mutex_);
        return publish_if_due(now, true);
    }();
    if (later == kNotDue || later - now <= wait_max) return later;
    if (waker_ != nullptr) waker_->wake_by(later);
    return kNotDue;
}

Time Collector::step(Time now) {
    std::vector<Asking> askings;
    Time next = now + kStepGapMax;
    {
        const std::scoped_lock lock(mutex_);
        state_.step(now);
        schedule_.collect_due(state_, now, askings);
        next = std::min(
            {next, publish_if_due(now, true), state_.next_due(), schedule_.next_due(state_)});
        view_cell_.sweep();
    }
    send(askings, now);
    return next;
}

void Collector::finish(Time now) {
    const std::scoped_lock lock(mutex_);
    state_.finish(now);
}

void Collector::publish_now(Time now) {
    const std::scoped_lock lock(mutex_);
    if (state_.changed() || publication_.pending()) publish(now);
}

Time Collector::publish_if_due(Time now, bool queue_empty) {
    if (state_.changed()) publication_.note_change(now);
    if (!publication_.pending()) return kNotDue;
    if (!publication_.due(now, queue_empty)) return publication_.due_at();
    publish(now);
    return kNotDue;
}

void Collector::publish(Time now) {
    publication_.note_change(now);  // An order is published without having waited.
    const Duration before = meter_.thread_cpu();
    view_cell_.publish(state_.freeze(now));
    const Duration spent = meter_.thread_cpu() - before;
    state_.pulse().publish_delay.record(age_between(publication_.waiting_since(), now) + spent);
    publication_.published(now, spent);
}

void Collector::send(const std::vector<Asking>& askings, Time now) {
    if (askings.empty()) return;
    const std::scoped_lock sending(sending_mutex_);
    for (const Asking& asking : askings) {
        Source* const source = [&] {
            const std::scoped_lock lock(mutex_);
            return sources_[asking.source.value];
        }();
        const bool sent =
            source != nullptr &&
            (asking.echo_only ? source->echo(asking.question.echo) : source->ask(asking.question));
        if (sent) continue;
        const Change change(*this, now);
        if (asking.echo_only)
            state_.void_echo(asking.source, asking.question.echo);
        else
            state_.void_round(asking.question.component, asking.question.round);
    }
}

std::shared_ptr<SourceCounters> Collector::counters(SourceId source) const {
    const std::scoped_lock lock(mutex_);
    return state_.counters(source);
}

std::vector<FleetEvent> Collector::take_events() {
    const std::scoped_lock lock(mutex_);
    return state_.take_events();
}

RuleCounts Collector::rule_counts() const {
    const std::scoped_lock lock(mutex_);
    return state_.rule_counts();
}

}  // namespace muster
