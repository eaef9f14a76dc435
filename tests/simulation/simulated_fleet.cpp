#include "simulation/simulated_fleet.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "simulation/fleet_checker.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

/// A lease outlives its process by this much: discovery lists the dead until then.
constexpr Duration kLease = 4s;
constexpr std::size_t kFailuresMax = 5;
/// Three echoes, 250 ms apart: then a source that was suspect is asked again.
constexpr Duration kTimelyEchoes = 1s;

Collector::Options collector_options(const SimulationOptions& options) {
    Collector::Options made;
    made.rules = options.rules;
    return made;
}

std::string in_words(const Verdict& verdict) {
    constexpr std::array<const char*, 4> kOutcomes = {"changed", "confirmed", "alive", "rejected"};
    std::string words = kOutcomes[static_cast<std::size_t>(verdict.outcome)];
    if (verdict.reason) words += " (" + std::string(name_of(*verdict.reason)) + ")";
    return words;
}

}  // namespace

FleetRules simulation_rules() {
    FleetRules rules;
    rules.first_sequence = 65'530;
    return rules;
}

SimulatedFleet::SimulatedFleet(const SimulationOptions& options)
    : options_(options),
      now_(Time{} + 1h + Duration(static_cast<std::int64_t>(options.seed % 1'000'000))),
      random_(options.seed),
      queue_(options.grid),
      meter_(options.freeze_cpu),
      run_began_(now_),
      collector_(std::make_unique<Collector>(collector_options(options), meter_, now_, this)),
      reader_(collector_->view_cell()),
      checker_(std::make_unique<FleetChecker>(*this)),
      step_due_(now_),
      stepped_last_(now_) {}

SimulatedFleet::~SimulatedFleet() = default;

SimulatedBroker& SimulatedFleet::add_broker(const std::string& name) {
    brokers_.push_back(std::make_unique<SimulatedBroker>(*this, name, brokers_.size()));
    SimulatedBroker& broker = *brokers_.back();
    broker.id = collector_->add_source({name, "nats", "nats://" + name}, broker, now_);
    collector_->connected(broker.id, now_);
    broker.disturbance.touch(now_);
    return broker;
}

SimulatedComponent& SimulatedFleet::add_component(SimulatedBroker& broker, const std::string& name,
                                                  const ComponentTraits& traits) {
    components_.push_back(std::make_unique<SimulatedComponent>());
    SimulatedComponent& component = *components_.back();
    component.name = name;
    component.traits = traits;
    component.broker = broker.index();
    component.id = collector_->add_component(broker.id, {name, traits.engine, traits.pinned}, now_);
    component_by_id_[component.id.value] = &component;
    if (traits.listed) plan_in(500ms, [this, &component] { tell_discovery(component); });
    return component;
}

std::shared_ptr<WorkerProcess> SimulatedFleet::start(SimulatedComponent& component,
                                                     const WorkerTraits& traits) {
    ++processes_started_;
    const std::int64_t started = 1'700'000'000'000'000'000 + processes_started_ * 1'000'000'000;
    auto process =
        std::make_shared<WorkerProcess>(traits, started, now_, SeededRandom(random_.next()));
    process->disturbance.touch(now_);
    std::erase_if(component.processes, [&](const auto& other) {
        return other->dead() && key_of(component, *other) == key_of(component, *process);
    });
    component.processes.push_back(process);
    truth_.enter(component, process);
    schedule_change(component, process);
    return process;
}

void SimulatedFleet::start_many(SimulatedComponent& component, std::size_t count,
                                std::uint64_t first_id, const WorkerTraits& traits) {
    for (std::size_t i = 0; i < count; ++i) {
        WorkerTraits one = traits;
        one.instance_id = first_id + i;
        start(component, one);
    }
}

void SimulatedFleet::schedule_change(SimulatedComponent& component,
                                     const std::shared_ptr<WorkerProcess>& process) {
    plan_in(process->until_next_change(), [this, &component, process] {
        if (process->dead()) return;
        if (process->life() == WorkerProcess::Life::running) {
            const WorkerProcess::Change change = process->change(now_);
            if (change.triggers_push) push_soon(component, process, change.stream);
        }
        schedule_change(component, process);
    });
}

void SimulatedFleet::push_soon(SimulatedComponent& component,
                               const std::shared_ptr<WorkerProcess>& process, std::size_t stream) {
    if (!process->traits().pushes) return;
    plan_in(kPushDebounce, [this, &component, process, stream] {
        broker_of(component).push(component, process, stream);
    });
}

void SimulatedFleet::set_load(SimulatedComponent& component,
                              const std::shared_ptr<WorkerProcess>& process, const Load& load) {
    process->set_load(0, load, now_);
    push_soon(component, process, 0);
}

