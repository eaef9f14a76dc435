// Rows in a sample: who came and went, and what changed in each row, as differences.
//
// Private to collect; pure. What the writer leaves in `rows` is what the reader makes of the bytes.
#pragma once

#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/collect/journal/journal_values.hpp"
#include "muster/collect/journal_bytes.hpp"
#include "muster/collect/journal_fleet.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

/// Appends who left and who came, and brings `rows` in line with the view's directory: new ones are
/// blank. False: nobody did, nothing was appended.
bool write_members(std::string& out, const JournalBase& base, const Directory& directory,
                   std::vector<JournalRow>& rows);
/// Refuses what does not leave the rows sorted by id, each id once.
void read_members(ByteReader& from, const JournalBase& base, std::vector<JournalRow>& rows);

/// Appends what differs in the rows, as the view tells them at `now`, and brings `rows` up to it.
/// False: nothing does, nothing was appended. REQUIRES: `rows` are those of the view's directory.
bool write_rows(std::string& out, const JournalBase& base, const FleetView& view, Time now,
                std::vector<JournalRow>& rows);
void read_rows(ByteReader& from, const JournalBase& base, std::vector<JournalRow>& rows);

}  // namespace muster
