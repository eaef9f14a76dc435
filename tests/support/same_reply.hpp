// Whether two readings of a service reply gave the same, view for view by what they show. For the
// test and the fuzz target that hold the short way of reading against the liberal one.
#pragma once

#include <algorithm>
#include <expected>
#include <string>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/wire/service_reply.hpp"

namespace muster::testing_support {

using ReadReply = std::expected<StatsReply, Rejection>;

[[nodiscard]] inline bool same_record(const StatsReply& a, const StatsReply& b) {
    if (!a.record || !b.record) return !a.record && !b.record;
    const SpecDecodePtr& spec = a.record->spec_decode;
    const SpecDecodePtr& other_spec = b.record->spec_decode;
    const bool same_spec =
        spec && other_spec ? *spec == *other_spec : (spec == nullptr && other_spec == nullptr);
    return a.record->load == b.record->load && a.record->rank == b.record->rank && same_spec;
}

[[nodiscard]] inline bool same_reply(const ReadReply& a, const ReadReply& b) {
    if (!a || !b) return !a && !b && a.error() == b.error();
    const auto same_endpoint = [](const ServiceEndpoint& x, const ServiceEndpoint& y) {
        return x.name == y.name && x.subject == y.subject && x.num_requests == y.num_requests &&
               x.data_json == y.data_json;
    };
    return a->head.name == b->head.name && a->head.id == b->head.id &&
           a->head.version == b->head.version && a->started == b->started &&
           a->instance_id == b->instance_id && a->subject == b->subject &&
           a->offers_load == b->offers_load && a->requests_total == b->requests_total &&
           a->record_json == b->record_json && same_record(*a, *b) &&
           std::ranges::equal(a->endpoints, b->endpoints, same_endpoint) &&
           std::ranges::equal(a->rejections, b->rejections);
}

/// The same JSON, but for a space that no worker sends: read by the liberal reading alone.
[[nodiscard]] inline std::string read_liberally(std::string_view payload) {
    return std::string(payload) + ' ';
}

/// Whether both readings must give the same of it; not where the space itself makes it too large.
[[nodiscard]] inline bool is_comparable(std::string_view payload) {
    return payload.size() != kReplyBytesMax;
}

}  // namespace muster::testing_support
