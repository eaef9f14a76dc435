// Segments of the journal: any bytes are taken or refused; a fleet that was taken is one that can
// be shown, restored and written again as it was.
//
// Input: "S" and a segment as it is on disk; or anything else, read as records without checksums
// (type, length in two bytes, body), since a fuzzer does not guess those.
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/collect/journal_decoder.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "muster/collect/journal_record.hpp"
#include "muster/fleet/statistics.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;

using namespace muster;
using Took = JournalDecoder::Took;

JournalFleet written_again(const JournalFleet& fleet, const JournalHeader& header) {
    std::string segment;
    JournalEncoder encoder(header, segment);
    encoder.sample(segment, *view_of(fleet), fleet.anchor);
    JournalDecoder decoder(JournalDecoder::Wanted::fleet);
    JournalRecords records(segment);
    while (const auto record = records.next()) require(decoder.take(*record) != Took::damaged);
    return decoder.fleet();
}

void check(const JournalDecoder& decoder) {
    const JournalFleet& fleet = decoder.fleet();
    const FleetViewPtr view = view_of(fleet);
    (void)statistics_at(*view, fleet.time());
    const RestoredFleet restored = restored_from(fleet, std::chrono::seconds(1));
    require(restored.workers.size() <= fleet.rows.size());
    const JournalFleet again = written_again(fleet, decoder.header());
    require(again.rows.size() == fleet.rows.size());
    for (std::size_t i = 0; i < fleet.rows.size(); ++i) {
        require(view->identity(i).id == fleet.rows[i].identity->id);
        require(again.rows[i].identity->id == fleet.rows[i].identity->id);
        if (!fleet.rows[i].has_load()) continue;
        require(again.rows[i].load == fleet.rows[i].load);
        // Age may be rounded once more, but never down.
        require(again.rows[i].known.moment(again.time()) <=
                fleet.rows[i].known.moment(fleet.time()));
    }
    require(again.tombstones.size() == fleet.tombstones.size());
    require(again.sources.size() == fleet.sources.size());
}

void take(JournalDecoder& fleets, JournalDecoder& events, const JournalRecord& record, bool& good) {
    const Took took = fleets.take(record);
    good = took != Took::damaged;
    if (took == Took::sample || took == Took::quiet) check(fleets);
    if (events.take(record) != Took::events) return;
    for (const PastEvent& event : events.events()) require(!words_of(event.kind).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    JournalDecoder fleets(JournalDecoder::Wanted::fleet);
    JournalDecoder events(JournalDecoder::Wanted::events);
    bool good = true;
    if (bytes.starts_with('S')) {
        JournalRecords records(bytes.substr(1));
        while (const auto record = good ? records.next() : std::nullopt) {
            take(fleets, events, *record, good);
        }
        require(records.good_bytes() < size);
        return 0;
    }
    while (good && bytes.size() >= 3) {
        const auto type = static_cast<JournalRecordType>(bytes[0]);
        const std::size_t length = static_cast<std::uint8_t>(bytes[1]) |
                                   static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[2]))
                                       << 8U;
        bytes.remove_prefix(3);
        const std::string_view body = bytes.substr(0, length);
        bytes.remove_prefix(body.size());
        take(fleets, events, {type, body, 0}, good);
    }
    return 0;
}
