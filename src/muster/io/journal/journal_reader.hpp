// JournalReader: what the journal in a directory says of the past.
//
// Reads files only and takes no lock: it works beside the muster that writes them, and without one.
// A tail that was torn is not looked at. Thread rule: any; const calls need nothing of each other.
// Calls block on files: not for a thread that serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/base/wall_anchor.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "muster/collect/journal_fleet.hpp"
#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// Where a page ended and the next one begins.
struct JournalCursor {
    std::uint64_t segment = 0;
    std::uint64_t record = 0;
    std::uint64_t event = 0;
    friend auto operator<=>(const JournalCursor&, const JournalCursor&) = default;
};
[[nodiscard]] std::string to_string(const JournalCursor& cursor);
[[nodiscard]] std::optional<JournalCursor> parse_journal_cursor(std::string_view text);

/// Events of one answer, unless fewer are asked for; and the most that may be asked for.
inline constexpr std::size_t kJournalPage = 1'000;
inline constexpr std::size_t kJournalPageMax = 10'000;

struct JournalQuestion {
    WallTime since{};
    WallTime until = WallTime::max();  ///< Exclusive.
    std::string worker{};  ///< Empty: all. One id, its ranks, and what it was renamed to.
    std::size_t limit = kJournalPage;
    std::optional<JournalCursor> after{};
};

struct JournalPage {
    std::vector<PastEvent> events;      ///< The newest last.
    std::optional<JournalCursor> next;  ///< There are more from here on.
    std::optional<WallTime> begins;     ///< Of the journal; nothing if it is empty.
};

/// A moment of the past, as writers of JSON want it.
struct PastFleet {
    FleetViewPtr view;
    WallAnchor as_of;   ///< Ages and states are to be read at as_of.steady.
    std::string epoch;  ///< Of the run that saw it.
};

/// The end of the newest run.
struct LastRun {
    JournalHeader header;
    JournalFleet fleet;
};

/// No sample is farther from a moment of a running muster; what is, was not recorded.
inline constexpr Duration kJournalNear = std::chrono::minutes(1);

class TimeZone;

class JournalReader {
public:
    /// Sentences tell moments in `zone`, which must outlive this; null: in UTC.
    explicit JournalReader(std::string directory, const TimeZone* zone = nullptr)
        : directory_(std::move(directory)), zone_(zone) {}

    /// Errors are whole sentences: no journal there; a newer muster's.
    [[nodiscard]] Result<JournalPage> events(const JournalQuestion& question) const;
    /// The sample nearest to `when`. Fails with a whole sentence if that is after `now`, before the
    /// journal begins, or at a time when nothing was recorded.
    [[nodiscard]] Result<PastFleet> fleet_at(WallTime when, WallTime now) const;
    /// Nothing if there is no journal yet, or nothing in it can be read.
    [[nodiscard]] Result<std::optional<LastRun>> last_run() const;

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

private:
    [[nodiscard]] std::string moment_text(WallTime when) const;

    std::string directory_;
    const TimeZone* zone_;
};

}  // namespace muster
