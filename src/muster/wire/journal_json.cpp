#include "muster/wire/journal_json.hpp"

#include <simdjson.h>

#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using Object = simdjson::dom::object;

void write_time(JsonWriter& writer, std::string_view key, const std::optional<WallTime>& time) {
    writer.key(key);
    if (!time) {
        writer.null();
        return;
    }
    std::string text;
    append_rfc3339(text, *time);
    writer.string(text);
}

void write_or_null(JsonWriter& writer, std::string_view key, std::string_view text) {
    writer.key(key);
    if (text.empty())
        writer.null();
    else
        writer.string(text);
}

void write_standing(JsonWriter& writer, const JournalStanding& standing) {
    writer.begin_object();
    writer.key("state").string(standing.state);
    write_time(writer, "since", standing.since);
    write_or_null(writer, "reason", standing.reason);
    write_or_null(writer, "directory", standing.directory);
    writer.key("bytes").integer(standing.bytes);
    writer.key("bytes_max").integer(standing.bytes_max);
    writer.key("events_lost").integer(standing.events_lost);
    writer.end_object();
}

std::string text_of(const Object& object, std::string_view key) {
    std::string_view text;
    if (object[key].get(text) != simdjson::SUCCESS) return {};
    return std::string(text);
}

std::optional<WallTime> time_of(const Object& object, std::string_view key) {
    return parse_rfc3339(text_of(object, key));
}

std::uint64_t count_of(const Object& object, std::string_view key) {
    std::uint64_t count = 0;
    if (object[key].get(count) != simdjson::SUCCESS) return 0;
    return count;
}

JournalStanding read_standing(const Object& object) {
    return {.state = text_of(object, "state"),
            .since = time_of(object, "since"),
            .reason = text_of(object, "reason"),
            .directory = text_of(object, "directory"),
            .bytes = count_of(object, "bytes"),
            .bytes_max = count_of(object, "bytes_max"),
            .events_lost = count_of(object, "events_lost")};
}

}  // namespace

JournalEntry entry_of(const PastEvent& event) {
    return {event.when, std::string(name_of(event.kind)), event.subject, event.detail};
}

void append_journal_json(std::string& out, const JournalDocument& document) {
    JsonWriter writer(out);
    writer.begin_object().key("journal");
    if (document.journal)
        write_standing(writer, *document.journal);
    else
        writer.null();
    write_time(writer, "begins", document.begins);
    write_time(writer, "since", document.since);
    write_time(writer, "until", document.until);
    writer.key("events").begin_array();
    for (const JournalEntry& entry : document.events) {
        writer.begin_object();
        write_time(writer, "time", entry.time);
        writer.key("event").string(entry.event);
        writer.key("subject").string(entry.subject);
        writer.key("detail").string(entry.detail);
        writer.end_object();
    }
    writer.end_array();
    write_or_null(writer, "next", document.next);
    writer.end_object();
}

Result<JournalDocument> parse_journal_document(std::string_view json) {
    simdjson::dom::parser parser;
    Object object;
    simdjson::dom::array events;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS ||
        object["events"].get(events) != simdjson::SUCCESS) {
        return fail(ErrorKind::bad_input, ErrorOrigin::upstream, "no journal of muster's");
    }
    JournalDocument document;
    Object standing;
    if (object["journal"].get(standing) == simdjson::SUCCESS) {
        document.journal = read_standing(standing);
    }
    document.begins = time_of(object, "begins");
    document.since = time_of(object, "since").value_or(WallTime{});
    document.until = time_of(object, "until");
    document.next = text_of(object, "next");
    for (const simdjson::dom::element element : events) {
        Object entry;
        if (element.get(entry) != simdjson::SUCCESS) continue;
        const auto time = time_of(entry, "time");
        if (!time) continue;
        document.events.push_back(
            {*time, text_of(entry, "event"), text_of(entry, "subject"), text_of(entry, "detail")});
    }
    return document;
}

}  // namespace muster
