// The fleet that tests of the table look at: tests/golden/apps/top_fleet.json.
#pragma once

#include <gmock/gmock.h>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"
#include "support/golden.hpp"

namespace muster::testing_support {

inline FleetDocument top_example() {
    auto fleet = parse_fleet_document(golden("apps/top_fleet.json"));
    EXPECT_TRUE(fleet);
    return fleet ? *fleet : FleetDocument{};
}

inline constexpr Time kTopStart = Time(std::chrono::seconds(100'000));

}  // namespace muster::testing_support
