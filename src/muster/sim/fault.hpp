// What can be wrong with a simulated worker, when, and how people write it down.
//
// Pure values and parsers; any thread. The words are those of `muster sim --fault` and of script
// files (docs/guide/sim.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster {

enum class FaultKind : std::uint8_t {
    slow,     ///< `slow=MS`: answers that much later, with the load of the moment it was asked.
    mute,     ///< Answers nothing; lives, works and pushes on (its responder was killed).
    dead,     ///< The process is gone. After a duration a new one starts under the same id.
    restart,  ///< The same, after kRestartTime if no duration is given.
    twice,    ///< A second process with the same instance id answers too.
    garbage,  ///< Answers and pushes bytes that are no service record, of many kinds in turn.
    nan,      ///< Usage and hit rate are NaN: null on the wire.
    zeros,    ///< The all-zero record of a worker that has published nothing yet.
    stopped,  ///< SIGSTOP: stands still; at the end it answers what was asked meanwhile, at once.
    frozen,   ///< Answers, but its load stays what it was while requests go on being counted.
    ranks,    ///< `ranks=N`: N data-parallel ranks share the process; the last to publish is seen.
    flood,    ///< `flood=N`: lists that many more endpoints, or series.
    // Of HTTP engines only.
    refuse,  ///< Accepts no connection, though it lives.
    reset,   ///< Resets the connection at each request.
    half,    ///< Sends half of the announced bytes and closes.
    drip,    ///< Sends its answer 32 bytes at a time, 20 times a second.
    hang,    ///< Takes the request and never answers.
    status,  ///< `status=CODE`: answers with that HTTP status.
};

/// Whose faults: of workers on NATS, or of engines over HTTP.
enum class FaultRealm : std::uint8_t { nats, http };

struct Fault {
    FaultKind kind = FaultKind::mute;
    /// MS of `slow`, N of `ranks` and `flood`, CODE of `status`; 0 otherwise.
    std::uint32_t amount = 0;
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// "Until the end" as a duration.
inline constexpr Duration kForever = Duration::max();

/// A restart without a duration is this long dead: long enough to miss questions, short enough not
/// to be lost.
inline constexpr Duration kRestartTime = std::chrono::seconds(1);

/// A fault with its workers and its time, both relative: to the fleet's size, to its start.
struct PlannedFault {
    Fault fault;
    std::uint32_t first_worker = 0;
    std::uint32_t last_worker = 0;  ///< Inclusive; UINT32_MAX means the last there is.
    Duration start{};
    Duration duration = kForever;
    friend bool operator==(const PlannedFault&, const PlannedFault&) = default;
};

/// Bounds: a minute of slowness, ranks as FleetState takes them, endpoints that overfill a reply.
inline constexpr std::uint32_t kSlowMsMax = 60'000;
inline constexpr std::uint32_t kRanksMax = 4'096;
inline constexpr std::uint32_t kFloodEndpointsMax = 100'000;

[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;

/// Reads `KIND[=AMOUNT]`: "mute", "slow=350".
[[nodiscard]] Result<Fault> parse_fault(std::string_view text, FaultRealm realm = FaultRealm::nats);

/// Reads `KIND[=AMOUNT]@WORKER[:START[+DURATION]]`. WORKER is an index from 0, a range `FIRST-LAST`
/// or `*`. START and DURATION carry units and count from the fleet's start; without them the fault
/// begins at once and never ends. Checks that the workers exist.
[[nodiscard]] Result<PlannedFault> parse_planned_fault(std::string_view text, std::uint32_t workers,
                                                       FaultRealm realm = FaultRealm::nats);

/// Reads a script: one planned fault per line; empty lines and what follows a `#` are skipped.
/// An error names `origin` (a file's name) and the line.
[[nodiscard]] Result<std::vector<PlannedFault>> parse_fault_script(
    std::string_view text, std::string_view origin, std::uint32_t workers,
    FaultRealm realm = FaultRealm::nats);

/// As parse_planned_fault reads it.
[[nodiscard]] std::string to_text(const PlannedFault& fault);

}  // namespace muster
