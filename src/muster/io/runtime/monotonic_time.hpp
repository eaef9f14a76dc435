// CLOCK_MONOTONIC, for records that other programs compare with their own (truth files, benches).
//
// Not muster's clock: ages, intervals and deadlines are BootClock's. On a machine that was never
// suspended the two agree.
#pragma once

#include <cstdint>

namespace muster {

/// Nanoseconds. Thread rule: any.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;

}  // namespace muster
