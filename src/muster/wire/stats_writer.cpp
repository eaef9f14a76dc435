// Replies and events as Dynamo workers write them; every form was compared with recorded bytes.
//
// Two spellings of a float: under `data` of STATS the record went through a generic JSON value, so
// a 32-bit float is printed as the double it widens to; in a pushed event it is printed as itself.
#include "muster/wire/stats_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

namespace {

/// The shortest digits of a finite number and where its point stands: 0.digits times 10^exponent.
struct Decimal {
    std::string_view digits;
    int exponent = 0;
};

/// Bounds between which serde_json (its ryu) writes a number without an exponent.
struct PlainRange {
    int exponent_min;  ///< Exclusive.
    int exponent_max;  ///< Inclusive.
};
constexpr PlainRange kDoubleRange{-5, 16};
constexpr PlainRange kFloatRange{-6, 13};

/// REQUIRES: `text` is what std::to_chars wrote in scientific form, without a sign: `d.ddde+xx`.
Decimal decimal_of(std::string_view text, std::array<char, 24>& room) {
    const std::size_t e = text.find('e');
    std::size_t count = 0;
    for (const char c : text.substr(0, e)) {
        if (c != '.') room[count++] = c;
    }
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    int exponent = 0;
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    return {{room.data(), count}, exponent + 1};
}

void append_decimal(std::string& out, Decimal decimal, PlainRange range) {
    const auto [digits, exponent] = decimal;
    const int count = static_cast<int>(digits.size());
    if (exponent > range.exponent_max || exponent <= range.exponent_min) {
        out += digits.front();
        if (count > 1) out.append(".").append(digits.substr(1));
        out.append("e").append(std::to_string(exponent - 1));
    } else if (exponent <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-exponent), '0').append(digits);
    } else if (exponent >= count) {
        out.append(digits).append(static_cast<std::size_t>(exponent - count), '0').append(".0");
    } else {
        const auto point = static_cast<std::size_t>(exponent);
        out.append(digits.substr(0, point)).append(".").append(digits.substr(point));
    }
}

template <typename T>
void append_serde_number(std::string& out, T value, PlainRange range) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    if (std::signbit(value)) out += '-';
    if (value == T{}) {
        out += "0.0";
        return;
    }
    std::array<char, 32> text;
    std::array<char, 24> room;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value),
                                   std::chars_format::scientific);
    append_decimal(out, decimal_of({text.data(), end.ptr}, room), range);
}

enum class FloatSpelling : std::uint8_t { widened, own };

/// Writes the members of a record in the order it is told.
class RecordWriter {
public:
    RecordWriter(std::string& out, const MetricsRecord& record, FloatSpelling spelling)
        : out_(out), json_(out), record_(record), spelling_(spelling) {}

    void flat(bool ranked) {
        json_.begin_object();
        if (ranked) rank();
        fractions();
        blocks();
        count("num_requests_waiting", record_.num_requests_waiting);
        slots();
        json_.end_object();
    }
    void nested_sorted() {
        json_.begin_object();
        json_.key("kv_stats").begin_object();
        fractions();
        blocks();
        json_.end_object();
        spec(true);
        json_.key("worker_stats").begin_object();
        rank();
        count("num_requests_waiting", record_.num_requests_waiting);
        slots();
        json_.end_object().end_object();
    }
    void nested_declared() {
        json_.begin_object();
        json_.key("worker_stats").begin_object();
        rank();
        slots();
        count("num_requests_waiting", record_.num_requests_waiting);
        json_.end_object();
        json_.key("kv_stats").begin_object();
        blocks();
        fractions();
        json_.end_object();
        spec(false);
        json_.end_object();
    }

private:
    void count(std::string_view key, std::uint64_t value) { json_.key(key).integer(value); }
    void optional_count(std::string_view key, std::optional<std::uint32_t> value) {
        json_.key(key);
        if (value)
            json_.integer(*value);
        else
            json_.null();
    }
    void fraction(std::string_view key, float value) {
        json_.key(key);
        if (spelling_ == FloatSpelling::own)
            append_serde_float(out_, value);
        else
            append_serde_double(out_, static_cast<double>(value));
    }
    void rank() { optional_count("data_parallel_rank", record_.data_parallel_rank); }
    void slots() {
        count("request_active_slots", record_.request_active_slots);
        count("request_total_slots", record_.request_total_slots);
    }
    void blocks() {
        count("kv_active_blocks", record_.kv_active_blocks);
        count("kv_total_blocks", record_.kv_total_blocks);
    }
    void fractions() {
        fraction("gpu_cache_usage_perc", record_.gpu_cache_usage_perc);
        fraction("gpu_prefix_cache_hit_rate", record_.gpu_prefix_cache_hit_rate);
    }
    void positions(const SpecDecodeStats& stats) {
        json_.key("num_accepted_tokens_per_pos");
        if (!stats.num_accepted_tokens_per_pos) {
            json_.null();
            return;
        }
        json_.begin_array();
        for (const std::uint32_t n : *stats.num_accepted_tokens_per_pos) json_.integer(n);
        json_.end_array();
    }
    void spec(bool sorted) {
        json_.key("spec_decode_stats");
        if (!record_.spec_decode_stats) {
            json_.null();
            return;
        }
        const SpecDecodeStats& stats = *record_.spec_decode_stats;
        json_.begin_object();
        if (sorted) {
            optional_count("num_accepted_tokens", stats.num_accepted_tokens);
            positions(stats);
            optional_count("num_draft_tokens", stats.num_draft_tokens);
            optional_count("num_drafts", stats.num_drafts);
            optional_count("num_spec_tokens", stats.num_spec_tokens);
        } else {
            optional_count("num_spec_tokens", stats.num_spec_tokens);
            optional_count("num_drafts", stats.num_drafts);
            optional_count("num_draft_tokens", stats.num_draft_tokens);
            optional_count("num_accepted_tokens", stats.num_accepted_tokens);
            positions(stats);
        }
        json_.end_object();
    }

