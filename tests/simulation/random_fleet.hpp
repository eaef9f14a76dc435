// One random run: a fleet, its rules and its faults, all from one seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "muster/fleet/rule_counts.hpp"

namespace muster {

struct RandomRun {
    std::uint64_t seed = 0;
    bool ok = false;
    std::string failures;
    std::size_t fault_kinds = 0;
    std::size_t processes = 0;
    RuleCounts rules;
};

/// Simulates at least 60 s with faults, then time to settle, and checks all the way.
[[nodiscard]] RandomRun run_random_fleet(std::uint64_t seed, bool verbose);

}  // namespace muster
