// What the row tables of the two readings share: good records to spoil, and a reading in words.
#pragma once

#include <gmock/gmock.h>

#include <bit>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/rejection.hpp"

namespace muster::testing_support {

inline constexpr std::string_view kMetrics =
    R"({"worker_stats":{"data_parallel_rank":null,"request_active_slots":37,)"
    R"("request_total_slots":256,"num_requests_waiting":4},"kv_stats":{"kv_active_blocks":10234,)"
    R"("kv_total_blocks":27814,"gpu_cache_usage_perc":0.25,"gpu_prefix_cache_hit_rate":0.5},)"
    R"("spec_decode_stats":null})";

/// The flat form of the first releases.
inline constexpr std::string_view kFlat =
    R"({"request_active_slots":37,"request_total_slots":256,"kv_active_blocks":10234,)"
    R"("kv_total_blocks":27814,"num_requests_waiting":4,"gpu_cache_usage_perc":0.36794418,)"
    R"("gpu_prefix_cache_hit_rate":0.4125})";

inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const std::size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
    return out.replace(at, from.size(), to);
}

/// "7 known" and what was counted, or why the whole was refused.
inline std::string summary(const std::optional<LoadRecord>& record,
                           std::span<const Rejection> rejections) {
    std::string text = "no load";
    if (record) text = std::to_string(std::popcount(record->load.known.bits())) + " known";
    for (const Rejection& rejection : rejections) {
        text.append("; ").append(name_of(rejection.reason)).append(" ").append(rejection.what);
    }
    return text;
}

}  // namespace muster::testing_support