    std::string& out_;
    JsonWriter json_;
    const MetricsRecord& record_;
    FloatSpelling spelling_;
};

void begin_reply(JsonWriter& json, std::string_view type, const WrittenService& service) {
    json.begin_object();
    json.key("type").string(type);
    json.key("name").string(service.service);
    json.key("id").string(service.service_id);
}

void write_endpoint(std::string& out, JsonWriter& json, const WrittenService& service,
                    const WrittenEndpoint& endpoint) {
    const auto subject = endpoint_subject(service.service, endpoint.endpoint, service.instance_id);
    json.begin_object();
    json.key("name").string(endpoint_name_of_subject(subject));
    json.key("subject").string(subject);
    json.key("num_requests").integer(endpoint.num_requests);
    json.key("num_errors").integer(endpoint.num_errors);
    json.key("processing_time").integer(endpoint.processing_time_ns);
    json.key("average_processing_time").integer(endpoint.average_processing_time_ns);
    json.key("last_error").string(endpoint.last_error);
    if (!endpoint.data_json.empty()) {
        json.key("data").raw(endpoint.data_json);
    } else if (endpoint.record != nullptr) {
        json.key("data");
        write_metrics(out, *endpoint.record, service.release);
    } else if (!omits_data(service.release)) {
        json.key("data").null();
    }
    json.key("queue_group").string("q");
    json.end_object();
}

}  // namespace

void append_serde_double(std::string& out, double value) {
    append_serde_number(out, value, kDoubleRange);
}

void append_serde_float(std::string& out, float value) {
    append_serde_number(out, value, kFloatRange);
}

void write_metrics(std::string& out, const MetricsRecord& record, DynamoRelease release) {
    RecordWriter writer(out, record, FloatSpelling::widened);
    switch (metrics_form_of(release)) {
        case MetricsForm::flat: writer.flat(false); return;
        case MetricsForm::flat_ranked: writer.flat(true); return;
        case MetricsForm::nested: break;
    }
    if (sorts_metrics_keys(release))
        writer.nested_sorted();
    else
        writer.nested_declared();
}

void write_load_event(std::string& out, std::uint64_t worker_id, const MetricsRecord& record) {
    JsonWriter json(out);
    json.begin_object().key("worker_id").integer(worker_id).key("data");
    RecordWriter(out, record, FloatSpelling::own).nested_declared();
    json.end_object();
}

void write_stats_reply(std::string& out, const WrittenService& service) {
    JsonWriter json(out);
    begin_reply(json, "io.nats.micro.v1.stats_response", service);
    json.key("version").string(service_version_of(service.release));
    std::string started;
    append_rfc3339_trimmed(started, service.started);
    json.key("started").string(started);
    json.key("endpoints").begin_array();
    for (const WrittenEndpoint& endpoint : service.endpoints) {
        write_endpoint(out, json, service, endpoint);
    }
    json.end_array().end_object();
}

void write_info_reply(std::string& out, const WrittenService& service, const ComponentName& name) {
    JsonWriter json(out);
    begin_reply(json, "io.nats.micro.v1.info_response", service);
    json.key("description").string(description_of(name));
    json.key("version").string(service_version_of(service.release));
    json.key("metadata").begin_object().end_object();
    json.key("endpoints").begin_array();
    for (const WrittenEndpoint& endpoint : service.endpoints) {
        const auto subject =
            endpoint_subject(service.service, endpoint.endpoint, service.instance_id);
        json.begin_object();
        json.key("name").string(endpoint_name_of_subject(subject));
        json.key("subject").string(subject);
        json.key("queue_group").string("q");
        json.key("metadata").begin_object().end_object();
        json.end_object();
    }
    json.end_array().end_object();
}

void write_ping_reply(std::string& out, const WrittenService& service) {
    JsonWriter json(out);
    begin_reply(json, "io.nats.micro.v1.ping_response", service);
    json.key("version").string(service_version_of(service.release));
    json.key("metadata").begin_object().end_object();
    json.end_object();
}

}  // namespace muster
