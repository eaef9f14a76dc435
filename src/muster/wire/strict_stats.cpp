// The strict reading of service records, over serde_json's reading of text (detail/serde_json).
//
// A key that a struct does not have is ignored; one that it has may not come twice. The seven
// fields of an endpoint's stats are "flattened": collected first, and if they do not make the
// type, they are absent and nobody is told.
#include "muster/wire/strict_stats.hpp"

#include <array>
#include <utility>

#include "muster/wire/detail/serde_json.hpp"
#include "muster/wire/detail/serde_values.hpp"

namespace muster {

namespace {

using detail::Reason;
using detail::SerdeJsonReader;
using detail::take;

bool parse_text(SerdeJsonReader& reader, std::string_view key, std::string& out) {
    JsonValue value;
    Reason why;
    if (!reader.parse(value)) return false;
    return take(value, out, why) || reader.fail(why + " in `" + std::string(key) + "`");
}

/// The flattened group: absent unless all seven are there once and of their types.
std::optional<StrictEndpointStats> stats_of(JsonValue::Object& collected, bool float_average) {
    constexpr std::array<std::string_view, 7> kGroup = {
        "num_requests", "num_errors", "processing_time", "average_processing_time",
        "last_error",   "data",       "queue_group"};
    std::array<JsonValue*, kGroup.size()> found{};
    for (std::size_t i = 0; i < collected.keys.size(); ++i) {
        for (std::size_t field = 0; field < kGroup.size(); ++field) {
            if (collected.keys[i] != kGroup[field]) continue;
            if (found[field] != nullptr) return std::nullopt;
            found[field] = &collected.values[i];
        }
    }
    for (const JsonValue* value : found) {
        if (value == nullptr) return std::nullopt;
    }
    StrictEndpointStats stats;
    Reason why;
    std::uint64_t average = 0;
    const bool average_good = float_average ? take(*found[3], stats.average_processing_time, why)
                                            : take(*found[3], average, why);
    if (!average_good || !take(*found[0], stats.num_requests, why) ||
        !take(*found[1], stats.num_errors, why) || !take(*found[2], stats.processing_time, why) ||
        !take(*found[4], stats.last_error, why) || !take(*found[6], stats.queue_group, why)) {
        return std::nullopt;
    }
    if (!float_average) stats.average_processing_time = static_cast<double>(average);
    stats.data = last_wins(std::move(*found[5]));
    return stats;
}

bool parse_endpoint(SerdeJsonReader& reader, bool float_average, StrictEndpointInfo& out) {
    if (reader.peek() == '[')
        return reader.fail("invalid type: sequence, expected struct EndpointInfo");
    if (!reader.enter('{')) return false;
    bool has_name = false;
    bool has_subject = false;
    JsonValue::Object others;
    std::string key;
    for (bool more = true, first = true;; first = false) {
        if (!reader.next_key(first, more, key)) return false;
        if (!more) break;
        if (key == "name" || key == "subject") {
            bool& has = key == "name" ? has_name : has_subject;
            if (has) return reader.fail("duplicate field `" + key + "`");
            has = true;
            if (!parse_text(reader, key, key == "name" ? out.name : out.subject)) return false;
            continue;
        }
        // Every other key is collected, so it must be good JSON through and through.
        others.keys.push_back(key);
        if (!reader.parse(others.values.emplace_back())) return false;
    }
    if (!has_name) return reader.fail("missing field `name`");
    if (!has_subject) return reader.fail("missing field `subject`");
    out.stats = stats_of(others, float_average);
    return true;
}

bool parse_endpoints(SerdeJsonReader& reader, bool float_average,
                     std::vector<StrictEndpointInfo>& out) {
    if (reader.peek() != '[')
        return reader.fail("invalid type, expected a sequence in `endpoints`");
    if (!reader.enter('[')) return false;
    for (bool more = true, first = true;; first = false) {
        if (!reader.next_element(first, more)) return false;
        if (!more) return true;
        if (!parse_endpoint(reader, float_average, out.emplace_back())) return false;
    }
}

class ServiceReader {
public:
    ServiceReader(SerdeJsonReader& reader, bool float_average, StrictServiceInfo& out)
        : reader_(reader), float_average_(float_average), out_(out) {}

    bool read() {
        const char bracket = reader_.peek();
        if (bracket == '[') return read_array();
        if (bracket != '{') return reader_.fail("invalid type, expected struct ServiceInfo");
        return read_object();
    }

private:
    static constexpr std::array<std::string_view, 5> kKeys = {"name", "id", "version", "started",
                                                              "endpoints"};

    bool read_field(std::size_t field) {
        switch (field) {
            case 0: return parse_text(reader_, kKeys[0], out_.name);
            case 1: return parse_text(reader_, kKeys[1], out_.id);
            case 2: return parse_text(reader_, kKeys[2], out_.version);
            case 3: return parse_text(reader_, kKeys[3], out_.started);
            default: return parse_endpoints(reader_, float_average_, out_.endpoints);
        }
    }

    bool read_array() {
        if (!reader_.enter('[')) return false;
        std::size_t place = 0;
        for (bool more = true;; ++place) {
            if (!reader_.next_element(place == 0, more)) return false;
            if (!more) break;
            if (place == kKeys.size()) return reader_.fail("trailing characters");
            if (!read_field(place)) return false;
        }
        return place == kKeys.size() ||
               reader_.fail("invalid length " + std::to_string(place) +
                            ", expected struct ServiceInfo with 5 elements");
    }

    bool read_object() {
        if (!reader_.enter('{')) return false;
        std::array<bool, kKeys.size()> seen{};
        std::string key;
        for (bool more = true, first = true;; first = false) {
            if (!reader_.next_key(first, more, key)) return false;
            if (!more) break;
            std::size_t field = 0;
            while (field < kKeys.size() && kKeys[field] != key) ++field;
            if (field == kKeys.size()) {
                if (!reader_.ignore()) return false;
                continue;
            }
            if (seen[field]) return reader_.fail("duplicate field `" + key + "`");
            seen[field] = true;
            if (!read_field(field)) return false;
        }
        for (std::size_t field = 0; field < kKeys.size(); ++field) {
            if (!seen[field]) {
                return reader_.fail("missing field `" + std::string(kKeys[field]) + "`");
            }
        }
        return true;
    }

    SerdeJsonReader& reader_;
    bool float_average_;
    StrictServiceInfo& out_;
};

}  // namespace

Result<StrictServiceInfo> decode_service_strictly(std::string_view payload, DynamoRelease release) {
    SerdeJsonReader reader(payload);
    StrictServiceInfo info;
    if (!ServiceReader(reader, reads_average_as_float(release), info).read() || !reader.end()) {
        return detail::refuse_reply(reader.error());
    }
    return info;
}

}  // namespace muster
