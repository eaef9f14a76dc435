// muster is killed and started again: a new collector over the journal of the one before.
#include "muster/collect/journal_decoder.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "simulation/fleet_checker.hpp"
#include "simulation/simulated_fleet.hpp"

namespace muster {
namespace {

WallAnchor on_the_wall(Time time) {
    return {time, WallTime(std::chrono::hours(500'000)) + time.time_since_epoch()};
}

RestoredFleet read_back(const std::string& journal) {
    JournalDecoder decoder(JournalDecoder::Wanted::fleet);
    JournalRecords records(journal);
    while (const auto record = records.next()) (void)decoder.take(*record);
    return restored_from(decoder.fleet(), Duration::zero());
}

}  // namespace

void SimulatedFleet::end_run() {
    trace("muster is killed");
    muster_disturbance.begin();
    suspended_ = dead_ = true;
    seen_before_ = hold();
    journal_.clear();
    JournalEncoder encoder({.series = JournalSeries::fine,
                            .base = on_the_wall(now_),
                            .boot = "boot",
                            .epoch = "run",
                            .software = "simulation"},
                           journal_);
    encoder.sample(journal_, *seen_before_, on_the_wall(now_));
}

void SimulatedFleet::begin_run() {
    trace("muster starts again");
    ++run_;
    run_began_ = now_;
    muster_disturbance.end(now_);
    suspended_ = dead_ = false;
    checker_.reset();
    reader_.reset();
    earlier_runs_ += collector_->rule_counts();
    Collector::Options options;
    options.rules = options_.rules;
    collector_ = std::make_unique<Collector>(options, meter_, now_, this);
    reader_.emplace(collector_->view_cell());
    collector_->restore(read_back(journal_), now_);
    // In the order of the first run, so that handles mean the same.
    for (const auto& broker : brokers_) {
        broker->begin_run();
        collector_->add_source({broker->name(), "nats", "nats://" + broker->name()}, *broker, now_);
    }
    for (const auto& component : components_) {
        collector_->add_component(
            brokers_[component->broker]->id,
            {component->name, component->traits.engine, component->traits.pinned}, now_);
    }
    for (auto& [key, truth] : truth_.all()) {
        truth.listened_at_proof = Duration::zero();
        truth.refusals.clear();
    }
    for (const auto& broker : brokers_) {
        if (broker->reachable()) collector_->connected(broker->id, now_);
    }
    checker_ = std::make_unique<FleetChecker>(*this);
    socket_.clear();
    drained_ = false;
    step_due_ = stepped_last_ = now_;
}

}  // namespace muster
