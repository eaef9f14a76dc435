// Reads our own JSON with simdjson's DOM, which validates the whole document before we look.
#include "muster/wire/fleet_document.hpp"

#include <simdjson.h>

#include <cmath>
#include <utility>

#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

std::optional<std::string_view> text_of(const Object& object, std::string_view key) {
    std::string_view text;
    if (object[key].get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
}

std::string text_or_empty(const Object& object, std::string_view key) {
    return std::string(text_of(object, key).value_or(std::string_view{}));
}

std::optional<std::uint64_t> count_of(const Object& object, std::string_view key) {
    std::uint64_t count = 0;
    if (object[key].get(count) != simdjson::SUCCESS) return std::nullopt;
    return count;
}

// Integers are numbers too: simdjson gives a double for either.
std::optional<double> number_of(const Object& object, std::string_view key) {
    double number = 0.0;
    if (object[key].get(number) != simdjson::SUCCESS || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<WallTime> time_of(const Object& object, std::string_view key) {
    const auto text = text_of(object, key);
    return text ? parse_rfc3339(*text) : std::nullopt;
}

std::vector<std::string> texts_of(const Object& object, std::string_view key) {
    std::vector<std::string> texts;
    simdjson::dom::array array;
    if (object[key].get(array) != simdjson::SUCCESS) return texts;
    for (const Element element : array) {
        std::string_view text;
        if (element.get(text) == simdjson::SUCCESS) texts.emplace_back(text);
    }
    return texts;
}

std::vector<std::pair<std::string, std::string>> labels_of(const Object& object) {
    std::vector<std::pair<std::string, std::string>> labels;
    Object members;
    if (object["labels"].get(members) != simdjson::SUCCESS) return labels;
    for (const auto& [key, value] : members) {
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) labels.emplace_back(key, text);
    }
    return labels;
}

template <typename Read>
auto objects_of(const Object& object, std::string_view key, Read read) {
    std::vector<decltype(read(object))> entries;
    simdjson::dom::array array;
    if (object[key].get(array) != simdjson::SUCCESS) return entries;
    entries.reserve(array.size());
    for (const Element element : array) {
        Object entry;
        if (element.get(entry) == simdjson::SUCCESS) entries.push_back(read(entry));
    }
    return entries;
}

Load load_of(const Object& worker) {
    Load load;
    Object fields;
    if (worker["load"].get(fields) != simdjson::SUCCESS) return load;
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        if (field == LoadField::kv_usage || field == LoadField::prefix_hit_rate) {
            if (const auto value = number_of(fields, name_of(field))) {
                load.set_fraction(field, *value);
            }
        } else if (const auto value = count_of(fields, name_of(field))) {
            load.set_count(field, *value);
        }
    }
    return load;
}

std::vector<std::optional<WallTime>> flag_times_of(const Object& object,
                                                   const std::vector<std::string>& flags) {
    std::vector<std::optional<WallTime>> times(flags.size());
    Object members;
    if (flags.empty() || object["flags_since"].get(members) != simdjson::SUCCESS) return times;
    for (std::size_t i = 0; i < flags.size(); ++i) times[i] = time_of(members, flags[i]);
    return times;
}

StatisticEntry statistic_of(const Object& stats, std::string_view key) {
    Object figures;
    if (stats[key].get(figures) != simdjson::SUCCESS) return {};
    return {count_of(figures, "count"), number_of(figures, "avg"), number_of(figures, "max"),
            number_of(figures, "sum")};
}

StatisticsEntry read_statistics(const Object& object) {
    Object stats;
    if (object["stats"].get(stats) != simdjson::SUCCESS) return {};
    return {statistic_of(stats, "running"), statistic_of(stats, "waiting"),
            statistic_of(stats, "kv_usage"), number_of(stats, "oldest_age_ms")};
}

ExpectedEntry read_expected(const Object& object) {
    return {text_or_empty(object, "component"), count_of(object, "workers"),
            count_of(object, "present"),        count_of(object, "missing"),
            time_of(object, "since"),           text_or_empty(object, "why"),
            texts_of(object, "missing_ids")};
}

std::optional<std::uint32_t> small_count_of(const Object& object, std::string_view key) {
    const auto count = count_of(object, key);
    if (!count || *count > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*count);
}

std::optional<SpecDecodeStats> spec_decode_of(const Object& worker) {
    Object fields;
    if (worker["spec_decode"].get(fields) != simdjson::SUCCESS) return std::nullopt;
    SpecDecodeStats stats;
    stats.num_spec_tokens = small_count_of(fields, "num_spec_tokens");
    stats.num_drafts = small_count_of(fields, "num_drafts");
    stats.num_draft_tokens = small_count_of(fields, "num_draft_tokens");
    stats.num_accepted_tokens = small_count_of(fields, "num_accepted_tokens");
    simdjson::dom::array positions;
    if (fields["num_accepted_tokens_per_pos"].get(positions) != simdjson::SUCCESS) return stats;
    auto& tokens = stats.num_accepted_tokens_per_pos.emplace();
    for (const Element element : positions) {
        std::uint64_t count = 0;
        if (element.get(count) == simdjson::SUCCESS && count <= UINT32_MAX) {
            tokens.push_back(static_cast<std::uint32_t>(count));
        }
    }
    return stats;
}

std::optional<CordonEntry> cordon_of(const Object& worker) {
    Object cordon;
    if (worker["cordon"].get(cordon) != simdjson::SUCCESS) return std::nullopt;
    return CordonEntry{text_or_empty(cordon, "why"), text_or_empty(cordon, "by"),
                       time_of(cordon, "since")};
}

std::optional<TroubleEntry> trouble_of(const Object& worker) {
    Object trouble;
    if (worker["trouble"].get(trouble) != simdjson::SUCCESS) return std::nullopt;
    return TroubleEntry{text_or_empty(trouble, "kind"), time_of(trouble, "since"),
                        text_or_empty(trouble, "what")};
}

std::optional<ActivityEntry> activity_of(const Object& worker) {
    Object activity;
    if (worker["activity"].get(activity) != simdjson::SUCCESS) return std::nullopt;
    return ActivityEntry{
        number_of(activity, "requests_per_s"), number_of(activity, "prompt_tokens_per_s"),
        number_of(activity, "generated_tokens_per_s"), count_of(activity, "unseen_bursts"),
        time_of(activity, "last_unseen_burst")};
}

WorkerEntry read_worker(const Object& object) {
    WorkerEntry worker;
    worker.id = text_or_empty(object, "id");
    worker.component = text_or_empty(object, "component");
    worker.instance_id = text_or_empty(object, "instance_id");
    worker.rank = count_of(object, "rank");
    worker.engine = text_or_empty(object, "engine");
    worker.address = text_or_empty(object, "address");
    worker.models = texts_of(object, "models");
    worker.state = text_or_empty(object, "state");
    worker.labels = labels_of(object);
    worker.flags = texts_of(object, "flags");
    worker.flags_since = flag_times_of(object, worker.flags);
    worker.cordon = cordon_of(object);
    worker.generation = count_of(object, "generation");
    worker.age_ms = number_of(object, "age_ms");
    worker.record_age_ms = number_of(object, "record_age_ms");
    worker.captured_age_ms = number_of(object, "captured_age_ms");
    worker.alive_age_ms = number_of(object, "alive_age_ms");
    worker.rtt_ms = number_of(object, "rtt_ms");
    worker.missed = count_of(object, "missed");
    worker.interval_ms = number_of(object, "interval_ms");
    worker.patience_ms = number_of(object, "patience_ms");
    worker.silent_since = time_of(object, "silent_since");
    worker.source = text_or_empty(object, "source");
    worker.road = text_or_empty(object, "road");
    worker.load = load_of(object);
    worker.spec_decode = spec_decode_of(object);
    worker.trouble = trouble_of(object);
    worker.activity = activity_of(object);
    return worker;
}

LostEntry read_lost(const Object& object) {
    return {text_or_empty(object, "id"), time_of(object, "since"), text_or_empty(object, "reason"),
            load_of(object)};
}

SourceEntry read_source(const Object& object) {
    SourceEntry source;
    source.id = text_or_empty(object, "id");
    source.kind = text_or_empty(object, "kind");
    source.target = text_or_empty(object, "target");
    source.state = text_or_empty(object, "state");
    source.since = time_of(object, "since");
    source.reason = text_or_empty(object, "reason");
    if (const auto error = text_of(object, "last_error")) source.last_error = std::string(*error);
    for (const auto& [component, silent, total] : objects_of(object, "mass_silences", [](auto& o) {
             return std::tuple(text_or_empty(o, "component"), count_of(o, "silent"),
                               count_of(o, "total"));
         })) {
        if (!silent || !total) continue;
        source.mass_silences.push_back(std::to_string(*silent) + " of " + std::to_string(*total) +
                                       " of " + component + " silent");
    }
    source.asked = count_of(object, "asked");
    source.answered = count_of(object, "answered");
    source.late_answers = count_of(object, "late_answers");
    Object rejected;
    if (object["rejected"].get(rejected) != simdjson::SUCCESS) return source;
    for (const auto& [reason, value] : rejected) {
        std::uint64_t count = 0;
        if (value.get(count) == simdjson::SUCCESS && count > 0) {
            source.rejected.emplace_back(reason, count);
        }
    }
    return source;
}

ComponentEntry read_component(const Object& object) {
    ComponentEntry component{text_or_empty(object, "name"),
                             text_or_empty(object, "source"),
                             number_of(object, "interval_ms"),
                             number_of(object, "patience_ms"),
                             {}};
    component.without_load = objects_of(object, "without_load", [](const Object& instance) {
        return text_or_empty(instance, "id");
    });
    return component;
}

std::unexpected<Error> unreadable(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::upstream, std::move(what));
}