void SimulatedFleet::kill(WorkerProcess& process) {
    trace("worker dies");
    process.die(now_);
}

std::shared_ptr<WorkerProcess> SimulatedFleet::restart(SimulatedComponent& component,
                                                       WorkerProcess& old, bool later) {
    const WorkerTraits traits = old.traits();
    if (!old.dead()) kill(old);
    if (later) return start(component, traits);
    // A machine whose clock went back: the new process says that it is the older.
    const std::int64_t started = processes_started_;
    processes_started_ = -processes_started_ - 2;
    auto process = start(component, traits);
    processes_started_ = started + 1;
    process->disturbance.begin();
    return process;
}

void SimulatedFleet::pause(WorkerProcess& process) {
    if (process.life() != WorkerProcess::Life::running) return;
    process.pause();
    process.disturbance.begin();
}

void SimulatedFleet::proceed(const std::shared_ptr<WorkerProcess>& process) {
    if (process->life() != WorkerProcess::Life::paused) return;
    process->proceed();
    process->disturbance.end(now_);
    for (const auto& component : components_) {
        const auto& all = component->processes;
        if (std::find(all.begin(), all.end(), process) != all.end()) {
            broker_of(*component).worker_proceeds(process);
        }
    }
}

void SimulatedFleet::suspend() {
    trace("muster is stopped");
    muster_disturbance.begin();
    suspended_ = true;
}

void SimulatedFleet::resume() {
    trace("muster goes on");
    muster_disturbance.end(now_);
    suspended_ = false;
    // Which of its threads runs first is chance.
    if (random_.chance(0.5)) step();
    std::vector<std::function<void()>> waiting;
    waiting.swap(socket_);
    for (const auto& act : waiting) act();
    drained_ = false;
    step_due_ = now_;
}

void SimulatedFleet::deliver(std::function<void()> act) {
    if (dead_) return;
    if (suspended_) {
        socket_.push_back(std::move(act));
        return;
    }
    act();
    drained_ = false;
}

void SimulatedFleet::answer(SimulatedBroker& broker, SimulatedComponent& component,
                            WorkerProcess& process, RoundId round, const Saying& saying) {
    Answer answer;
    answer.component = component.id;
    answer.round = round;
    answer.received = now_;
    answer.instance = {process.traits().instance_id, process.traits().service_id};
    answer.service_id = process.traits().service_id;
    answer.started = saying.started;
    answer.requests_total = saying.requests_total;
    answer.offers_load = saying.offers_load;
    answer.rank = saying.rank;
    answer.load = saying.load ? &*saying.load : nullptr;
    const std::string address = "nats:" + component.name;
    answer.address = address;
    answer.engine = component.traits.engine;
    const Verdict verdict = collector_->apply(answer);
    if (tracing()) {
        trace("  answer to " + std::to_string(round.value) + " " + in_words(verdict) + " " +
              key_of(component, process));
    }
    checker_->answered(broker, component, process, broker.asked_at(component.id, round), saying,
                       verdict);
}

void SimulatedFleet::pushed(SimulatedBroker& broker, const SimulatedComponent& component,
                            std::uint64_t worker_id, std::optional<std::uint32_t> rank,
                            const Load& load, const std::string& key) {
    const std::string name_space = component.name.substr(0, component.name.find('/') + 1);
    std::vector<ComponentId> candidates;
    for (const auto& other : components_) {
        if (other->broker == broker.index() && other->name.starts_with(name_space)) {
            candidates.push_back(other->id);
        }
    }
    Push push;
    push.received = now_;
    push.worker_id = worker_id;
    push.rank = rank;
    push.load = &load;
    const Verdict verdict = collector_->apply(push, candidates);
    if (tracing()) trace("  push " + in_words(verdict) + " " + key);
    if (InstanceTruth* truth = truth_.find(key)) {
        if (verdict.outcome != Verdict::Outcome::rejected) truth->pushes.push_back(now_);
    } else if (verdict.outcome != Verdict::Outcome::rejected) {
        fail("a push for worker " + std::to_string(worker_id) + " that nobody is, was applied");
    }
}

void SimulatedFleet::refuse(SimulatedComponent& component, WorkerProcess& process) {
    const InstanceRef instance{process.traits().instance_id, process.traits().service_id};
    collector_->refused(component.id, instance, now_);
    if (InstanceTruth* truth = truth_.find(key_of(component, process))) {
        truth->refusals.push_back(now_);
    }
}

