// DemoFleet: the twelve simulated workers of `muster demo` and the broker of half of them; what
// plays the chapters' faults on them.
//
// Main thread only; ends everything when it goes.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "demo_broker.hpp"
#include "demo_story.hpp"
#include "muster/base/error.hpp"
#include "muster/sim/engine_fleet.hpp"
#include "muster/sim/fleet.hpp"
#include "source_options.hpp"

namespace muster {

class DemoFleet {
public:
    /// Fails with a whole sentence: no nats-server, or a port that cannot be had.
    [[nodiscard]] static Result<DemoFleet> start(const std::stop_token& stop);

    /// What collects from all of them.
    [[nodiscard]] CollectOptions collect_options() const;
    void begin(const DemoChapter& chapter);
    /// Of a chapter that has a duration of its own to be ended by hand: the broker's.
    void end(const DemoChapter& chapter);
    /// Whom it is about, by its id; empty if that is the broker.
    [[nodiscard]] std::string subject_of(const DemoChapter& chapter) const;

private:
    using Engines = std::array<std::unique_ptr<SimulatedEngines>, 3>;

    DemoFleet(DemoBroker broker, std::unique_ptr<SimulatedFleet> workers, Engines engines)
        : broker_(std::move(broker)), workers_(std::move(workers)), engines_(std::move(engines)) {}
    [[nodiscard]] SimulatedEngines* engines_of(DemoSubject subject) const noexcept;

    DemoBroker broker_;
    std::unique_ptr<SimulatedFleet> workers_;  // Ends before its broker.
    Engines engines_;
};

}  // namespace muster
