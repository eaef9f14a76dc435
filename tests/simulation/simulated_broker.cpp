#include "simulation/simulated_broker.hpp"

#include <algorithm>
#include <utility>

#include "simulation/simulated_fleet.hpp"

namespace muster {

SimulatedBroker::SimulatedBroker(SimulatedFleet& fleet, std::string name, std::size_t index)
    : fleet_(fleet), name_(std::move(name)), index_(index) {}

Duration SimulatedBroker::one_leg() {
    return fleet_.random().between(weather_.delay_min, weather_.delay_max);
}

void SimulatedBroker::travel(Leg leg, Time& sender_last, std::function<void()> act) {
    Time arrival = fleet_.now() + one_leg();
    if (!weather_.reorders) {
        arrival = std::max(arrival, sender_last);
        sender_last = arrival;
    }
    const std::uint64_t epoch = leg == Leg::to_worker ? broker_epoch_ : epoch_;
    const bool doubled = leg == Leg::to_us && fleet_.random().chance(weather_.doubling);
    if (leg == Leg::to_us && fleet_.random().chance(weather_.loss)) return;
    if (doubled) {
        fleet_.plan(arrival + one_leg(), [this, leg, epoch, act] { arrive(leg, epoch, act); });
    }
    fleet_.plan(arrival, [this, leg, epoch, act = std::move(act)] { arrive(leg, epoch, act); });
}

void SimulatedBroker::arrive(Leg leg, std::uint64_t epoch, std::function<void()> act) {
    if (leg == Leg::to_worker ? epoch != broker_epoch_ : epoch != epoch_) return;
    if (leg != Leg::to_worker && link_ != Link::up) return;
    if (paused_) {
        held_.push_back([this, leg, epoch, act = std::move(act)] { arrive(leg, epoch, act); });
        return;
    }
    act();
}

bool SimulatedBroker::ask(const Question& question) {
    std::vector<Time>& asked = asked_[question.component.value];
    asked.resize(std::max<std::size_t>(asked.size(), question.round.value + 1), kNever);
    asked[question.round.value] = fleet_.now();
    if (fleet_.tracing()) {
        fleet_.trace("  ask " + fleet_.component(question.component).name + " " +
                     std::to_string(question.round.value));
    }
    if (link_ == Link::down || fleet_.random().chance(weather_.unsendable)) return false;
    travel(Leg::to_broker, our_last_, [this, question] { at_broker(question); });
    return echo(question.echo);
}

bool SimulatedBroker::echo(EchoId echo) {
    if (link_ == Link::down) return false;
    travel(Leg::to_broker, our_last_, [this, echo] {
        travel(Leg::to_us, broker_last_, [this, echo] {
            fleet_.deliver(
                [this, echo] { fleet_.collector().echo_received(id, echo, fleet_.now()); });
        });
    });
    return true;
}

void SimulatedBroker::at_broker(const Question& question) {
    ++questions_received_;
    SimulatedComponent& component = fleet_.component(question.component);
    bool anybody = false;
    for (const auto& process : component.processes) {
        if (process->dead()) {
            if (!component.traits.refuses_when_dead) continue;
            travel(Leg::to_us, broker_last_, [this, &component, process] {
                fleet_.deliver([this, &component, process] { fleet_.refuse(component, *process); });
            });
            anybody = true;
            continue;
        }
        // To a broker that does not hear of a worker it is as if it were not there.
        process->question_lost |= process->cut_off;
        if (process->responder_dead || process->cut_off) continue;
        anybody = true;
        if (weather_.questions_lost > 0 && fleet_.random().chance(weather_.questions_lost)) {
            continue;
        }
        Time unordered{};
        travel(Leg::to_worker, unordered,
               [this, &component, process, round = question.round, run = fleet_.run()] {
                   at_worker(component, process, round, run);
               });
    }
    if (anybody) return;
    travel(Leg::to_us, broker_last_, [this, question] {
        fleet_.deliver([this, question] {
            fleet_.collector().no_responders(question.component, question.round, fleet_.now());
        });
    });
}

void SimulatedBroker::at_worker(SimulatedComponent& component,
                                const std::shared_ptr<WorkerProcess>& process, RoundId round,
                                std::uint64_t run) {
    // The reply subject of a run that is over: nobody listens there.
    process->question_lost |= process->cut_off;
    if (process->dead() || process->cut_off || run != fleet_.run()) return;
    if (process->life() == WorkerProcess::Life::paused) {
        outboxes_[process.get()].inbox.push_back(
            [this, &component, process, round, run] { at_worker(component, process, round, run); });
        return;
    }
    send_saying(component, process, round);
}

void SimulatedBroker::send_saying(SimulatedComponent& component,
                                  const std::shared_ptr<WorkerProcess>& process, RoundId round) {
    if (process->garbles) return;
    Saying saying = process->say(process->last_writer());
    if (process->leaves_rank_out && fleet_.random().chance(0.3)) saying.rank.reset();
    travel(Leg::to_us, outboxes_[process.get()].last, [this, &component, process, round, saying] {
        fleet_.deliver([this, &component, process, round, saying] {
            fleet_.answer(*this, component, *process, round, saying);
        });
    });
}

void SimulatedBroker::push(const SimulatedComponent& component,
                           const std::shared_ptr<WorkerProcess>& process, std::size_t stream) {
    const auto worker_id = process->traits().instance_id;
    if (!worker_id || process->dead()) return;
    Outbox& outbox = outboxes_[process.get()];
    if (process->life() == WorkerProcess::Life::paused) {
        outbox.inbox.push_back(
            [this, &component, process, stream] { push(component, process, stream); });
        return;
    }
    const Pushed pushed{&component, *worker_id, process->rank(stream),
                        process->history(stream).last().sent, fleet_.key_of(component, *process)};
    if (dead_ || process->cut_off) {
        outbox.kept.push_back(pushed);
        return;
    }
    fleet_.truth().published(pushed.key, pushed.rank, fleet_.now());
    send({pushed}, outbox.last);
}

void SimulatedBroker::push_stranger(const SimulatedComponent& component, std::uint64_t worker_id) {
    Load load;
    load.set_count(LoadField::kv_active_blocks, 7);
    Time unordered{};
    send({{&component, worker_id, std::nullopt, load, {}}}, unordered);
}

void SimulatedBroker::send(std::vector<Pushed> pushes, Time& sender_last) {
    const double loss = std::exchange(weather_.loss, 0.0);
    if (fleet_.random().chance(loss)) {
        // A client knows what it dropped, and must say so: silence speaks only on a whole road.
        travel(Leg::to_us, sender_last, [this] {
            fleet_.deliver([this] { fleet_.collector().push_road_broken(id, fleet_.now()); });
        });
    } else {
        travel(Leg::to_us, sender_last, [this, pushes = std::move(pushes)] {
            fleet_.deliver([this, pushes] {
                for (const Pushed& push : pushes) {
                    fleet_.pushed(*this, *push.component, push.worker_id, push.rank, push.load,
                                  push.key);
                }
            });
        });
    }
    weather_.loss = loss;
}

void SimulatedBroker::worker_reconnects(const std::shared_ptr<WorkerProcess>& process) {
    if (dead_ || process->dead()) return;
    process->cut_off = false;
    Outbox& outbox = outboxes_[process.get()];
    std::vector<Pushed> kept;
    kept.swap(outbox.kept);
    // What was under way is lost with the connection. Where no question found it cut off nobody
    // can know.
    const bool noticed = std::exchange(process->question_lost, false);
    if (noticed && !kept.empty() && fleet_.random().chance(0.5)) kept.erase(kept.begin());
    if (!kept.empty()) send(std::move(kept), outbox.last);
}

void SimulatedBroker::workers_return() {
    disturbance.begin();
    fleet_.plan_in(workers_return_within, [this] { disturbance.end(fleet_.now()); });
    for (const auto& component : fleet_.components()) {
        if (component->broker != index_) continue;
        for (const auto& process : component->processes) {
            if (process->dead()) continue;
            process->cut_off = true;
            fleet_.plan_in(fleet_.random().between(Duration(0), workers_return_within),
                           [this, process] { worker_reconnects(process); });
        }
    }
}

void SimulatedBroker::worker_proceeds(const std::shared_ptr<WorkerProcess>& process) {
    std::vector<std::function<void()>> inbox;
    inbox.swap(outboxes_[process.get()].inbox);
    for (const auto& act : inbox) act();
}

void SimulatedBroker::set_weather(const Weather& weather) {
    past_weather_.push_back({fleet_.now() + 4 * weather_.delay_max, 4 * weather_.delay_max});
    weather_ = weather;
}

Duration SimulatedBroker::worst_transit_since(Time since) const {
    Duration worst = 4 * weather_.delay_max;
    for (const WeatherPeriod& period : past_weather_) {
        if (period.until >= since) worst = std::max(worst, period.transit);
    }
    return worst;
}

Time SimulatedBroker::asked_at(ComponentId component, RoundId round) const {
    return asked_.at(component.value).at(round.value);
}

void SimulatedBroker::pause() {
    disturbance.begin();
    paused_ = true;
}

void SimulatedBroker::proceed() {
    disturbance.end(fleet_.now());
    paused_ = false;
    std::vector<std::function<void()>> held;
    held.swap(held_);
    for (const auto& act : held) act();
}

void SimulatedBroker::die() {
    disturbance.begin();
    link_ = Link::down;
    paused_ = false;
    dead_ = true;
    ++epoch_;
    ++broker_epoch_;
    held_.clear();
    fleet_.deliver(
        [this] { fleet_.collector().disconnected(id, "connection refused", fleet_.now()); });
}

void SimulatedBroker::lose_our_link(const std::string& reason) {
    disturbance.begin();
    link_ = Link::down;
    ++epoch_;
    fleet_.deliver([this, reason] { fleet_.collector().disconnected(id, reason, fleet_.now()); });
}

void SimulatedBroker::come_back() {
    disturbance.end(fleet_.now());
    link_ = Link::up;
    ++epoch_;
    if (std::exchange(dead_, false)) workers_return();
    fleet_.deliver([this] {
        fleet_.collector().connected(id, fleet_.now());
        fleet_.collector().push_road_broken(id, fleet_.now());
    });
}

void SimulatedBroker::half_open() {
    disturbance.begin();
    link_ = Link::half_open;
    ++epoch_;
}

void SimulatedBroker::notice_half_open() {
    fleet_.deliver(
        [this] { fleet_.collector().disconnected(id, "stale connection", fleet_.now()); });
    come_back();
}

}  // namespace muster
