// Waiting in tests: for a condition, with a deadline, never for a time to pass.
#pragma once

#include <chrono>
#include <functional>

#include "muster/base/time.hpp"

namespace muster::testing {

/// For what must come: only a test that fails waits so long, and a machine that is ten times slower
/// than the one it was written on still comes in time.
inline constexpr Duration kLongEnough = std::chrono::seconds(60);

/// Looks every `every` until `condition` holds or `deadline` has passed. True if it holds.
[[nodiscard]] bool wait_until(Duration deadline, const std::function<bool()>& condition,
                              Duration every = std::chrono::milliseconds(2));

/// The steady time now, for measuring in integration tests.
[[nodiscard]] Time steady_now();

}  // namespace muster::testing
