#include "muster/io/journal/journal_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "muster/collect/journal_decoder.hpp"
#include "muster/collect/journal_record.hpp"
#include "muster/io/journal/detail/journal_files.hpp"
#include "muster/wire/moment_text.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using Wanted = JournalDecoder::Wanted;
using Took = JournalDecoder::Took;

// A header with the longest texts stands within these.
constexpr std::uint64_t kHeaderBytes = 16 * 1024;
// A wall clock that was set back makes segments overlap: look so much farther.
constexpr Duration kClockSlack = std::chrono::hours(1);

/// A segment whose header was read.
struct KnownSegment {
    SegmentFile file;
    JournalHeader header;
};

struct KnownSegments {
    std::vector<KnownSegment> segments;  // By number.
    bool newer_format = false;           // Some are not ours to read.
};

std::unexpected<Error> refuse(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

Result<KnownSegments> known_segments(const std::string& directory) {
    auto files = list_segments(directory);
    if (!files) return std::unexpected(std::move(files.error()));
    KnownSegments known;
    for (const SegmentFile& file : *files) {
        const auto bytes = read_segment(directory, file, kHeaderBytes);
        if (!bytes) continue;
        JournalRecords records(*bytes);
        const bool ours_of_another_version =
            !records.known() && bytes->starts_with(kJournalMark.substr(0, kJournalMark.size() - 1));
        known.newer_format = known.newer_format || ours_of_another_version;
        const auto record = records.next();
        JournalDecoder decoder(Wanted::events);
        if (!record || decoder.take(*record) != Took::header) continue;
        known.segments.push_back({file, decoder.header()});
    }
    if (known.segments.empty() && known.newer_format) {
        return fail(ErrorKind::unsupported, ErrorOrigin::client,
                    "cannot read the journal: " + directory +
                        ": written by a newer muster: read it with that one");
    }
    return known;
}

/// Calls `visit(decoder, record, took)` until it gives false or the good part of the file ends.
template <typename Visit>
void replay(const std::string& bytes, Wanted wanted, Visit visit) {
    JournalDecoder decoder(wanted);
    JournalRecords records(bytes);
    while (const auto record = records.next()) {
        const Took took = decoder.take(*record);
        if (took == Took::damaged || !visit(decoder, *record, took)) return;
    }
}

bool concerns(const PastEvent& event, const std::string& worker) {
    if (worker.empty() || event.subject == worker) return true;
    if (event.kind == FleetEventKind::worker_renamed && event.detail == worker) return true;
    return event.subject.size() > worker.size() && event.subject.starts_with(worker) &&
           event.subject[worker.size()] == '/';
}

/// Where the moment nearest to the wanted one stands.
struct Nearest {
    const KnownSegment* segment = nullptr;
    Duration distance = Duration::max();
    std::size_t record = 0;  // Its offset: the last one to be taken.
    bool quiet = false;      // Nothing changed from there to past the wanted moment.
};

/// Searches one segment; gives the last moment that it tells of.
WallTime search(const std::string& bytes, const KnownSegment& segment, WallTime when,
                Nearest& nearest) {
    std::optional<WallTime> last;
    std::size_t last_record = 0;
    replay(bytes, Wanted::events,
           [&](const JournalDecoder& decoder, const JournalRecord& record, Took /*took*/) {
               const bool quiet = record.type == JournalRecordType::quiet;
               if (!quiet && record.type != JournalRecordType::sample) return true;
               const WallTime moment = decoder.fleet().anchor.wall;
               const Duration distance = std::max(moment - when, when - moment);
               if (quiet && last && *last <= when && when <= moment) {
                   nearest = {&segment, Duration::zero(), last_record, true};
               } else if (distance < nearest.distance) {
                   nearest = {&segment, distance, record.offset, false};
               }
               last = moment;
               last_record = record.offset;
               return true;
           });
    return last.value_or(segment.header.base.wall);
}

Result<PastFleet> load(const std::string& directory, const Nearest& nearest, WallTime when) {
    const auto bytes = read_segment(directory, nearest.segment->file);
    if (!bytes) return std::unexpected(bytes.error());
    std::optional<PastFleet> past;
    replay(*bytes, Wanted::fleet,
           [&](const JournalDecoder& decoder, const JournalRecord& record, Took /*took*/) {
               if (record.offset < nearest.record) return true;
               JournalFleet fleet = decoder.fleet();
               if (nearest.quiet) {
                   fleet.anchor = {fleet.time() + (when - fleet.anchor.wall), when};
               }
               past = PastFleet{view_of(fleet), fleet.anchor, nearest.segment->header.epoch};
               return false;
           });
    if (past) return *std::move(past);
    return fail(ErrorKind::internal, ErrorOrigin::self,
                "damaged journal: " + directory + '/' + nearest.segment->file.name() +
                    ": move the file away, the others are whole");
}

/// The segments of a series that may hold the moment: the last that began before it, and the next.
std::vector<const KnownSegment*> around(const KnownSegments& known, JournalSeries series,
                                        WallTime when) {
    std::vector<const KnownSegment*> chosen;
    for (const KnownSegment& segment : known.segments) {
        if (segment.header.series != series) continue;
        if (segment.header.base.wall <= when) {
            chosen.assign(1, &segment);
        } else {
            chosen.push_back(&segment);
            break;
        }
    }
    return chosen;
}

/// The fleet after all records before `end`; moves `end` to the first that is damaged.
std::optional<JournalFleet> fleet_before(const std::string& bytes, std::size_t& end) {
    JournalDecoder decoder(Wanted::fleet);
    JournalRecords records(bytes);
    while (const auto record = records.next()) {
        if (record->offset >= end) break;
        if (decoder.take(*record) != Took::damaged) continue;
        end = record->offset;  // The decoder may have taken half of it.
        return std::nullopt;
    }
    if (!decoder.has_fleet()) return std::nullopt;
    return decoder.fleet();
}

std::optional<LastRun> last_of(const std::string& directory, const KnownSegments& known,
                               JournalSeries series) {
    for (auto at = known.segments.rbegin(); at != known.segments.rend(); ++at) {
        if (at->header.series != series) continue;
        const auto bytes = read_segment(directory, at->file);
        if (!bytes) continue;
        std::size_t end = bytes->size();
        auto fleet = fleet_before(*bytes, end);
        if (!fleet && end < bytes->size()) fleet = fleet_before(*bytes, end);
        if (fleet) return LastRun{at->header, *std::move(fleet)};
    }
    return std::nullopt;
}

}  // namespace

