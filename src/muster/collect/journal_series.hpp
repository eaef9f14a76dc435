// JournalSeriesWriter: what is to be written to one series of the journal, and when.
//
// Place in the data path: between the published view and io/journal, which knows files. Decides
// when a sample is due, when a segment ends and the next one begins. Pure: a hand-moved clock
// drives a day of it in a test. Belongs to one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

struct JournalSeriesRules {
    JournalSeries series = JournalSeries::fine;
    Duration sample_every = std::chrono::seconds(1);
    /// A segment is the unit of forgetting, and what a reader must read to know one moment.
    Duration segment_for = std::chrono::minutes(10);
    Duration kept_for = std::chrono::hours(1);
    bool keeps_events = false;
};

/// Every second for an hour.
[[nodiscard]] constexpr JournalSeriesRules fine_series() noexcept {
    return {};
}
/// Every ten seconds for a day, and what happened.
[[nodiscard]] constexpr JournalSeriesRules day_series() noexcept {
    return {.series = JournalSeries::day,
            .sample_every = std::chrono::seconds(10),
            .segment_for = std::chrono::hours(1),
            .kept_for = std::chrono::hours(24),
            .keeps_events = true};
}

/// What the file is to become.
struct JournalWriting {
    bool new_segment = false;     ///< Begin another file with `bytes`.
    bool replaces_quiet = false;  ///< `bytes` take the place of the last record.
    std::string bytes;            ///< Empty: nothing to do.
};

class JournalSeriesWriter {
public:
    /// `about` tells boot, epoch and software; series and base are filled in.
    JournalSeriesWriter(const JournalSeriesRules& rules, JournalHeader about)
        : rules_(rules), about_(std::move(about)) {}

    /// `segment_bytes_max`: a segment ends above it, unless it is hardly more than its first
    /// sample.
    [[nodiscard]] JournalWriting step(const FleetView& view, std::span<const FleetEvent> events,
                                      const WallAnchor& now, std::size_t segment_bytes_max);
    /// When a sample is due; kNever: at once.
    [[nodiscard]] Time next_due() const noexcept {
        return encoder_ ? sampled_at_ + rules_.sample_every : kNever;
    }
    /// The segment could not be written: the next step begins another.
    void abandon() noexcept { encoder_.reset(); }
    [[nodiscard]] const JournalSeriesRules& rules() const noexcept { return rules_; }

private:
    [[nodiscard]] bool segment_is_over(Time now, std::size_t bytes_max) const noexcept;

    JournalSeriesRules rules_;
    JournalHeader about_;
    std::optional<JournalEncoder> encoder_;  // Of the segment that is being written.
    Time began_at_ = kNever;
    Time sampled_at_ = kNever;
    std::size_t first_bytes_ = 0;  // Of its header and first sample.
    std::size_t bytes_ = 0;
    std::size_t quiet_bytes_ = 0;  // Of the last record, if it is a quiet one; else 0.
};

}  // namespace muster
