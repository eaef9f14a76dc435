// Ports for servers that tests start.
#pragma once

#include <cstdint>

namespace muster::testing {

/// A loopback TCP port that nobody listens on now. Another process may take it before it is used,
/// so whoever starts a server on it tries again with another when that happens. Skips the default
/// ports of the servers muster talks to.
[[nodiscard]] std::uint16_t free_port();

}  // namespace muster::testing
