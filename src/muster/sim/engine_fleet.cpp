// The public face over the room, the check of what it is given, and the loop.
#include "muster/sim/engine_fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "muster/io/runtime/monotonic_time.hpp"
#include "muster/sim/engines/engine_room.hpp"

namespace muster {

namespace {

/// Dripped answers: so many bytes, so often. A page of 50 kB takes a minute and a half.
constexpr std::size_t kDripBytes = 32;
constexpr Duration kDripEvery = std::chrono::milliseconds(50);
/// Requests that a stopped engine keeps, as a socket's buffer would.
constexpr std::size_t kHeldMax = 1'000;

Result<void> check(const SimulatedEnginesOptions& options) {
    const auto bad = [](std::string what) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
    };
    switch (options.engine) {
        case Engine::vllm:
        case Engine::sglang:
        case Engine::llamacpp:
        case Engine::trtllm: break;
        default:
            return bad(fmt::format("no such simulation: {}: give vllm, sglang, llamacpp or trtllm",
                                   name_of(options.engine)));
    }
    if (options.workers == 0 || options.workers > kSimulatedEnginesMax) {
        return bad(fmt::format("cannot simulate {} engines: --workers: give 1 to {}",
                               options.workers, kSimulatedEnginesMax));
    }
    if (options.first_port != 0 && options.first_port + options.workers > 65'536U) {
        return bad(
            fmt::format("ports end at 65535: --port {}: give a lower one", options.first_port));
    }
    if (options.ranks == 0 || options.ranks > kRanksMax) {
        return bad(fmt::format("cannot simulate {} ranks: --ranks: give 1 to {}", options.ranks,
                               kRanksMax));
    }
    if (options.engine == Engine::llamacpp && options.ranks != 1) {
        return bad("llama.cpp has no ranks: --ranks: leave it out");
    }
    if (!(options.changes_per_second >= 0.001 && options.changes_per_second <= 10'000.0)) {
        return bad(fmt::format("cannot change {} times a second: --rate: give 0.001 to 10000",
                               options.changes_per_second));
    }
    return {};
}

}  // namespace

Result<void> SimulatedEngines::Room::start() {
    {
        const std::lock_guard lock(state_);
        if (auto made = make_places(clock_.now()); !made) return made;
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void SimulatedEngines::Room::stop() {
    thread_.request_stop();
    sockets_.wake();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(state_);
    for (std::uint32_t i = 0; i < places_.size(); ++i) sockets_.close(i);
}

Result<void> SimulatedEngines::Room::make_places(Time now) {
    detail::EngineProcess::Birth birth;
    birth.engine = options_.engine;
    birth.seed = options_.seed;
    birth.ranks = options_.ranks;
    birth.now = now;
    birth.started = wall_.wall_at(now);
    birth.load.plan = options_.load;
    birth.load.changes_per_second = options_.changes_per_second;
    birth.model = options_.model;
    places_.reserve(options_.workers);
    for (std::uint32_t i = 0; i < options_.workers; ++i) {
        Place& place = places_.emplace_back(detail::EnginePlace(birth, i));
        const auto port = options_.first_port == 0
                              ? std::uint16_t{0}
                              : static_cast<std::uint16_t>(options_.first_port + i);
        const Result<std::uint16_t> bound = sockets_.listen(i, options_.host, port);
        if (!bound) return std::unexpected(bound.error());
        place.port = *bound;
        for (const PlannedFault& planned : options_.faults) {
            if (i < planned.first_worker || i > planned.last_worker) continue;
            const Time from = now + planned.start;
            const Time until = planned.duration == kForever ? Time::max() : from + planned.duration;
            place.engine.add_fault(planned.fault, from, until);
        }
        tell_truth(i);
        step(i, now);
    }
    return {};
}

void SimulatedEngines::Room::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        Duration pause{};
        {
            const std::lock_guard lock(state_);
            if (!sockets_.has_ready()) pause = age_between(clock_.now(), next_due());
        }
        sockets_.wait(pause);
        const std::lock_guard lock(state_);
        const Time now = clock_.now();
        std::vector<detail::EngineSockets::Request> requests = sockets_.collect();
        for (std::uint32_t i = 0; i < places_.size(); ++i) {
            if (places_[i].engine.next_event() <= now) step(i, now);
        }
        for (auto& request : requests) hear(std::move(request), now);
        send_pending(now);
    }
}

void SimulatedEngines::Room::hear(detail::EngineSockets::Request request, Time now) {
    ++counters_.requests;
    Place& place = places_[request.worker];
    detail::EngineReaction reaction = place.engine.react(request.target, request.keep_alive, now);
    switch (reaction.kind) {
        case detail::EngineReaction::Kind::ignore: return;
        case detail::EngineReaction::Kind::reset: return sockets_.reset(request.connection);
        case detail::EngineReaction::Kind::hold:
            if (place.held.size() < kHeldMax) place.held.push_back(std::move(request));
            return;
        case detail::EngineReaction::Kind::answer: break;
    }
    pending_.emplace(now + reaction.delay, Pending{.connection = request.connection,
                                                   .bytes = std::move(reaction.bytes),
                                                   .closes = reaction.closes,
                                                   .drips = reaction.drips});
}

void SimulatedEngines::Room::send_pending(Time now) {
    using Then = detail::EngineSockets::Then;
    while (!pending_.empty() && pending_.begin()->first <= now) {
        Pending next = std::move(pending_.begin()->second);
        pending_.erase(pending_.begin());
        if (next.drips && next.bytes.size() > kDripBytes) {
            sockets_.send_part(next.connection, next.bytes.substr(0, kDripBytes));
            next.bytes.erase(0, kDripBytes);
            if (sockets_.is_open(next.connection))
                pending_.emplace(now + kDripEvery, std::move(next));
            continue;
        }
        ++counters_.answers;
        sockets_.send(next.connection, std::move(next.bytes),
                      next.closes ? Then::close : Then::go_on);
    }
}

void SimulatedEngines::Room::step(std::uint32_t worker, Time now) {
    Place& place = places_[worker];
    const detail::EnginePlace::Happened happened = place.engine.step(now, wall_.wall_at(now));
    if (happened.truth_changed) tell_truth(worker);
    follow_openness(worker);
    if (!happened.resumed) return;
    for (auto& request : std::exchange(place.held, {})) hear(std::move(request), now);
}

/// A process that is gone, or refuses, has no listener; one that is back has its port again.
void SimulatedEngines::Room::follow_openness(std::uint32_t worker) {
    Place& place = places_[worker];
    const bool open = place.engine.is_open();
    if (open == sockets_.listens(worker)) return;
    if (!open) {
        sockets_.close(worker);
        place.held.clear();
        return;
    }
    // Should somebody have taken the port meanwhile, it goes on being refused.
    const auto bound = sockets_.listen(worker, options_.host, place.port);
    if (bound) place.port = *bound;
}

void SimulatedEngines::Room::tell_truth(std::uint32_t worker) {
    Place& place = places_[worker];
    place.changed_at_ns = monotonic_ns();
    ++place.changes;
    ++counters_.changes;
    if (!options_.on_truth) return;
    const auto* const process = place.engine.process();
    const std::uint32_t ranks = process == nullptr ? 1 : process->rank_count();
    for (std::uint32_t rank = 0; rank < ranks; ++rank) options_.on_truth(truth_of(worker, rank));
}

EngineTruth SimulatedEngines::Room::truth_of(std::uint32_t worker, std::uint32_t rank) const {
    const Place& place = places_[worker];
    EngineTruth truth;
    truth.worker = worker;
    truth.address = fmt::format("{}:{}", options_.host, place.port);
    truth.changes = place.changes;
    truth.changed_at_ns = place.changed_at_ns;
    const auto* const process = place.engine.process();
    truth.alive = process != nullptr;
    if (process == nullptr || rank >= process->rank_count()) return truth;
    if (process->rank_count() > 1) truth.rank = rank;
    truth.load = process->load(rank);
    return truth;
}

Time SimulatedEngines::Room::next_due() const {
    Time next = pending_.empty() ? Time::max() : pending_.begin()->first;
    for (const Place& place : places_) next = std::min(next, place.engine.next_event());
    return next;
}

Result<void> SimulatedEngines::Room::change(
    std::uint32_t worker, const std::function<void(detail::EnginePlace&, Time)>& how) {
    {
        const std::lock_guard lock(state_);
        if (worker >= places_.size()) {
            return fail(ErrorKind::bad_input, ErrorOrigin::client,
                        fmt::format("no such worker: {}: there are {}, counted from 0", worker,
                                    places_.size()));
        }
        const Time now = clock_.now();
        const Load before = truth_of(worker, 0).load;
        how(places_[worker].engine, now);
        if (truth_of(worker, 0).load != before) tell_truth(worker);
        step(worker, now);
    }
    sockets_.wake();
    return {};
}

std::string SimulatedEngines::Room::address(std::uint32_t worker) const {
    const std::lock_guard lock(state_);
    return truth_of(worker, 0).address;
}

EngineTruth SimulatedEngines::Room::truth(std::uint32_t worker, std::uint32_t rank) const {
    const std::lock_guard lock(state_);
    return truth_of(worker, rank);
}

SimulatedEnginesCounters SimulatedEngines::Room::counters() const {
    const std::lock_guard lock(state_);
    SimulatedEnginesCounters counters = counters_;
    counters.connections = sockets_.accepted();
    counters.bytes = sockets_.bytes_sent();
    return counters;
}

SimulatedEngines::SimulatedEngines(std::unique_ptr<Room> room) : room_(std::move(room)) {}
SimulatedEngines::~SimulatedEngines() = default;

Result<std::unique_ptr<SimulatedEngines>> SimulatedEngines::start(SimulatedEnginesOptions options) {
    if (auto checked = check(options); !checked) return std::unexpected(checked.error());
    auto room = std::make_unique<Room>(std::move(options));
    if (auto started = room->start(); !started) return std::unexpected(started.error());
    return std::make_unique<SimulatedEngines>(std::move(room));
}

void SimulatedEngines::stop() {
    room_->stop();
}

Result<void> SimulatedEngines::set_fault(std::uint32_t worker, Fault fault, Duration duration) {
    return room_->change(worker, [&](detail::EnginePlace& engine, Time now) {
        engine.add_fault(fault, now, duration == kForever ? Time::max() : now + duration);
    });
}

Result<void> SimulatedEngines::clear_faults(std::uint32_t worker) {
    return room_->change(worker,
                         [](detail::EnginePlace& engine, Time now) { engine.clear_faults(now); });
}

Result<void> SimulatedEngines::set_load(std::uint32_t worker, const Load& load) {
    return room_->change(
        worker, [&](detail::EnginePlace& engine, Time now) { engine.set_load(load, now); });
}

std::string SimulatedEngines::address(std::uint32_t worker) const {
    return room_->address(worker);
}

EngineTruth SimulatedEngines::truth(std::uint32_t worker, std::uint32_t rank) const {
    return room_->truth(worker, rank);
}

SimulatedEnginesCounters SimulatedEngines::counters() const {
    return room_->counters();
}

}  // namespace muster
