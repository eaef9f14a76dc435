// The frame of the journal: a segment is a mark and then records, each with its length and
// checksum.
//
// docs/design/journal_format.md tells the format byte by byte. A segment is written once, from
// front to back (only its last record may be replaced), so whatever ended the writing, all records
// up to the first that is not whole are good, and nothing after it is looked at. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// The first bytes of a segment. The last one tells the version of the format.
inline constexpr std::string_view kJournalMark = "musterj\x01";
/// A record is refused above it: a sample of 100,000 workers with long names takes 40 MiB.
inline constexpr std::size_t kJournalRecordBytesMax = std::size_t{128} << 20;

enum class JournalRecordType : std::uint8_t {
    header = 1,  ///< First of every segment.
    sample = 2,  ///< The fleet at a moment, as the difference from the sample before.
    quiet = 3,   ///< Nothing changed until a moment. Replaced in place while that goes on.
    events = 4,
};

/// The two series of samples that are kept.
enum class JournalSeries : std::uint8_t {
    fine = 1,  ///< Every second, for an hour.
    day = 2,   ///< Every ten seconds, for a day; and all events.
};

struct JournalRecord {
    JournalRecordType type = JournalRecordType::header;
    std::string_view body;
    std::size_t offset = 0;  ///< Of its frame in the segment.
};

/// CRC-32C (Castagnoli).
[[nodiscard]] std::uint32_t checksum_of(std::string_view bytes, std::uint32_t seed = 0) noexcept;

void append_record(std::string& out, JournalRecordType type, std::string_view body);

/// Walks through the records of a segment.
class JournalRecords {
public:
    /// `segment` must outlive this.
    explicit JournalRecords(std::string_view segment) noexcept;

    /// Nothing at the end, and at the first record that is not whole.
    [[nodiscard]] std::optional<JournalRecord> next() noexcept;
    /// The mark is that of this version.
    [[nodiscard]] bool known() const noexcept { return known_; }
    /// How many bytes from the front are good.
    [[nodiscard]] std::size_t good_bytes() const noexcept { return at_; }
    /// Bytes follow that are no whole record. To be asked after next() gave nothing.
    [[nodiscard]] bool torn() const noexcept { return at_ < segment_.size(); }

private:
    std::string_view segment_;
    std::size_t at_ = 0;
    bool known_ = false;
};

}  // namespace muster