std::string to_string(const JournalCursor& cursor) {
    return std::to_string(cursor.segment) + '.' + std::to_string(cursor.record) + '.' +
           std::to_string(cursor.event);
}

std::optional<JournalCursor> parse_journal_cursor(std::string_view text) {
    JournalCursor cursor;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::uint64_t* const part : {&cursor.segment, &cursor.record, &cursor.event}) {
        if (part != &cursor.segment) {
            if (at == end || *at != '.') return std::nullopt;
            ++at;
        }
        const auto [behind, error] = std::from_chars(at, end, *part);
        if (error != std::errc{}) return std::nullopt;
        at = behind;
    }
    if (at != end) return std::nullopt;
    return cursor;
}

std::string JournalReader::moment_text(WallTime when) const {
    std::string text;
    if (zone_ != nullptr)
        append_moment(text, when, *zone_);
    else
        append_rfc3339(text, when, 0);
    return text;
}

Result<JournalPage> JournalReader::events(const JournalQuestion& question) const {
    auto known = known_segments(directory_);
    if (!known) return std::unexpected(std::move(known.error()));
    JournalPage page;
    std::vector<const KnownSegment*> days;
    for (const KnownSegment& segment : known->segments) {
        if (segment.header.series == JournalSeries::day) days.push_back(&segment);
    }
    if (!days.empty()) page.begins = days.front()->header.base.wall;
    const std::size_t limit = std::min(question.limit, kJournalPageMax);
    const JournalCursor from = question.after.value_or(JournalCursor{});
    for (std::size_t i = 0; i < days.size() && !page.next; ++i) {
        const std::uint64_t number = days[i]->file.number;
        const bool over =
            i + 1 < days.size() && days[i + 1]->header.base.wall + kClockSlack < question.since;
        if (over || number < from.segment) continue;
        const auto bytes = read_segment(directory_, days[i]->file);
        if (!bytes) continue;  // Forgotten meanwhile.
        const auto take = [&](const JournalDecoder& decoder, const JournalRecord& record,
                              Took took) {
            if (took != Took::events) return true;
            for (std::size_t e = 0; e < decoder.events().size(); ++e) {
                const PastEvent& event = decoder.events()[e];
                const JournalCursor here{number, record.offset, e};
                if (here < from || event.when < question.since || event.when >= question.until ||
                    !concerns(event, question.worker)) {
                    continue;
                }
                if (page.events.size() >= limit) {
                    page.next = here;
                    return false;
                }
                page.events.push_back(event);
            }
            return true;
        };
        replay(*bytes, Wanted::events, take);
    }
    return page;
}

