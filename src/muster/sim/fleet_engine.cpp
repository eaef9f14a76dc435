// One loop: take what was asked, let happen what is due, send, wait for the next of either.
#include "muster/sim/fleet_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "muster/io/runtime/monotonic_time.hpp"
#include "muster/wire/stats_writer.hpp"

namespace muster {
namespace {

/// Up to here each message is a system call of its own and leaves at once; a larger fleet's bursts
/// are collected by the NATS library for up to a millisecond.
constexpr std::uint32_t kSendAtOnceWorkersMax = 256;
/// Workers started at some time of the last hour.
constexpr double kStartedWithinSeconds = 3'600.0;
/// Questions that may wait: a thousand rounds of the three verbs, far more than anybody queues.
constexpr std::size_t kQuestionsWaitingMax = 3'000;

/// Instance ids are etcd leases: a high part of the store's own, then numbers that follow on.
std::uint64_t first_lease(std::uint64_t seed, const ComponentName& component) {
    const std::uint64_t own = seed_of_name(seed, to_string(component));
    return 0x1000'0000'0000'0000ULL | (mix_bits(own) & 0x3fff'ffff'7fff'ffffULL);
}

ProcessPlan plan_of(const SimulatedFleetOptions& options) {
    ProcessPlan plan;
    plan.component = options.component;
    plan.service = service_name(options.component, slug_rule_of(options.release));
    plan.release = options.release;
    plan.load.plan = options.load;
    plan.load.changes_per_second = options.changes_per_second;
    plan.push = options.push;
    return plan;
}

}  // namespace

SimulatedFleet::Engine::Engine(SimulatedFleetOptions options)
    : options_(std::move(options)), plan_(plan_of(options_)) {
    // A nested namespace pushes under its leaf, which comes first.
    const std::vector<std::string> subjects = kv_metrics_subjects(options_.component.name_space);
    if (!subjects.empty()) push_subject_ = subjects.front();
    first_instance_id_ =
        options_.first_instance_id.value_or(first_lease(options_.seed, options_.component));
}

