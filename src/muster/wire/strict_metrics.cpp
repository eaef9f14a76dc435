// The strict reading of load records and pushed events, type by type.
//
// Under `data` of STATS a record was a generic JSON value first, so a key that came twice counts as
// it came last; a pushed event is read from text directly, where that is an error.
#include <array>
#include <span>
#include <utility>

#include "muster/wire/detail/serde_json.hpp"
#include "muster/wire/detail/serde_values.hpp"
#include "muster/wire/strict_stats.hpp"

namespace muster {

namespace {

using detail::Reason;
using detail::refuse_reply;
using detail::SerdeJsonReader;
using detail::StructReader;
using detail::take;

/// Two parts of form B, each filling its fields of one record.
struct WorkerPart {
    MetricsRecord* record = nullptr;
};
struct KvPart {
    MetricsRecord* record = nullptr;
};

bool take(const JsonValue& from, WorkerPart& out, Reason& why) {
    return StructReader(from, "WorkerStats", 4, why)
        .optional("data_parallel_rank", out.record->data_parallel_rank)
        .required("request_active_slots", out.record->request_active_slots)
        .required("request_total_slots", out.record->request_total_slots)
        .required("num_requests_waiting", out.record->num_requests_waiting)
        .good();
}

bool take(const JsonValue& from, KvPart& out, Reason& why) {
    return StructReader(from, "KvStats", 4, why)
        .required("kv_active_blocks", out.record->kv_active_blocks)
        .required("kv_total_blocks", out.record->kv_total_blocks)
        .required("gpu_cache_usage_perc", out.record->gpu_cache_usage_perc)
        .required("gpu_prefix_cache_hit_rate", out.record->gpu_prefix_cache_hit_rate)
        .good();
}

bool take_nested(const JsonValue& from, MetricsRecord& out, Reason& why) {
    WorkerPart worker{&out};
    KvPart kv{&out};
    return StructReader(from, "ForwardPassMetrics", 3, why)
        .required("worker_stats", worker)
        .required("kv_stats", kv)
        .optional("spec_decode_stats", out.spec_decode_stats)
        .good();
}

bool take_flat(const JsonValue& from, bool ranked, MetricsRecord& out, Reason& why) {
    StructReader reader(from, "ForwardPassMetrics", ranked ? 8 : 7, why);
    if (ranked) reader.optional("data_parallel_rank", out.data_parallel_rank);
    return reader.required("request_active_slots", out.request_active_slots)
        .required("request_total_slots", out.request_total_slots)
        .required("kv_active_blocks", out.kv_active_blocks)
        .required("kv_total_blocks", out.kv_total_blocks)
        .required("num_requests_waiting", out.num_requests_waiting)
        .required("gpu_cache_usage_perc", out.gpu_cache_usage_perc)
        .required("gpu_prefix_cache_hit_rate", out.gpu_prefix_cache_hit_rate)
        .good();
}

/// A struct as text knows it: its keys, and the structs among its fields.
struct Schema {
    struct Field {
        std::string_view key;
        const Schema* type = nullptr;
    };
    std::span<const Field> fields;
};

constexpr std::array<Schema::Field, 4> kWorkerFields = {{{"data_parallel_rank"},
                                                         {"request_active_slots"},
                                                         {"request_total_slots"},
                                                         {"num_requests_waiting"}}};
constexpr std::array<Schema::Field, 4> kKvFields = {{{"kv_active_blocks"},
                                                     {"kv_total_blocks"},
                                                     {"gpu_cache_usage_perc"},
                                                     {"gpu_prefix_cache_hit_rate"}}};
constexpr std::array<Schema::Field, 5> kSpecFields = {{{"num_spec_tokens"},
                                                       {"num_drafts"},
                                                       {"num_draft_tokens"},
                                                       {"num_accepted_tokens"},
                                                       {"num_accepted_tokens_per_pos"}}};
constexpr Schema kWorker{kWorkerFields};
constexpr Schema kKv{kKvFields};
constexpr Schema kSpec{kSpecFields};
constexpr std::array<Schema::Field, 3> kMetricsFields = {
    {{"worker_stats", &kWorker}, {"kv_stats", &kKv}, {"spec_decode_stats", &kSpec}}};
constexpr Schema kMetrics{kMetricsFields};
constexpr std::array<Schema::Field, 2> kEventFields = {{{"worker_id"}, {"data", &kMetrics}}};
constexpr Schema kEvent{kEventFields};

bool parse_known(SerdeJsonReader& reader, const Schema* schema, JsonValue& out);

bool parse_known_object(SerdeJsonReader& reader, const Schema& schema, JsonValue& out) {
    auto& object = out.value.emplace<JsonValue::Object>();
    if (!reader.enter('{')) return false;
    std::string key;
    for (bool more = true, first = true;; first = false) {
        if (!reader.next_key(first, more, key)) return false;
        if (!more) return true;
        const Schema::Field* known = nullptr;
        for (const Schema::Field& field : schema.fields) {
            if (field.key == key) known = &field;
        }
        if (known == nullptr) {
            if (!reader.ignore()) return false;
            continue;
        }
        for (const std::string& seen : object.keys) {
            if (seen == key) return reader.fail("duplicate field `" + key + "`");
        }
        object.keys.push_back(key);
        if (!parse_known(reader, known->type, object.values.emplace_back())) return false;
    }
}

bool parse_known_array(SerdeJsonReader& reader, const Schema& schema, JsonValue& out) {
    auto& array = out.value.emplace<JsonValue::Array>();
    if (!reader.enter('[')) return false;
    for (bool more = true, first = true;; first = false) {
        if (!reader.next_element(first, more)) return false;
        if (!more) return true;
        const std::size_t place = array.size();
        const Schema* type = place < schema.fields.size() ? schema.fields[place].type : nullptr;
        if (!parse_known(reader, type, array.emplace_back())) return false;
    }
}

bool parse_known(SerdeJsonReader& reader, const Schema* schema, JsonValue& out) {
    if (schema != nullptr) {
        if (reader.peek() == '{') return parse_known_object(reader, *schema, out);
        if (reader.peek() == '[') return parse_known_array(reader, *schema, out);
    }
    return reader.parse(out);
}

}  // namespace

Result<MetricsRecord> decode_metrics_strictly(const JsonValue& value, DynamoRelease release) {
    MetricsRecord record;
    Reason why;
    const MetricsForm form = metrics_form_of(release);
    const bool good = form == MetricsForm::nested
                          ? take_nested(value, record, why)
                          : take_flat(value, form == MetricsForm::flat_ranked, record, why);
    if (!good) return refuse_reply(why);
    return record;
}

Result<StrictLoadEvent> decode_load_event_strictly(std::string_view payload,
                                                   DynamoRelease release) {
    SerdeJsonReader reader(payload);
    JsonValue known;
    if (!parse_known(reader, &kEvent, known) || !reader.end()) return refuse_reply(reader.error());
    Reason why;
    StrictLoadEvent event;
    const auto* object = std::get_if<JsonValue::Object>(&known.value);
    const auto* array = std::get_if<JsonValue::Array>(&known.value);
    if (object == nullptr && array == nullptr)
        return refuse_reply("invalid type, expected LoadEvent");
    if (array != nullptr && array->size() != 2)
        return refuse_reply("invalid length, expected LoadEvent");
    const JsonValue* worker = array != nullptr ? &(*array)[0] : known.find("worker_id");
    const JsonValue* data = array != nullptr ? &(*array)[1] : known.find("data");
    if (worker == nullptr) return refuse_reply("missing field `worker_id`");
    if (data == nullptr) return refuse_reply("missing field `data`");
    const bool is_signed = release < DynamoRelease{0, 6, 1};
    if (const auto* negative = std::get_if<std::int64_t>(&worker->value); negative && is_signed) {
        event.worker_id = static_cast<std::uint64_t>(*negative);
    } else if (!take(*worker, event.worker_id, why)) {
        return refuse_reply(why + " in `worker_id`");
    } else if (is_signed && event.worker_id >> 63 != 0) {
        return refuse_reply("invalid value, expected i64 in `worker_id`");
    }
    if (!take_nested(*data, event.data, why)) return refuse_reply(why);
    return event;
}

}  // namespace muster
