// JournalWriter: the two series of a journal as files; forgets the oldest. For the journal's
// thread.
//
// Private to io/journal. After an error nothing is open: the next write begins new segments.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/collect/journal_series.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/io/journal/detail/journal_files.hpp"

namespace muster {

class JournalWriter {
public:
    JournalWriter(std::string directory, std::uint64_t bytes_max, const JournalHeader& about);

    /// Makes the directory and takes it, if that was not done yet.
    [[nodiscard]] Result<void> open();
    /// The sample that is due, if one is, and the events. REQUIRES: open() succeeded.
    [[nodiscard]] Result<void> write(const FleetView& view, std::span<const FleetEvent> events,
                                     const WallAnchor& now);
    /// When a sample is due; kNever: at once.
    [[nodiscard]] Time next_due() const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    struct Series {
        JournalSeriesWriter plan;
        OpenFile file;
        SegmentFile segment;
        std::uint64_t last_record = 0;  // Its offset.
    };
    struct Old {
        SegmentFile file;
        WallTime end{};  // Not written after this.
    };

    [[nodiscard]] Result<void> write_series(Series& series, const JournalWriting& writing,
                                            const WallAnchor& now);
    [[nodiscard]] Result<void> make_room(std::uint64_t coming, WallTime now);
    [[nodiscard]] Result<void> scan();
    void abandon();

    std::string directory_;
    std::uint64_t bytes_max_;
    OpenFile lock_;
    std::uint64_t next_number_ = 1;
    std::uint64_t bytes_ = 0;  // Of all segments.
    std::vector<Old> old_;     // Written before; by number.
    std::array<Series, 2> series_;
};

}  // namespace muster
