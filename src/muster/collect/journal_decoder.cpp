#include "muster/collect/journal_decoder.hpp"

#include <algorithm>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/collect/journal/journal_rows.hpp"
#include "muster/collect/journal/journal_sample.hpp"
#include "muster/collect/journal/journal_values.hpp"

namespace muster {
namespace {

// What is beyond these is no time of ours; within them no sum below overflows.
constexpr std::uint64_t kSegmentMicrosMax = 500'000'000'000'000;     // 16 years; one lasts an hour.
constexpr std::int64_t kSteadyNanosMax = 1'000'000'000'000'000'000;  // 31 years since the boot.
constexpr std::int64_t kWallNanosMax = 4'000'000'000'000'000'000;    // 126 years around 1970.
constexpr std::int64_t kClockSetNanosMax = 2'000'000'000'000'000'000;

bool within(std::int64_t nanos, std::int64_t most) {
    return nanos >= -most && nanos <= most;
}

void read_tombstones(ByteReader& from, const JournalBase& base, Tombstones& stones) {
    std::size_t next = 0;
    Tombstones kept;
    for (std::size_t went = from.count(); went > 0 && from.good(); --went) {
        const std::uint64_t gap = from.varint();
        if (gap >= stones.size() - next) {
            from.refuse();
            return;
        }
        for (const std::size_t gone = next + gap; next < gone; ++next) {
            kept.push_back(std::move(stones[next]));
        }
        ++next;
    }
    for (; next < stones.size(); ++next) kept.push_back(std::move(stones[next]));
    const std::size_t came = from.count();
    if (kept.size() + came > kTombstonesMax) from.refuse();
    for (std::size_t i = 0; i < came && from.good(); ++i) {
        kept.push_back(read_tombstone(from, base));
    }
    stones = std::move(kept);
}

/// An event's text, kept or told again.
std::string read_name(ByteReader& from, std::vector<std::string>& names) {
    const std::uint64_t which = from.varint();
    if (which >= kNameFirst) {
        if (which - kNameFirst < names.size()) return names[which - kNameFirst];
        from.refuse();
        return {};
    }
    std::string name = read_text(from);
    if (which == kNameKept) {
        if (names.size() >= kJournalNamesMax || name.size() > kJournalNameBytesMax) from.refuse();
        if (from.good()) names.push_back(name);
    }
    return name;
}

}  // namespace

JournalDecoder::Took JournalDecoder::take(const JournalRecord& record) {
    if (record.type == JournalRecordType::header) return take_header(record.body);
    if (!has_header_) return Took::damaged;
    switch (record.type) {
        case JournalRecordType::sample: return take_sample(record.body);
        case JournalRecordType::quiet: return take_quiet(record.body);
        case JournalRecordType::events: return take_events(record.body);
        case JournalRecordType::header: break;
    }
    return Took::other;
}

JournalDecoder::Took JournalDecoder::take_header(std::string_view body) {
    ByteReader from(body);
    const std::uint8_t series = from.byte();
    const auto steady = static_cast<std::int64_t>(from.fixed64());
    const auto wall = static_cast<std::int64_t>(from.fixed64());
    JournalHeader header;
    header.series = static_cast<JournalSeries>(series);
    header.boot = read_text(from);
    header.epoch = read_text(from);
    header.software = read_text(from);
    const bool known = header.series == JournalSeries::fine || header.series == JournalSeries::day;
    if (has_header_ || !from.good() || !known || !within(steady, kSteadyNanosMax) ||
        !within(wall, kWallNanosMax)) {
        return Took::damaged;
    }
    header.base = {Time(Duration(steady)), WallTime(Duration(wall))};
    header_ = std::move(header);
    fleet_.anchor = header_.base;
    wall_offset_ = Duration(wall - steady);
    has_header_ = true;
    return Took::header;
}

bool JournalDecoder::set_clock(std::int64_t nanos) {
    if (!within(nanos, kClockSetNanosMax)) return false;
    const Duration offset = header_.base.wall.time_since_epoch() -
                            header_.base.steady.time_since_epoch() + Duration(nanos);
    if (!within(offset.count(), kWallNanosMax)) return false;
    wall_offset_ = offset;
    return true;
}

bool JournalDecoder::move_to(std::uint64_t micros) {
    if (micros > kSegmentMicrosMax) return false;
    const Time moment =
        header_.base.steady + std::chrono::microseconds(static_cast<std::int64_t>(micros));
    if (moment < fleet_.time()) return false;
    fleet_.anchor = {moment, WallTime(moment.time_since_epoch() + wall_offset_)};
    return true;
}

JournalDecoder::Took JournalDecoder::take_sample(std::string_view body) {
    ByteReader from(body);
    const std::uint64_t micros = from.varint();
    const std::int64_t clock_set = from.zigzag();
    const std::uint8_t sections = from.byte();
    if (!from.good() || !set_clock(clock_set) || !move_to(micros)) return Took::damaged;
    if (wanted_ == Wanted::events) {
        has_fleet_ = true;
        return Took::other;
    }
    const JournalBase base{header_.base.steady};
    const auto has = [&](SampleSection section) {
        return (sections & static_cast<std::uint8_t>(section)) != 0;
    };
    fleet_.version = from.varint();
    if (has(SampleSection::stale_after)) fleet_.stale_after = read_duration(from);
    if (has(SampleSection::sources)) fleet_.sources = read_sources(from, base);
    if (has(SampleSection::components)) fleet_.components = read_components(from, base);
    if (has(SampleSection::tombstones)) read_tombstones(from, base, fleet_.tombstones);
    if (has(SampleSection::members)) read_members(from, base, fleet_.rows);
    if (has(SampleSection::rows)) read_rows(from, base, fleet_.rows);
    if (has(SampleSection::cordons)) fleet_.cordons = read_cordons(from, base);
    if (has(SampleSection::expected)) fleet_.expected = read_expected(from, base);
    if (!from.good() || !from.at_end()) return Took::damaged;
    has_fleet_ = true;
    return Took::sample;
}

JournalDecoder::Took JournalDecoder::take_quiet(std::string_view body) {
    ByteReader from(body);
    const std::uint64_t micros = from.fixed64();
    if (!from.good() || !from.at_end() || !has_fleet_ || !move_to(micros)) return Took::damaged;
    return Took::quiet;
}

JournalDecoder::Took JournalDecoder::take_events(std::string_view body) {
    if (wanted_ == Wanted::fleet) return Took::other;
    const JournalBase base{header_.base.steady};
    ByteReader from(body);
    const std::int64_t clock_set = from.zigzag();
    events_.clear();
    if (!set_clock(clock_set)) return Took::damaged;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        PastEvent event;
        const std::uint8_t kind = from.byte();
        const Time when = base.read(from);
        event.subject = read_name(from, names_);
        event.detail = read_name(from, names_);
        if (when == kNever) from.refuse();
        if (!from.good()) break;
        event.when = WallTime(when.time_since_epoch() + wall_offset_);
        // A newer muster may know more kinds: those are passed over.
        if (kind >= kFleetEventKindCount) continue;
        event.kind = static_cast<FleetEventKind>(kind);
        events_.push_back(std::move(event));
    }
    return from.good() && from.at_end() ? Took::events : Took::damaged;
}

}  // namespace muster
