// The public face over the engine, and the check of what it is given.
#include "muster/sim/fleet.hpp"

#include <fmt/format.h>

#include <utility>

#include "muster/sim/fleet_engine.hpp"

namespace muster {
namespace {

Result<void> check(const SimulatedFleetOptions& options) {
    const auto bad = [](std::string what) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
    };
    if (options.workers == 0 || options.workers > kSimulatedWorkersMax) {
        return bad(fmt::format("cannot simulate {} workers: --workers: give 1 to {}",
                               options.workers, kSimulatedWorkersMax));
    }
    if (!(options.changes_per_second >= 0.001 && options.changes_per_second <= 10'000.0)) {
        return bad(fmt::format("cannot change {} times a second: --rate: give 0.001 to 10000",
                               options.changes_per_second));
    }
    if (options.jitter < Duration::zero())
        return bad("jitter is negative: --jitter: give 0 or more");
    return {};
}

}  // namespace

SimulatedFleet::SimulatedFleet(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

SimulatedFleet::~SimulatedFleet() = default;

Result<std::unique_ptr<SimulatedFleet>> SimulatedFleet::start(SimulatedFleetOptions options) {
    if (Result<void> good = check(options); !good) return std::unexpected(good.error());
    auto engine = std::make_unique<Engine>(std::move(options));
    if (Result<void> started = engine->start(); !started) return std::unexpected(started.error());
    return std::make_unique<SimulatedFleet>(std::move(engine));
}

void SimulatedFleet::stop() {
    engine_->stop();
}

Result<void> SimulatedFleet::set_fault(std::uint32_t worker, Fault fault, Duration duration) {
    if (fault.kind == FaultKind::restart && duration == kForever) duration = kRestartTime;
    return engine_->change(worker, [&](SimulatedWorker& one, Time now) {
        one.add_fault(fault, now, duration == kForever ? Time::max() : now + duration);
    });
}

Result<void> SimulatedFleet::clear_faults(std::uint32_t worker) {
    return engine_->change(worker, [](SimulatedWorker& one, Time now) { one.clear_faults(now); });
}

Result<void> SimulatedFleet::set_load(std::uint32_t worker, const Load& load) {
    return engine_->change(worker,
                           [&](SimulatedWorker& one, Time now) { one.set_load(load, now); });
}

WorkerTruth SimulatedFleet::truth(std::uint32_t worker) const {
    return engine_->truth(worker);
}

std::vector<WorkerTruth> SimulatedFleet::truths() const {
    return engine_->truths();
}

SimulatedFleetCounters SimulatedFleet::counters() const {
    return engine_->counters();
}

const std::string& SimulatedFleet::service_name() const noexcept {
    return engine_->plan().service;
}

std::string SimulatedFleet::worker_id(std::uint32_t worker) const {
    return fmt::format("{}/{}", to_string(engine_->plan().component), engine_->instance_id(worker));
}

}  // namespace muster
