// Every rule of the two readings of pushed events, one row each: the input, what the seed makes of
// it (strict) and why, what the live view makes of it (liberal) and what it counts; and recorded
// events. The rows of the record in it are in forward_pass_metrics_test.cpp.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/strict_stats.hpp"
#include "support/golden.hpp"
#include "support/wire_rows.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing_support::golden;
using testing_support::kFlat;
using testing_support::kMetrics;
using testing_support::replaced;
using testing_support::summary;

TEST(LoadEvent, RecordedEvents) {
    const auto event = decode_load_event_strictly(golden("dynamo/0.5.1/kv_metrics.rank-spec.json"));
    ASSERT_TRUE(event) << event.error().what;
    EXPECT_EQ(event->worker_id, 2228897019946644997U);
    EXPECT_EQ(event->data, (MetricsRecord{2U, 38, 1024, 6, 511, 1000, 0.1F, 0.1F,
                                          SpecDecodeStats{4, 100, 400, 260, {{90, 80}}}}));
    EXPECT_TRUE(decode_load_event_strictly(golden("dynamo/0.4.1/kv_metrics.1.json"), {0, 4, 1}));
    EXPECT_TRUE(decode_load_event_strictly(golden("dynamo/0.6.1/kv_metrics.1.json"), {0, 6, 1}));
    const auto nan = decode_load_event_strictly(golden("dynamo/0.5.1/kv_metrics.nan-hit.json"));
    ASSERT_FALSE(nan);
    EXPECT_THAT(nan.error().what, HasSubstr("gpu_prefix_cache_hit_rate"));
}

/// The push of Dynamo 0.8 and later, which is not read (docs/decisions/0021).
constexpr std::string_view kFormC =
    R"({"worker_id":7,"dp_rank":0,"active_decode_blocks":100,"active_prefill_tokens":null})";

struct EventRow {
    std::string_view what;
    std::string bytes;
    std::string_view strict;  ///< Beginning of the reason; empty: accepted.
    std::string_view liberal;
    DynamoRelease release{};
};

std::string event(std::string_view id, std::string_view metrics = kMetrics) {
    return R"({"worker_id":)" + std::string(id) + R"(,"data":)" + std::string(metrics) + "}";
}

std::vector<EventRow> event_rows() {
    return {
        {"plain", event("7"), "", "7 known"},
        {"a field twice",
         event("7", replaced(kMetrics, "\"kv_active", R"("kv_active_blocks":1,"kv_active)")),
         "duplicate field `kv_active_blocks`", "7 known"},
        {"a group twice",
         event("7", replaced(kMetrics, "\"kv_stats\":", R"("kv_stats":{},"kv_stats":)")),
         "duplicate field `kv_stats`", "7 known"},
        {"an unknown field twice",
         event("7", replaced(kMetrics, "{\"kv_a", R"({"x":1,"x":2,"kv_a)")), "", "7 known"},
        {"an unknown field that is deep",
         event("7",
               replaced(kMetrics, "{\"kv_a",
                        R"({"x":)" + std::string(200, '[') + std::string(200, ']') + ",\"kv_a")),
         "", "7 known"},
        {"as an array", "[7," + std::string(kMetrics) + "]", "", "7 known"},
        {"no worker", R"({"data":)" + std::string(kMetrics) + "}", "missing field `worker_id`",
         "bad_metrics worker_id"},
        {"no data", R"({"worker_id":7})", "missing field `data`", "bad_metrics data"},
        {"data null", event("7", "null"), "invalid type", "bad_metrics data"},
        {"flat data", event("7", kFlat), "missing field `worker_stats`", "7 known"},
        {"the worker as text", event("\"7\""), "invalid type", "bad_metrics worker_id"},
        {"a negative worker", event("-7"), "", "bad_metrics worker_id"},
        {"a negative worker of a later release",
         event("-7"),
         "invalid type",
         "bad_metrics worker_id",
         {0, 6, 1}},
        {"a worker above 2^63", event("18446744073709551615"), "invalid value", "7 known"},
        {"such a worker of a later release",
         event("18446744073709551615"),
         "",
         "7 known",
         {0, 6, 1}},
        {"the worker 7.0", event("7.0"), "invalid type", "bad_metrics worker_id"},
        {"a count 0.0", event("7", replaced(kMetrics, "10234", "0.0")), "invalid type",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a fraction 0", event("7", replaced(kMetrics, "0.25", "0")), "", "7 known"},
        {"as a longer array", "[7," + std::string(kMetrics) + ",100]", "invalid length", "7 known"},
        {"as a shorter array", "[7]", "invalid length", "bad_metrics data"},
        {"a scalar", "7", "invalid type", "bad_metrics payload"},
        {"cut off", event("7").substr(0, 100), "", "not_json payload"},
        {"not UTF-8", "{\"worker_id\":7,\"\xFF\":1}", "invalid unicode", "not_utf8 payload"},
        {"empty", "", "", "not_json payload"},
    };
}

std::vector<EventRow> later_push_rows() {
    return {
        {"form C", std::string(kFormC), "missing field `data`", "bad_metrics active_decode_blocks"},
        {"form C with the blocks used", replaced(kFormC, "}", R"(,"kv_used_blocks":150})"),
         "missing field `data`", "bad_metrics active_decode_blocks"},
        {"form C of a worker that tells tokens only", replaced(kFormC, "100", "null"),
         "missing field `data`", "bad_metrics active_decode_blocks"},
        {"form C in another order", R"({"active_decode_blocks":100,"dp_rank":0,"worker_id":7})",
         "missing field `data`", "bad_metrics active_decode_blocks"},
        {"form C without a worker", R"({"active_decode_blocks":100})", "missing field `worker_id`",
         "bad_metrics worker_id"},
        {"form C as a record", event("7", kFormC), "missing field `worker_stats`",
         "bad_metrics data"},
        {"a key of form C beside a record",
         replaced(event("7"), "{", R"({"active_decode_blocks":100,)"), "", "7 known"},
    };
}

void check(const std::vector<EventRow>& rows) {
    LoadEventParser parser;
    for (const EventRow& row : rows) {
        const auto strict = decode_load_event_strictly(row.bytes, row.release);
        const bool broken = row.liberal == "not_json payload";
        EXPECT_EQ(strict.has_value(), row.strict.empty() && !broken) << row.what;
        if (!strict) {
            EXPECT_THAT(strict.error().what, StartsWith(std::string(row.strict))) << row.what;
        }
        const auto liberal = parser.parse(row.bytes);
        EXPECT_EQ(liberal ? summary(liberal->record, liberal->rejections)
                          : std::string(name_of(liberal.error().reason)) + " " +
                                std::string(liberal.error().what),
                  row.liberal)
            << row.what;
    }
}

TEST(LoadEvent, Events) {
    check(event_rows());
}
TEST(LoadEvent, PushesOfLaterReleases) {
    check(later_push_rows());
}

TEST(LoadEvent, RecordedEventsReadLiberally) {
    LoadEventParser parser;
    const std::string bytes = golden("dynamo/0.5.1/kv_metrics.nan-hit.json");
    const auto event = parser.parse(bytes);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->worker_id, 2228897019946644997U);
    EXPECT_EQ(summary(event->record, event->rejections),
              "6 known; field_null gpu_prefix_cache_hit_rate");
    EXPECT_EQ(event->record.load.kv_active_blocks, 510U);
}

}  // namespace
}  // namespace muster
