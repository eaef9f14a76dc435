// How long to wait before the next attempt to connect. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "muster/base/time.hpp"

namespace muster {

struct ReconnectTimes {
    Duration wait{};
    /// At most so much more: a fleet of readers does not return in one instant.
    Duration jitter{};
};

/// After the server with index `next` - 1: zero while servers of the round are left (all of one
/// cluster are tried at once, and then there is a pause), else a time between `wait` and `wait` +
/// `jitter`, both included. `dice`: any number, another one each time. REQUIRES: servers > 0, no
/// time is negative.
[[nodiscard]] Duration reconnect_pause(std::size_t next, std::size_t servers,
                                       const ReconnectTimes& times, std::uint64_t dice) noexcept;

}  // namespace muster
