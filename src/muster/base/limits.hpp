// The bounds on everything that others can make grow. Each constant says what breaks without it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace muster {

/// A reply is refused above this: nats-server's own default limit, so a larger one is not a load.
inline constexpr std::size_t kReplyBytesMax = std::size_t{1} << 20;
/// Workers in one view, and instances known with and without a load, all components together;
/// beyond it new ones are counted as rejected, so that a liar who invents instance ids cannot fill
/// the memory.
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
/// Bytes kept of a worker's last record as it was received; genuine ones have 200 to 400.
inline constexpr std::size_t kRawRecordBytesMax = 4'096;
/// The same of all workers together: 100,000 that each send 4 KiB must not take 400 MB. Beyond it
/// records of further workers are not kept, which is counted (RawRecordsUse).
inline constexpr std::size_t kRawRecordsBytesMax = std::size_t{64} << 20;
/// Samples of one worker's recent history, one a second: the last five minutes.
inline constexpr std::size_t kHistorySamplesMax = 300;
/// What the histories of all workers take together; beyond some 9,000 workers each keeps fewer
/// samples instead (18 at 100,000).
inline constexpr std::size_t kHistoryBytesMax = std::size_t{64} << 20;
/// Cordons that stand at once; each outlives its worker, so nothing else would bound them.
inline constexpr std::size_t kCordonsMax = 10'000;
/// Length of a cordon's reason, in characters: a sentence or two, shown in every view.
inline constexpr std::size_t kCordonWhyCharactersMax = 500;
/// Length of the name of who cordons, in characters.
inline constexpr std::size_t kCordonByCharactersMax = 100;
/// Workers named over REST; each is asked for ever, and stands in a file that is read at the start.
inline constexpr std::size_t kRestWorkersMax = 10'000;
/// Samples taken from one metrics page: a dozen series of some hundred ranks. An endless page of
/// invented ranks would fill the memory.
inline constexpr std::size_t kWantedSamplesMax = 4'096;
/// Models named by one server; a router may know hundreds, and names only those it has loaded.
inline constexpr std::size_t kModelsPerServerMax = 64;
/// Length of an identity string (component, service id, address) that we keep.
inline constexpr std::size_t kNameBytesMax = 256;

/// Different questions of event streams that a serving thread keeps the answers to; each holds what
/// a view's rows say, so that strangers with invented filters cannot fill the memory.
inline constexpr std::size_t kEventFeedsMax = 64;
/// Workers that left, and tombstones that ended, remembered for streams that have yet to be told; a
/// stream further behind is told the whole fleet. Twice the tombstones: a whole fleet may go.
inline constexpr std::size_t kEventLogMax = 20'000;

}  // namespace muster
