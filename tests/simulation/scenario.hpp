// What the named scenarios share: a fleet under default rules that fails its test when a promise
// was broken, and words to ask what it shows.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "simulation/simulated_fleet.hpp"

namespace muster {

class ScenarioTest : public ::testing::Test {
protected:
    using Process = std::shared_ptr<WorkerProcess>;

    static SimulationOptions options() {
        SimulationOptions made;
        made.seed = 7;
        made.rules = simulation_rules();
        return made;
    }

    void TearDown() override { EXPECT_TRUE(fleet.ok()) << fleet.failures(); }

    [[nodiscard]] std::size_t rows_of(const SimulatedComponent& component) {
        std::size_t rows = 0;
        const FleetView& view = fleet.view();
        for (std::size_t row = 0; row < view.size(); ++row) {
            if (view.identity(row).component == component.name) ++rows;
        }
        return rows;
    }
    [[nodiscard]] std::size_t rows_in(const SimulatedComponent& component, WorkerState state) {
        std::size_t rows = 0;
        const FleetView& view = fleet.view();
        for (std::size_t row = 0; row < view.size(); ++row) {
            if (view.identity(row).component == component.name &&
                view.state_at(row, fleet.now()) == state) {
                ++rows;
            }
        }
        return rows;
    }
    [[nodiscard]] std::size_t lost_of(const SimulatedComponent& component, LostReason reason) {
        std::size_t lost = 0;
        for (const Tombstone& tombstone : fleet.view().tombstones()) {
            if (tombstone.identity->component == component.name && tombstone.reason == reason) {
                ++lost;
            }
        }
        return lost;
    }
    [[nodiscard]] const SourceInfo& source(std::size_t i = 0) { return fleet.view().sources()[i]; }
    [[nodiscard]] std::uint64_t fired(Rule rule) { return fleet.rule_counts().of(rule); }
    /// Runs in steps of `step`, calling `look` after each.
    template <typename Look>
    void run_watching(Duration duration, Duration step, Look look) {
        for (const Time end = fleet.now() + duration; fleet.now() < end && fleet.ok();) {
            fleet.run_for(step);
            look();
        }
    }
    /// The row of an instance; fails the test if there is none.
    [[nodiscard]] std::size_t row_of(const std::string& id) {
        const auto row = fleet.view().find(id);
        EXPECT_TRUE(row.has_value()) << id << " is not shown";
        return row.value_or(0);
    }

    SimulatedFleet fleet{options()};
};

}  // namespace muster
