// The journal as JSON: what GET /v1/journal says, written and read back.
//
// Pure functions; any thread. Liberal in reading: what a newer muster adds is passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/fleet_event.hpp"

namespace muster {

/// How the journal of a running muster fares.
struct JournalStanding {
    std::string state;  ///< "writing", "trouble"
    std::optional<WallTime> since;
    std::string reason;  ///< Empty when all is well.
    std::string directory;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_max = 0;
    std::uint64_t events_lost = 0;
};

struct JournalEntry {
    WallTime time{};
    std::string event;  ///< One of kFleetEventNames, or one that a newer muster invented.
    std::string subject;
    std::string detail;
};

struct JournalDocument {
    std::optional<JournalStanding> journal;  ///< Absent where only files were read.
    std::optional<WallTime> begins;          ///< Nothing: it is empty.
    WallTime since{};
    std::optional<WallTime> until;
    std::vector<JournalEntry> events;  ///< The newest last.
    std::string next;                  ///< To be asked for with `after=`; empty: that was all.
};

[[nodiscard]] JournalEntry entry_of(const PastEvent& event);

void append_journal_json(std::string& out, const JournalDocument& document);

/// Fails (bad_input, upstream) if it is no such document; the caller adds where it came from.
[[nodiscard]] Result<JournalDocument> parse_journal_document(std::string_view json);

}  // namespace muster
