// JournalEncoder: turns views and events into the records of one segment.
//
// Place in the data path: the published view, once a second, off the hot path -> bytes. A sample is
// the difference from the one before; one without a difference is not written at all. Pure: no
// clock, no file. Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/collect/journal_fleet.hpp"
#include "muster/collect/journal_record.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// What a segment says of itself.
struct JournalHeader {
    JournalSeries series = JournalSeries::fine;
    WallAnchor base;       ///< Its beginning. All moments in it count from here.
    std::string boot;      ///< Names the boot of the machine: the steady clock is one within it.
    std::string epoch;     ///< Of the run of muster.
    std::string software;  ///< "muster 0.1.0"
};

/// Texts that events repeat (worker ids, reasons) are written once in a segment, up to this many.
inline constexpr std::size_t kJournalNamesMax = 65'536;

class JournalEncoder {
public:
    /// Begins a segment: its mark and header go to `out`.
    JournalEncoder(const JournalHeader& header, std::string& out);

    /// Appends the view as it is at `now`. False: it says what the sample before said, and nothing
    /// was appended. The first one is always written.
    bool sample(std::string& out, const FleetView& view, const WallAnchor& now);
    /// Appends that nothing changed until then. All such records have one length, so that one may
    /// replace another.
    void quiet(std::string& out, Time until);
    /// Appends the events, if there are any. `now` leads from their times to the wall clock.
    void events(std::string& out, std::span<const FleetEvent> events, const WallAnchor& now);

private:
    /// A part of the view that is written whole when it is news.
    struct WholePart {
        std::shared_ptr<const void> seen;  ///< The object that `written` tells of.
        bool looked = false;
        std::string written;
    };
    /// Appends the part if it is news. A view that holds the same object as the one before is not
    /// looked into: nearly all do.
    template <typename Part, typename Write>
    static bool write_if_news(std::string& out, WholePart& last, const std::shared_ptr<Part>& part,
                              Write write);
    void write_name(std::string& body, const std::string& name);

    Time base_;
    Duration base_offset_;  // From the steady clock to the wall clock, at the base.
    Duration last_offset_;  // At the sample written last.
    JournalFleet last_;     // What a decoder knows now; its moment is not used.
    bool sampled_ = false;
    std::shared_ptr<const Directory> directory_;    // Of last_.rows.
    std::shared_ptr<const Tombstones> tombstones_;  // Of last_.tombstones.
    WholePart sources_;
    WholePart components_;
    WholePart cordons_;
    WholePart expected_;
    std::unordered_map<std::string, std::uint32_t> names_;
};

}  // namespace muster
