// JournalDecoder: reads the records of one segment back, one after the other.
//
// Takes any bytes: what is not as it should be is `damaged`, and then the segment is to be left
// where it is, since later records are differences from the ones before. Pure; belongs to one
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "muster/collect/journal_fleet.hpp"
#include "muster/collect/journal_record.hpp"
#include "muster/fleet/fleet_event.hpp"

namespace muster {

class JournalDecoder {
public:
    /// What is read; all else is passed over, at a fraction of the cost.
    enum class Wanted : std::uint8_t { fleet, events };

    explicit JournalDecoder(Wanted wanted) noexcept : wanted_(wanted) {}

    enum class Took : std::uint8_t {
        header,
        sample,  ///< fleet() is another one now.
        quiet,   ///< fleet() is the same, at a later moment.
        events,  ///< events() are those of this record.
        other,   ///< Passed over: not wanted, or of a newer muster.
        damaged,
    };
    Took take(const JournalRecord& record);

    /// REQUIRES: a header was taken.
    [[nodiscard]] const JournalHeader& header() const noexcept { return header_; }
    /// As of the last sample or quiet record. REQUIRES: a sample was taken.
    [[nodiscard]] const JournalFleet& fleet() const noexcept { return fleet_; }
    [[nodiscard]] bool has_fleet() const noexcept { return has_fleet_; }
    [[nodiscard]] const std::vector<PastEvent>& events() const noexcept { return events_; }

private:
    Took take_header(std::string_view body);
    Took take_sample(std::string_view body);
    Took take_quiet(std::string_view body);
    Took take_events(std::string_view body);
    /// By how much the wall clock was set since the base; false if that cannot be.
    bool set_clock(std::int64_t nanos);
    /// The moment so many microseconds after the base; false if it is not later than the last.
    bool move_to(std::uint64_t micros);

    Wanted wanted_;
    bool has_header_ = false;
    bool has_fleet_ = false;
    JournalHeader header_;
    Duration wall_offset_{};
    JournalFleet fleet_;
    std::vector<PastEvent> events_;
    std::vector<std::string> names_;
};

}  // namespace muster
