// Service replies: no input may hurt either reading, and the liberal one takes all that the strict
// one takes, with the same numbers. The short way of the liberal one says what the long way says.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/wire/service_reply.hpp"
#include "muster/wire/strict_stats.hpp"
#include "require.hpp"
#include "support/same_reply.hpp"

namespace {

using muster::fuzzing::require;

using muster::LoadField;

void same_count(const muster::Load& load, LoadField field, std::uint64_t strict) {
    const auto expected =
        strict <= muster::kCountMax ? std::optional<std::uint64_t>(strict) : std::nullopt;
    require(load.count(field) == expected);
}

void same_fraction(const muster::Load& load, LoadField field, float strict) {
    const bool in_range = strict >= 0.0F && strict <= 1.0F;
    require(load.fraction(field).has_value() == in_range);
    if (in_range) require(*load.fraction(field) == static_cast<double>(strict));
}

void same_load(const muster::Load& load, const muster::MetricsRecord& record) {
    same_count(load, LoadField::running, record.request_active_slots);
    same_count(load, LoadField::slots, record.request_total_slots);
    same_count(load, LoadField::waiting, record.num_requests_waiting);
    same_count(load, LoadField::kv_active_blocks, record.kv_active_blocks);
    same_count(load, LoadField::kv_total_blocks, record.kv_total_blocks);
    same_fraction(load, LoadField::kv_usage, record.gpu_cache_usage_perc);
    same_fraction(load, LoadField::prefix_hit_rate, record.gpu_prefix_cache_hit_rate);
}

bool short_enough(std::string_view text) {
    return !text.empty() && text.size() <= muster::kNameBytesMax;
}

/// What the liberal reading refuses on purpose although the strict one takes it.
bool beyond_our_bounds(const muster::StrictServiceInfo& info, muster::RejectReason reason) {
    using muster::RejectReason;
    if (!short_enough(info.name) || !short_enough(info.id)) return true;
    // serde_json passes over bytes that are no UTF-8 in fields that it ignores.
    return reason == RejectReason::too_large || reason == RejectReason::not_utf8 ||
           reason == RejectReason::foreign_subject;
}

void compare(const muster::StrictServiceInfo& info, const muster::StatsReply& reply) {
    require(reply.head.name == info.name);
    require(reply.head.id == info.id);
    require(reply.head.version == info.version);
    const muster::StrictEndpointInfo* last_load = nullptr;
    for (const auto& endpoint : info.endpoints) {
        if (short_enough(endpoint.subject) && endpoint.subject == reply.subject) {
            last_load = &endpoint;
        }
    }
    if (!reply.offers_load || last_load == nullptr || !last_load->stats) return;
    const auto record = muster::decode_metrics_strictly(last_load->stats->data);
    if (!record) return;
    // All seven out of our range leave no record at all.
    same_load(reply.record ? reply.record->load : muster::Load{}, *record);
    if (reply.record) require(reply.record->rank == record->data_parallel_rank);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static muster::ServiceReplyParser parser;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)parser.parse_info(bytes);
    (void)parser.parse_ping(bytes);
    const auto reply = parser.parse_stats(bytes);
    if (muster::testing_support::is_comparable(bytes)) {
        static muster::ServiceReplyParser liberal;
        const std::string other = muster::testing_support::read_liberally(bytes);
        require(muster::testing_support::same_reply(reply, liberal.parse_stats(other)));
    }
    const auto strict = muster::decode_service_strictly(bytes);
    if (!strict) return 0;
    if (reply)
        compare(*strict, *reply);
    else
        require(beyond_our_bounds(*strict, reply.error().reason));
    return 0;
}
