// See known_reply.hpp. The text is written out in the order in which workers send it.
#include "muster/wire/detail/known_reply.hpp"

#include <limits>

#include "muster/base/limits.hpp"
#include "muster/wire/detail/known_form.hpp"

namespace muster::detail {

namespace {

/// Workers have three or four; more are read as anything else is.
constexpr std::size_t kEndpointsMax = 16;

/// Notes the field as the liberal reading does.
bool take_count(ReadRecord& record, std::size_t key, LoadField field,
                std::optional<std::uint64_t> count) {
    static_assert(kCountMax >= 999'999'999'999'999);  // Of KnownForm::number.
    if (!count) return false;
    record.load.set_count(field, *count);
    record.fields[key].said = Said::taken;
    return true;
}

bool take_fraction(ReadRecord& record, std::size_t key, LoadField field,
                   std::optional<double> fraction) {
    if (!fraction || *fraction > 1.0) return false;
    record.load.set_fraction(field, static_cast<double>(static_cast<float>(*fraction)));
    record.fields[key].said = Said::taken;
    return true;
}

bool take_rank(KnownForm& form, ReadRecord& record) {
    if (form.take<"null">()) return true;
    const auto rank = form.number();
    if (!rank || *rank > std::numeric_limits<std::uint32_t>::max()) return false;
    record.rank = static_cast<std::uint32_t>(*rank);
    record.fields[0].said = Said::taken;
    return true;
}

/// Behind `{"worker_stats":{`, up to the end of the record.
bool read_known_record(KnownForm& form, ReadRecord& record) {
    using enum LoadField;
    record.nested = true;
    for (Remark& group : record.groups) group.said = Said::taken;
    return form.take<R"("data_parallel_rank":)">() && take_rank(form, record) &&
           form.take<R"(,"request_active_slots":)">() &&
           take_count(record, 1, running, form.number()) &&
           form.take<R"(,"request_total_slots":)">() &&
           take_count(record, 2, slots, form.number()) &&
           form.take<R"(,"num_requests_waiting":)">() &&
           take_count(record, 3, waiting, form.number()) &&
           form.take<R"(},"kv_stats":{"kv_active_blocks":)">() &&
           take_count(record, 4, kv_active_blocks, form.number()) &&
           form.take<R"(,"kv_total_blocks":)">() &&
           take_count(record, 5, kv_total_blocks, form.number()) &&
           form.take<R"(,"gpu_cache_usage_perc":)">() &&
           take_fraction(record, 6, kv_usage, form.fraction()) &&
           form.take<R"(,"gpu_prefix_cache_hit_rate":)">() &&
           take_fraction(record, 7, prefix_hit_rate, form.fraction()) &&
           form.take<R"(},"spec_decode_stats":null})">();
}

/// Behind `{"name":"`, up to the end of the endpoint.
bool read_known_endpoint(KnownForm& form, ReplyParts& parts) {
    ServiceEndpoint& endpoint = parts.endpoints.emplace_back();
    const auto name = form.text();
    if (!name || !form.take<R"(,"subject":")">()) return false;
    const auto subject = form.text();
    if (!subject || subject->empty() || subject->size() > kNameBytesMax) return false;
    if (!form.take<R"(,"num_requests":)">()) return false;
    endpoint.name = *name;
    endpoint.subject = *subject;
    endpoint.num_requests = form.number();
    if (!endpoint.num_requests || !form.take<R"(,"num_errors":)">() || !form.number() ||
        !form.take<R"(,"processing_time":)">() || !form.number() ||
        !form.take<R"(,"average_processing_time":)">() || !form.number() ||
        !form.take<R"(,"last_error":")">() || !form.text() || !form.take<R"(,"data":)">()) {
        return false;
    }
    const char* const data = form.at();
    std::size_t record = kNoRecord;
    if (!form.take<"null">()) {
        if (!form.take<R"({"worker_stats":{)">()) return false;
        record = parts.records.size();
        if (!read_known_record(form, parts.records.emplace_back())) return false;
    }
    endpoint.data_json = {data, static_cast<std::size_t>(form.at() - data)};
    parts.record_of_endpoint.push_back(record);
    return form.take<R"(,"queue_group":")">() && form.text() && form.take<"}">();
}

/// The text that follows.
bool take_text(KnownForm& form, std::string_view& to) {
    const auto text = form.text();
    if (text) to = *text;
    return text.has_value();
}

}  // namespace

bool read_known_reply(std::string_view text, ReplyParts& parts) {
    KnownForm form(text);
    const bool begun = form.take<R"({"type":"io.nats.micro.v1.stats_r)">() &&
                       form.take<R"(esponse","name":")">() && take_text(form, parts.head.name) &&
                       form.take<R"(,"id":")">() && take_text(form, parts.head.id) &&
                       form.take<R"(,"version":")">() && take_text(form, parts.head.version) &&
                       form.take<R"(,"started":")">() && take_text(form, parts.started) &&
                       form.take<R"(,"endpoints":[{"name":")">();
    if (!begun) return false;
    parts.has_endpoints = true;
    do {
        if (parts.endpoints.size() == kEndpointsMax) return false;
        if (!read_known_endpoint(form, parts)) return false;
    } while (form.take<R"(,{"name":")">());
    return form.take<"]}">() && form.ended();
}

}  // namespace muster::detail