Result<PastFleet> JournalReader::fleet_at(WallTime when, WallTime now) const {
    if (when > now) {
        return refuse("in the future: " + moment_text(when) + ": it is " + moment_text(now) +
                      " now");
    }
    auto known = known_segments(directory_);
    if (!known) return std::unexpected(std::move(known.error()));
    if (known->segments.empty()) {
        return refuse("nothing in the journal yet: " + directory_ +
                      ": a muster serve writes it from its first second on");
    }
    const auto first = std::ranges::min_element(
        known->segments, {}, [](const KnownSegment& s) { return s.header.base.wall; });
    const WallTime begins = first->header.base.wall;
    if (when < begins) {
        return refuse("before the journal begins: " + moment_text(when) + ": it begins at " +
                      moment_text(begins));
    }
    Nearest nearest;
    std::optional<WallTime> before;
    std::optional<WallTime> after;
    for (const JournalSeries series : {JournalSeries::fine, JournalSeries::day}) {
        for (const KnownSegment* segment : around(*known, series, when)) {
            const WallTime start = segment->header.base.wall;
            if (start > when) after = std::min(after.value_or(start), start);
            if (start > when + kJournalNear) continue;
            const auto bytes = read_segment(directory_, segment->file);
            if (!bytes) continue;
            const WallTime end = search(*bytes, *segment, when, nearest);
            if (start <= when) before = std::max(before.value_or(end), end);
        }
    }
    if (nearest.segment == nullptr || nearest.distance > kJournalNear) {
        std::string gap = before ? " from " + moment_text(*before) : std::string();
        if (after) gap += " to " + moment_text(*after);
        return refuse("not recorded: " + moment_text(when) + ": muster kept no journal" + gap);
    }
    return load(directory_, nearest, when);
}

Result<std::optional<LastRun>> JournalReader::last_run() const {
    auto known = known_segments(directory_);
    if (!known) return std::unexpected(std::move(known.error()));
    auto fine = last_of(directory_, *known, JournalSeries::fine);
    auto day = last_of(directory_, *known, JournalSeries::day);
    if (!fine || !day) return fine ? std::move(fine) : std::move(day);
    // Of one run, whichever goes farther; of two, the newer, which the wall clock must tell.
    const bool one_run = fine->header.epoch == day->header.epoch;
    const bool day_is_newer = one_run ? day->fleet.time() > fine->fleet.time()
                                      : day->fleet.anchor.wall > fine->fleet.anchor.wall;
    return day_is_newer ? std::move(day) : std::move(fine);
}

}  // namespace muster
