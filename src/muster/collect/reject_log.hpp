// RejectLog decides which rejections are worth a log line: at most one per reason, worker and
// minute, however many bad replies arrive, in a table of fixed size.
//
// Pure: the time is passed in, nothing is written here. Counting (SourceCounters) goes on beside it
// and misses nothing. Thread rule: one caller at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/reject_reason.hpp"

namespace muster {

class RejectLog {
public:
    struct Options {
        Duration window = std::chrono::minutes(1);
        /// Pairs of reason and worker remembered at once; 24 bytes each.
        std::size_t pairs_max = 4096;
    };
    /// A line to be written.
    struct Line {
        /// Rejections of the same pair (or, if `many`, reason) that got no line since its last one.
        std::uint64_t suppressed = 0;
        /// The table is full of pairs seen within the window: the line speaks for the reason, not
        /// for one worker.
        bool many = false;
        /// The pair had a line before, so this is no passing thing.
        bool again = false;
    };

    RejectLog() : RejectLog(Options{}) {}
    explicit RejectLog(Options options);

    /// Notes one rejection; a line if one is due. REQUIRES: `now` does not fall.
    [[nodiscard]] std::optional<Line> note(RejectReason reason, std::string_view worker, Time now);

private:
    struct Pair {
        std::uint64_t hash = 0;  // Of reason and worker; 0: free.
        Time last_line = kNever;
        std::uint64_t suppressed = 0;
    };
    // A pair may lie in any of so many places from the one its hash names.
    static constexpr std::size_t kProbes = 16;

    std::optional<Line> pass(Pair& pair, Time now, bool many) const noexcept;

    Options options_;
    std::vector<Pair> pairs_;
    std::array<Pair, kRejectReasonCount> overflow_{};
};

}  // namespace muster
