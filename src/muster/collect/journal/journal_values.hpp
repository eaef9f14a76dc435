// How single values stand in a journal record: moments, loads, identities, tombstones, sources.
//
// Each write_x has its read_x; what is out of range makes the reader refuse, so that a decoded
// value keeps the invariants of its type (counts <= kCountMax, fractions in [0, 1], unknown fields
// 0). Private to collect; pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/collect/journal_bytes.hpp"
#include "muster/collect/journal_fleet.hpp"

namespace muster {

/// Longer texts are cut when they are written, and refused when they are read.
inline constexpr std::size_t kJournalTextBytesMax = 4096;

/// Moments are kept in whole microseconds since the segment's base, rounded down: nothing becomes
/// younger by it.
struct JournalBase {
    Time base{};

    [[nodiscard]] Time floor(Time time) const noexcept {
        if (time == kNever) return kNever;
        return base + std::chrono::floor<std::chrono::microseconds>(time - base);
    }
    void write(ByteWriter& to, Time time) const;
    [[nodiscard]] Time read(ByteReader& from) const noexcept;
};

void write_text(ByteWriter& to, std::string_view text);
[[nodiscard]] std::string read_text(ByteReader& from);
void write_duration(ByteWriter& to, Duration duration);
[[nodiscard]] Duration read_duration(ByteReader& from);

/// The fraction after what is known beside it: most engines' usage is active / total.
void write_fraction(ByteWriter& to, double value, const Load& beside);
[[nodiscard]] double read_fraction(ByteReader& from, const Load& beside);

void write_load(ByteWriter& to, const Load& load);
[[nodiscard]] Load read_load(ByteReader& from);
/// Whether FleetState could have accepted it.
[[nodiscard]] bool is_sound(const Load& load) noexcept;

void write_identity(ByteWriter& to, const JournalBase& base, const WorkerIdentity& identity);
[[nodiscard]] std::shared_ptr<const WorkerIdentity> read_identity(ByteReader& from,
                                                                  const JournalBase& base);

void write_tombstone(ByteWriter& to, const JournalBase& base, const Tombstone& stone);
[[nodiscard]] Tombstone read_tombstone(ByteReader& from, const JournalBase& base);

void write_sources(ByteWriter& to, const JournalBase& base, const std::vector<SourceInfo>& sources);
[[nodiscard]] std::vector<SourceInfo> read_sources(ByteReader& from, const JournalBase& base);

void write_cordons(ByteWriter& to, const JournalBase& base, const Cordons& cordons);
[[nodiscard]] Cordons read_cordons(ByteReader& from, const JournalBase& base);

void write_expected(ByteWriter& to, const JournalBase& base,
                    std::span<const ExpectedInfo> expected);
[[nodiscard]] std::vector<ExpectedInfo> read_expected(ByteReader& from, const JournalBase& base);

void write_components(ByteWriter& to, const JournalBase& base,
                      const std::vector<ComponentInfo>& components);
[[nodiscard]] std::vector<ComponentInfo> read_components(ByteReader& from, const JournalBase& base);

}  // namespace muster