Result<Object> parse_object(simdjson::dom::parser& parser, std::string_view json) {
    if (json.empty()) return unreadable("empty");  // It may be null, which simdjson copies from.
    Object object;
    const auto error = parser.parse(json.data(), json.size()).get(object);
    if (error == simdjson::SUCCESS) return object;
    return unreadable(std::string("not readable as JSON (") + simdjson::error_message(error) + ")");
}

}  // namespace

Result<FleetDocument> parse_fleet_document(std::string_view json) {
    simdjson::dom::parser parser;
    const auto object = parse_object(parser, json);
    if (!object) return std::unexpected(object.error());
    FleetDocument document;
    const auto version = count_of(*object, "version");
    if (!version) return unreadable("no fleet of muster: it has no \"version\"");
    document.version = *version;
    if ((*object)["workers"].is_array() == false) {
        return unreadable("no fleet of muster: it has no \"workers\"");
    }
    document.epoch = text_or_empty(*object, "epoch");
    document.time = time_of(*object, "time");
    document.stats = read_statistics(*object);
    document.expected = objects_of(*object, "expected", read_expected);
    document.workers = objects_of(*object, "workers", read_worker);
    document.lost = objects_of(*object, "lost", read_lost);
    document.sources = objects_of(*object, "sources", read_source);
    document.components = objects_of(*object, "components", read_component);
    return document;
}

Result<WorkerEntry> parse_worker_document(std::string_view json) {
    simdjson::dom::parser parser;
    const auto object = parse_object(parser, json);
    if (!object) return std::unexpected(object.error());
    WorkerEntry worker = read_worker(*object);
    if (worker.id.empty()) return unreadable("no worker of muster: it has no \"id\"");
    return worker;
}

}  // namespace muster
