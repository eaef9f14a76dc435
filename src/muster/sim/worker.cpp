// Faults begin and end here; processes come and go with them.
#include "muster/sim/worker.hpp"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

void apply(ActiveFaults& active, const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::slow: active.slow += std::chrono::milliseconds(fault.amount); break;
        case FaultKind::mute: active.mute = true; break;
        case FaultKind::dead:
        case FaultKind::restart: active.gone = true; break;
        case FaultKind::twice: active.twice = true; break;
        case FaultKind::garbage: active.garbage = true; break;
        case FaultKind::nan: active.record.nan = true; break;
        case FaultKind::zeros: active.record.zeros = true; break;
        case FaultKind::stopped: active.stopped = true; break;
        case FaultKind::frozen: active.record.frozen = true; break;
        case FaultKind::ranks: active.record.ranks = fault.amount; break;
        case FaultKind::flood: active.flood = fault.amount; break;
        default: break;  // Of HTTP engines: nobody can ask for them here.
    }
}

}  // namespace

SimulatedWorker::SimulatedWorker(const ProcessPlan& plan, const Birth& birth)
    : plan_(&plan),
      index_(birth.index),
      instance_id_(birth.instance_id),
      seed_(birth.seed),
      random_(birth.seed),
      load_plan_(plan.load.plan) {
    const SimulatedProcess::Birth first{
        .seed = mix_bits(seed_), .now = birth.now, .started = birth.started, .is_warm = true};
    process_.emplace(plan, first, load_plan_);
}

void SimulatedWorker::add_fault(Fault fault, Time from, Time until) {
    windows_.push_back({fault, from, until});
    // Looked at in the next step, whether or not it has begun by then.
    next_edge_ = std::min(next_edge_, from);
}

void SimulatedWorker::clear_faults(Time now) {
    windows_.clear();
    next_edge_ = now;
}

void SimulatedWorker::set_load(const Load& load, Time now) {
    load_plan_.shape = LoadShape::fixed;
    load_plan_.fixed = load;
    if (process_) process_->set_load(load, now);
    if (twin_) twin_->set_load(load, now);
}

Time SimulatedWorker::next_event() const noexcept {
    if (active_.stopped) return next_edge_;
    Time next = next_edge_;
    if (process_) next = std::min(next, process_->next_event());
    if (twin_) next = std::min(next, twin_->next_event());
    return next;
}

SimulatedWorker::Happened SimulatedWorker::step(Time now, WallTime wall) {
    if (next_edge_ <= now) return change_faults(now, wall);
    Happened happened;
    if (active_.stopped) return happened;
    if (process_ && process_->next_event() <= now) {
        const SimulatedProcess::Happened own = process_->step(now);
        happened.truth_changed = own.load_changed;
        happened.push_due = own.push_due;
    } else if (twin_ && twin_->next_event() <= now) {
        happened.twin_push_due = twin_->step(now).push_due;
    }
    return happened;
}

SimulatedWorker::Reaction SimulatedWorker::react_to_question() const noexcept {
    if (!process_ || active_.mute || is_responder_dead_) return Reaction::ignore;
    return active_.stopped ? Reaction::hold : Reaction::answer;
}

void SimulatedWorker::hold(HeldQuestion question) {
    if (held_.size() < kHeldQuestionsMax) held_.push_back(std::move(question));
}

std::vector<HeldQuestion> SimulatedWorker::take_held() {
    return std::exchange(held_, {});
}

Time SimulatedWorker::next_edge(Time after) const noexcept {
    Time next = Time::max();
    for (const Window& window : windows_) {
        if (window.from > after) next = std::min(next, window.from);
        if (window.until > after) next = std::min(next, window.until);
    }
    return next;
}

ActiveFaults SimulatedWorker::faults_at(Time now) const noexcept {
    ActiveFaults active;
    for (const Window& window : windows_)
        if (window.from <= now && now < window.until) apply(active, window.fault);
    return active;
}

SimulatedWorker::Happened SimulatedWorker::change_faults(Time now, WallTime wall) {
    const ActiveFaults before = std::exchange(active_, faults_at(now));
    std::erase_if(windows_, [now](const Window& window) { return window.until <= now; });
    next_edge_ = next_edge(now);
    Happened happened;
    if (active_.gone) {
        happened.truth_changed = process_.has_value();
        if (process_) ++incarnation_;
        process_.reset();
        twin_.reset();
        held_.clear();
        return happened;
    }
    if (!process_) {
        start_process(now, wall);
        happened.truth_changed = true;
    }
    if (!active_.twice) twin_.reset();
    if (active_.twice && !twin_) {
        const SimulatedProcess::Birth second{
            .seed = mix_bits(seed_ + ++births_), .now = now, .started = wall, .is_warm = true};
        twin_.emplace(*plan_, second, load_plan_);
    }
    if (before.stopped && !active_.stopped) {
        process_->resume(now);
        if (twin_) twin_->resume(now);
        happened.resumed = true;
    }
    if (before.record.ranks != active_.record.ranks) happened.truth_changed = true;
    process_->set_faults(active_.record, now);
    if (twin_) twin_->set_faults(active_.record, now);
    return happened;
}

void SimulatedWorker::start_process(Time now, WallTime wall) {
    is_responder_dead_ = false;
    const SimulatedProcess::Birth later{
        .seed = mix_bits(seed_ + ++births_), .now = now, .started = wall, .is_warm = false};
    process_.emplace(*plan_, later, load_plan_);
}

}  // namespace muster
