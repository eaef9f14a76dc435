// Reads a load record out of an on-demand document: field by field, form A, A' or B.
//
// Two steps, since the record comes before it is known whose it is: read_record notes what each
// field said, finish makes a LoadRecord and the list of what was wrong.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "muster/wire/detail/ondemand.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/rejection.hpp"

namespace muster::detail {

/// Order of the positional form: the rank and then the counts of `worker_stats`, then `kv_stats`.
inline constexpr std::array<std::string_view, 8> kRecordKeys = {
    "data_parallel_rank",   "request_active_slots",     "request_total_slots",
    "num_requests_waiting", "kv_active_blocks",         "kv_total_blocks",
    "gpu_cache_usage_perc", "gpu_prefix_cache_hit_rate"};

inline constexpr std::array<std::string_view, 5> kSpecKeys = {
    "num_spec_tokens", "num_drafts", "num_draft_tokens", "num_accepted_tokens",
    "num_accepted_tokens_per_pos"};

/// What was said of one field.
enum class Said : std::uint8_t { nothing, taken, refused };

struct Remark {
    Said said = Said::nothing;
    RejectReason reason = RejectReason::field_missing;
};

struct ReadRecord {
    Load load;
    std::optional<std::uint32_t> rank;
    std::optional<SpecDecodeStats> spec_decode;
    std::array<Remark, kRecordKeys.size()> fields;
    std::array<Remark, kSpecKeys.size()> spec_fields;
    /// The three groups of form B; `refused` if one was there and no object.
    std::array<Remark, 3> groups;
    bool nested = false;
};

/// Shape::scalar: `value` is no record at all. Else it was read to its end.
[[nodiscard]] Shape read_record(od::value& value, ReadRecord& record);
/// The same where the record is the whole document.
[[nodiscard]] Shape read_record(od::document& document, ReadRecord& record);

/// Absent if no field of the load is known; then bad_metrics for `what` ends the list.
[[nodiscard]] std::optional<LoadRecord> finish(ReadRecord& record, std::string_view what,
                                               RejectionList& rejections);

}  // namespace muster::detail