void SimulatedFleet::tell_discovery(SimulatedComponent& component) {
    plan_in(2s, [this, &component] { tell_discovery(component); });
    if (component.discovery == SimulatedComponent::Discovery::unreadable) {
        deliver([this, &component] { collector_->discovered(component.id, std::nullopt, now_); });
        return;
    }
    std::vector<std::uint64_t> ids;
    for (const auto& [key, truth] : truth_.all()) {
        if (truth.component != &component) continue;
        const WorkerProcess& newest = *truth.processes.back();
        const auto id = newest.traits().instance_id;
        if (!id || (newest.dead() && now_ - newest.died() > kLease)) continue;
        const auto& gone = component.withdrawn;
        if (std::find(gone.begin(), gone.end(), *id) == gone.end()) ids.push_back(*id);
    }
    std::sort(ids.begin(), ids.end());
    if (component.discovery == SimulatedComponent::Discovery::halved) ids.resize(ids.size() / 3);
    deliver([this, &component, ids = std::move(ids)] {
        collector_->discovered(component.id, std::span<const std::uint64_t>(ids), now_);
        if (ids.empty()) return;  // An outage, whatever it meant to say.
        for (auto& [key, truth] : truth_.all()) {
            const auto id = truth.processes.back()->traits().instance_id;
            if (truth.component != &component || !id) continue;
            const bool listed = std::binary_search(ids.begin(), ids.end(), *id);
            if (std::exchange(truth.withdrawn, !listed) == listed) truth.listed_since = now_;
        }
    });
}

void SimulatedFleet::set_rules(const FleetRules& rules) {
    deliver([this, rules] {
        options_.rules = rules;
        collector_->set_options(collector_options(options_), now_);
    });
}

void SimulatedFleet::wake_by(Time when) noexcept {
    step_due_ = std::min(step_due_, when);
}

void SimulatedFleet::step() {
    step_due_ = Time::max();
    const Time wanted = collector_->step(now_);
    if (wanted > now_ + 250ms) fail("step asks to be called later than 250 ms");
    stepped_last_ = now_;
    // A step that wants the next one at once still gets it a moment later, as timers do.
    const Time due =
        std::max(wanted, now_ + 1us) + random_.between(Duration(0), options_.timer_lateness);
    step_due_ = std::min(step_due_, due);
    trace_events();
}

void SimulatedFleet::run_for(Duration duration) {
    const Time end = now_ + duration;
    while (now_ < end && ok()) {
        const Time step_at = suspended_ ? Time::max() : step_due_;
        const Time next = std::min({end, queue_.next(), step_at});
        now_ = std::max(now_, next);
        queue_.run_due(now_);
        if (!suspended_ && !drained_) {
            collector_->drained(now_);
            drained_ = true;
        }
        bool stepped = false;
        if (!suspended_ && step_due_ <= now_) {
            step();
            stepped = true;
        }
        checker_->after_step(stepped);
    }
}

void SimulatedFleet::settle() {
    // The faults of messages are over once a lone echo that was lost is written off.
    while (ok() && !std::ranges::all_of(brokers_, [](const auto& broker) {
               return !broker->disturbance.standing();
           })) {
        run_for(50ms);
    }
    const FleetRules& rules = options_.rules;
    const Duration interval = rules.interval.value_or(1s);
    const Duration lost = std::max(rules.lost_after, 5 * interval + rules.patience);
    const Duration judged = interval + rules.patience + publication_gap() + kTimelyEchoes;
    run_for(lost + judged);
    bool mass = false;
    for (const SourceInfo& source : view().sources()) mass |= !source.mass_silences.empty();
    if (mass) run_for(std::max(rules.mass_lost_after, lost) - lost);
    if (ok()) checker_->check_settled();
}

void SimulatedFleet::keep(FleetViewPtr view) {
    checker_->keep(std::move(view));
}

Duration SimulatedFleet::publication_gap() const {
    return std::max<Duration>(200us, 20 * 2 * meter_.cost());
}

void SimulatedFleet::fail(const std::string& what) {
    if (failures_.size() >= kFailuresMax) return;
    const double seconds = to_ms(now_ - (Time{} + 1h)) / 1000.0;
    failures_.push_back("at " + std::to_string(seconds) + " s: " + what);
    trace("FAILURE: " + what);
}

std::string SimulatedFleet::failures() const {
    std::string all;
    for (const std::string& one : failures_) all += one + "\n";
    return all;
}

void SimulatedFleet::trace(const std::string& line) const {
    if (!options_.verbose) return;
    std::printf("%10.4f %s\n", to_ms(now_ - (Time{} + 1h)) / 1000.0, line.c_str());
}

void SimulatedFleet::trace_events() {
    const std::vector<FleetEvent> events = collector_->take_events();
    if (events.size() > kEventsMax) fail("more events are kept than kEventsMax");
    if (!options_.verbose) return;
    for (const FleetEvent& event : events) {
        trace("  event " + std::to_string(static_cast<int>(event.kind)) + " " + event.subject +
              ": " + event.detail);
    }
}

}  // namespace muster