Result<void> SimulatedFleet::Engine::start() {
    WorkerLink::Options link;
    link.urls = options_.nats_url;
    link.service = plan_.service;
    link.client_name = fmt::format("muster sim {}", to_string(options_.component));
    link.send_at_once = options_.workers <= kSendAtOnceWorkersMax;
    Result<std::unique_ptr<WorkerLink>> opened =
        WorkerLink::open(link, [this](ServiceQuestion question) {
            const std::lock_guard lock(inbox_);
            if (questions_.size() < kQuestionsWaitingMax) questions_.push_back(std::move(question));
            woken_.notify_one();
        });
    if (!opened) return std::unexpected(std::move(opened).error());
    {
        const std::lock_guard lock(state_);
        link_ = *std::move(opened);
        make_workers(clock_.now());
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void SimulatedFleet::Engine::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::unique_ptr<WorkerLink> link;
    {
        const std::lock_guard lock(state_);
        link = std::move(link_);
    }
}

void SimulatedFleet::Engine::make_workers(Time now) {
    const WallTime wall = wall_.wall_at(now);
    places_.reserve(options_.workers);
    for (std::uint32_t i = 0; i < options_.workers; ++i) {
        SimulatedWorker::Birth birth;
        birth.index = i;
        birth.instance_id = instance_id(i);
        birth.seed = mix_bits(mix_bits(options_.seed) ^ i);
        birth.now = now;
        const double ago = SeededRandom(birth.seed ^ 1).unit() * kStartedWithinSeconds;
        birth.started = wall - std::chrono::nanoseconds(static_cast<std::int64_t>(ago * 1e9));
        Place& place = places_.emplace_back(SimulatedWorker(plan_, birth));
        for (const PlannedFault& planned : options_.faults) {
            if (i < planned.first_worker || i > planned.last_worker) continue;
            const Time from = now + planned.start;
            const Time until = planned.duration == kForever ? Time::max() : from + planned.duration;
            place.worker.add_fault(planned.fault, from, until);
        }
        index_services(place);
        tell_truth(place);
        step_worker(place, now);
    }
}

void SimulatedFleet::Engine::run(const std::stop_token& stop) {
    std::deque<ServiceQuestion> questions;
    while (!stop.stop_requested()) {
        Time due{};
        {
            const std::lock_guard lock(state_);
            for (const ServiceQuestion& question : questions) hear(question);
            const Time now = clock_.now();
            step_due(now);
            send_pending(now);
            due = next_due();
        }
        questions.clear();
        std::unique_lock lock(inbox_);
        const auto woken = [this] { return is_poked_ || !questions_.empty(); };
        // An hour at most, since a wait for ever overflows the clock below.
        const Duration wait =
            std::min(age_between(clock_.now(), due), Duration(std::chrono::hours(1)));
        woken_.wait_for(lock, stop, wait, woken);
        is_poked_ = false;
        questions.swap(questions_);
    }
}

void SimulatedFleet::Engine::hear(const ServiceQuestion& question) {
    ++counters_.questions;
    if (!question.reply_to) ++counters_.reply_less;
    // Each says what is so when its turn has come, which in a large fleet is milliseconds later.
    if (question.service_id.empty()) {
        for (Place& place : places_) {
            const Time now = clock_.now();
            step_worker(place, now);
            ask_worker(place, question.verb, question.reply_to, now, question.service_id);
        }
        return;
    }
    const auto found = by_service_id_.find(question.service_id);
    if (found == by_service_id_.end()) return;
    Place& place = places_[found->second];
    const Time now = clock_.now();
    step_worker(place, now);
    ask_worker(place, question.verb, question.reply_to, now, question.service_id);
}

void SimulatedFleet::Engine::ask_worker(Place& place, ServiceVerb verb,
                                        const std::shared_ptr<const std::string>& reply_to,
                                        Time now, const std::string& service_id) {
    if (!reply_to) return place.worker.kill_responder();
    switch (place.worker.react_to_question()) {
        case SimulatedWorker::Reaction::ignore: return;
        case SimulatedWorker::Reaction::hold: return place.worker.hold({verb, reply_to});
        case SimulatedWorker::Reaction::answer: break;
    }
    const bool for_all = service_id.empty();
    if (place.worker.process() != nullptr && (for_all || service_id == place.service_id))
        answer_as(place, false, verb, reply_to, now);
    if (place.worker.twin() != nullptr && (for_all || service_id == place.twin_service_id))
        answer_as(place, true, verb, reply_to, now);
}

void SimulatedFleet::Engine::answer_as(Place& place, bool is_twin, ServiceVerb verb,
                                       const std::shared_ptr<const std::string>& reply_to,
                                       Time now) {
    const SimulatedProcess& process = is_twin ? *place.worker.twin() : *place.worker.process();
    const ActiveFaults& faults = place.worker.faults();
    Pending pending;
    pending.answer.verb = verb;
    pending.answer.instance_id = place.worker.instance_id();
    pending.answer.record = process.record();
    pending.answer.requests_total = process.requests_total();
    pending.answer.flood = faults.flood;
    Duration delay = faults.slow;
    if (options_.jitter > Duration::zero()) {
        const double part = place.worker.random().unit();
        delay += Duration(
            static_cast<std::int64_t>(part * static_cast<double>(options_.jitter.count())));
    }
    if (delay == Duration::zero()) return send_answer(place, is_twin, pending.answer, *reply_to);
    pending.when = now + delay;
    pending.order = ++order_;
    pending.worker = place.worker.index();
    pending.incarnation = place.worker.incarnation();
    pending.is_twin = is_twin;
    pending.reply_to = reply_to;
    pending_.push(std::move(pending));
}

void SimulatedFleet::Engine::send_pending(Time now) {
    while (!pending_.empty() && pending_.top().when <= now) {
        const Pending& pending = pending_.top();
        Place& place = places_[pending.worker];
        const bool is_there =
            pending.is_twin ? place.worker.twin() != nullptr : place.worker.process() != nullptr;
        // A process that died meanwhile does not answer; one that stands still does so later.
        if (is_there && pending.incarnation == place.worker.incarnation()) {
            if (place.worker.faults().stopped)
                place.worker.hold({pending.answer.verb, pending.reply_to});
            else
                send_answer(place, pending.is_twin, pending.answer, *pending.reply_to);
        }
        pending_.pop();
    }
}

void SimulatedFleet::Engine::send_answer(Place& place, bool is_twin, const SimulatedAnswer& answer,
                                         const std::string& reply_to) {
    const SimulatedProcess& process = is_twin ? *place.worker.twin() : *place.worker.process();
    bytes_.clear();
    if (place.worker.faults().garbage)
        write_garbage_answer(bytes_, plan_, process, answer, place.garbage_turn++);
    else
        write_answer(bytes_, plan_, process, answer);
    send(reply_to, counters_.answers);
}

void SimulatedFleet::Engine::push(Place& place, const SimulatedProcess& process) {
    if (push_subject_.empty()) return;
    bytes_.clear();
    const std::uint64_t id = place.worker.instance_id();
    if (place.worker.faults().garbage)
        write_garbage_event(bytes_, id, process.record(), place.garbage_push_turn++);
    else
        write_load_event(bytes_, id, process.record());
    send(push_subject_, counters_.pushes);
}

void SimulatedFleet::Engine::send(const std::string& subject, std::uint64_t& counter) {
    if (link_ && link_->send(subject, bytes_))
        ++counter;
    else
        ++counters_.send_failures;
}

void SimulatedFleet::Engine::step_due(Time now) {
    while (!due_.empty() && due_.top().when <= now) {
        const Due due = due_.top();
        due_.pop();
        Place& place = places_[due.worker];
        if (place.scheduled != due.when) continue;  // Superseded by a later entry.
        place.scheduled = Time::max();
        step_worker(place, now);
    }
}

void SimulatedFleet::Engine::step_worker(Place& place, Time now) {
    while (place.worker.next_event() <= now) {
        const SimulatedWorker::Happened happened = place.worker.step(now, wall_.wall_at(now));
        index_services(place);
        if (happened.truth_changed) tell_truth(place);
        if (happened.push_due) push(place, *place.worker.process());
        if (happened.twin_push_due) push(place, *place.worker.twin());
        if (!happened.resumed) continue;
        for (const HeldQuestion& held : place.worker.take_held())
            ask_worker(place, held.verb, held.reply_to, now, {});
    }
    schedule(place);
}

void SimulatedFleet::Engine::schedule(Place& place) {
    const Time next = place.worker.next_event();
    if (next == place.scheduled) return;
    place.scheduled = next;
    if (next != Time::max()) due_.push({next, place.worker.index()});
}

void SimulatedFleet::Engine::index_services(Place& place) {
    const auto follow = [&](std::string& known, const SimulatedProcess* process) {
        const std::string_view now =
            process != nullptr ? process->service_id() : std::string_view();
        if (known == now) return;
        if (!known.empty()) by_service_id_.erase(known);
        known = now;
        if (!known.empty()) by_service_id_.emplace(known, place.worker.index());
    };
    follow(place.service_id, place.worker.process());
    follow(place.twin_service_id, place.worker.twin());
}

void SimulatedFleet::Engine::tell_truth(Place& place) {
    place.changed_at_ns = monotonic_ns();
    ++place.changes;
    ++counters_.changes;
    if (options_.on_truth) options_.on_truth(truth_of(place));
}

WorkerTruth SimulatedFleet::Engine::truth_of(const Place& place) const {
    WorkerTruth truth;
    truth.worker = place.worker.index();
    truth.instance_id = place.worker.instance_id();
    truth.changes = place.changes;
    truth.changed_at_ns = place.changed_at_ns;
    const SimulatedProcess* process = place.worker.process();
    truth.alive = process != nullptr;
    if (process == nullptr) return truth;
    truth.service_id = process->service_id();
    truth.started = process->started();
    truth.load = process->load();
    truth.requests_total = process->requests_total();
    if (place.worker.faults().record.ranks > 0) truth.rank = process->shown_rank();
    return truth;
}

Time SimulatedFleet::Engine::next_due() const {
    Time next = Time::max();
    if (!due_.empty()) next = due_.top().when;
    if (!pending_.empty()) next = std::min(next, pending_.top().when);
    return next;
}

Result<void> SimulatedFleet::Engine::change(
    std::uint32_t worker, const std::function<void(SimulatedWorker&, Time)>& how) {
    if (worker >= options_.workers) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    fmt::format("no such worker: {}: there are {}, counted from 0", worker,
                                options_.workers));
    }
    {
        const std::lock_guard lock(state_);
        const Time now = clock_.now();
        Place& place = places_[worker];
        const Load before = truth_of(place).load;
        how(place.worker, now);
        if (truth_of(place).load != before) tell_truth(place);
        step_worker(place, now);
    }
    const std::lock_guard lock(inbox_);
    is_poked_ = true;
    woken_.notify_one();
    return {};
}

WorkerTruth SimulatedFleet::Engine::truth(std::uint32_t worker) const {
    const std::lock_guard lock(state_);
    return truth_of(places_.at(worker));
}

std::vector<WorkerTruth> SimulatedFleet::Engine::truths() const {
    const std::lock_guard lock(state_);
    std::vector<WorkerTruth> all;
    all.reserve(places_.size());
    for (const Place& place : places_) all.push_back(truth_of(place));
    return all;
}

SimulatedFleetCounters SimulatedFleet::Engine::counters() const {
    const std::lock_guard lock(state_);
    return counters_;
}

}  // namespace muster
