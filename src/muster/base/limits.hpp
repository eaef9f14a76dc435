// The bounds on everything that others can make grow. Each constant says what breaks without it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace muster {

/// A reply is refused above this: nats-server's own default limit, so a larger one is not a load.
inline constexpr std::size_t kReplyBytesMax = std::size_t{1} << 20;
/// Workers in one view; beyond it new ones are counted as rejected, so that a liar who invents
/// instance ids cannot fill the memory.
inline constexpr std::size_t kWorkersMax = 100'000;
/// Endpoints read from one reply; a genuine worker has three to ten.
inline constexpr std::size_t kEndpointsPerReplyMax = 10'000;
/// Ranks of one instance; the largest deployments have some hundred.
inline constexpr std::size_t kRanksPerInstanceMax = 4'096;
/// Tombstones kept; the oldest go first.
inline constexpr std::size_t kTombstonesMax = 10'000;
/// The largest count that is exact in a double (JavaScript, Prometheus). A count above it is a bad
/// field: no machine has that many blocks, and a reader would silently see another number.
inline constexpr std::uint64_t kCountMax = std::uint64_t{1} << 53;
/// Length of an identity string (component, service id, address) that we keep.
inline constexpr std::size_t kNameBytesMax = 256;

}  // namespace muster
