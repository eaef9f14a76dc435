// Every rule of the two readings of load records, one row each: the input, what the seed makes of
// it (strict) and why, what the live view makes of it (liberal) and what it counts. Those of pushed
// events are in load_event_test.cpp.
#include "muster/wire/forward_pass_metrics.hpp"

#include <gmock/gmock.h>

#include <utility>

#include "muster/wire/detail/serde_json.hpp"
#include "muster/wire/strict_stats.hpp"
#include "support/wire_rows.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing_support::kFlat;
using testing_support::kMetrics;
using testing_support::replaced;
using testing_support::summary;

std::string liberal_record(std::string_view bytes) {
    LoadEventParser parser;
    const auto record = parser.parse_record(bytes);
    if (!record) {
        return std::string(name_of(record.error().reason)) + " " + std::string(record.error().what);
    }
    return summary(record->record, record->rejections);
}

std::string strict_record(std::string_view bytes, DynamoRelease release) {
    JsonValue value;
    detail::SerdeJsonReader reader(bytes);
    if (!reader.parse(value) || !reader.end()) return "text: " + reader.error();
    const auto record = decode_metrics_strictly(last_wins(std::move(value)), release);
    return record ? "record" : record.error().what;
}

struct RecordRow {
    std::string_view what;
    std::string bytes;
    std::string_view strict;  ///< Beginning of strict_record's text.
    std::string_view liberal;
    DynamoRelease release{};
};

std::vector<RecordRow> form_rows() {
    constexpr DynamoRelease kA{0, 2, 1};
    constexpr DynamoRelease kARanked{0, 3, 1};
    const std::string with_rank = replaced(kFlat, "{", R"({"data_parallel_rank":3,)");
    return {
        {"form A", std::string(kFlat), "record", "7 known", kA},
        {"form A without a field", replaced(kFlat, R"("kv_total_blocks":27814,)", ""),
         "missing field `kv_total_blocks`", "6 known; field_missing kv_total_blocks", kA},
        {"form A with a rank, read by A", with_rank, "record", "7 known", kA},
        {"form A'", with_rank, "record", "7 known", kARanked},
        {"form A' without a rank", std::string(kFlat), "record", "7 known", kARanked},
        {"form A' with a null rank", replaced(kFlat, "{", R"({"data_parallel_rank":null,)"),
         "record", "7 known", kARanked},
        {"form B", std::string(kMetrics), "record", "7 known"},
        {"A read as B", std::string(kFlat), "missing field `worker_stats`", "7 known"},
        {"B read as A", std::string(kMetrics), "missing field `request_active_slots`", "7 known",
         kA},
        {"flat keys in form B count for nothing",
         replaced(kMetrics, "{\"worker", R"({"kv_active_blocks":"x","worker)"), "record",
         "7 known"},
        {"an array of all fields, A", "[37,256,10234,27814,4,0.25,0.5]", "record",
         "bad_metrics payload", kA},
        {"arrays of all fields, B", "[[null,37,256,4],[10234,27814,0.25,0.5],null]", "record",
         "7 known"},
        {"an array that is too short", "[[null,37,256,4],[10234,27814,0.25,0.5]]",
         "invalid length 2", "7 known"},
        {"worker_stats missing", R"({"kv_stats":[1,2,0.5,0.5]})", "missing field `worker_stats`",
         "4 known; field_missing worker_stats"},
        {"worker_stats null", R"({"worker_stats":null,"kv_stats":[1,2,0.5,0.5]})", "invalid type",
         "4 known; field_null worker_stats"},
        {"worker_stats a text", R"({"worker_stats":"x","kv_stats":[1,2,0.5,0.5]})", "invalid type",
         "4 known; field_wrong_type worker_stats"},
        {"kv_stats missing", R"({"worker_stats":[null,1,2,3]})", "missing field `kv_stats`",
         "3 known; field_missing kv_stats"},
        {"kv_stats null", R"({"worker_stats":[null,1,2,3],"kv_stats":null})", "invalid type",
         "3 known; field_null kv_stats"},
        {"kv_stats a text", R"({"worker_stats":[null,1,2,3],"kv_stats":"x"})", "invalid type",
         "3 known; field_wrong_type kv_stats"},
        {"nothing", "{}", "missing field `worker_stats`", "bad_metrics payload"},
        {"null", "null", "invalid type", "bad_metrics payload"},
        {"a group twice, the last one wins",
         replaced(kMetrics, "\"kv_stats\":", R"("kv_stats":{"kv_active_blocks":"x"},"kv_stats":)"),
         "record", "7 known"},
        {"a field twice, the last one wins",
         replaced(kMetrics, "\"kv_active", R"("kv_active_blocks":"x","kv_active)"), "record",
         "7 known"},
        {"an unknown field", replaced(kMetrics, "{\"kv_active", R"({"new":[{}],"kv_active)"),
         "record", "7 known"},
    };
}

std::vector<RecordRow> field_rows() {
    const auto count = [](std::string_view value) { return replaced(kMetrics, "10234", value); };
    const auto fraction = [](std::string_view value) { return replaced(kMetrics, "0.25", value); };
    return {
        {"a count 1.0", count("1.0"), "invalid type, expected u64 in `kv_active_blocks`",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a count 0.0", count("0.0"), "invalid type, expected u64 in `kv_active_blocks`",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a count 0", count("0"), "record", "7 known"},
        {"a count 1e2", count("1e2"), "invalid type", "6 known; field_wrong_type kv_active_blocks"},
        {"a count -1", count("-1"), "invalid type", "6 known; field_out_of_range kv_active_blocks"},
        {"a count -0", count("-0"), "invalid type", "6 known; field_out_of_range kv_active_blocks"},
        {"a count null", count("null"), "invalid type", "6 known; field_null kv_active_blocks"},
        {"a count true", count("true"), "invalid type",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a count as text", count("\"7\""), "invalid type",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a count as an array", count("[7]"), "invalid type",
         "6 known; field_wrong_type kv_active_blocks"},
        {"a count of 2^64-1", count("18446744073709551615"), "record",
         "6 known; field_out_of_range kv_active_blocks"},
        {"a count of 2^64", count("18446744073709551616"), "invalid type",
         "6 known; field_out_of_range kv_active_blocks"},
        {"a count of 2^53", count("9007199254740992"), "record", "7 known"},
        {"a count of 2^53+1", count("9007199254740993"), "record",
         "6 known; field_out_of_range kv_active_blocks"},
        {"a count of 400 digits", count(std::string(400, '9')), "text: number out of range",
         "6 known; field_out_of_range kv_active_blocks"},
        {"a count with a leading zero", count("01"), "text: invalid number", "not_json payload"},
        {"a count with a plus", count("+1"), "text: expected value", "not_json payload"},
        {"a fraction as an integer", fraction("1"), "record", "7 known"},
        {"a fraction of 0", fraction("0"), "record", "7 known"},
        {"a fraction of 0.0", fraction("0.0"), "record", "7 known"},
        {"a fraction of -0.0", fraction("-0.0"), "record", "7 known"},
        {"a fraction null (a NaN)", fraction("null"),
         "invalid type, expected f32 in `gpu_cache_usage_perc`",
         "6 known; field_null gpu_cache_usage_perc"},
        {"a fraction as text", fraction("\"0.5\""), "invalid type",
         "6 known; field_wrong_type gpu_cache_usage_perc"},
        {"a fraction of 1e39, infinite as a float", fraction("1e39"), "record",
         "6 known; field_out_of_range gpu_cache_usage_perc"},
        {"a fraction of 1e400, infinite as a double", fraction("1e400"),
         "text: number out of range", "6 known; field_out_of_range gpu_cache_usage_perc"},
        {"a fraction of 1e-400", fraction("1e-400"), "record", "7 known"},
        {"a fraction of 100", fraction("100"), "record",
         "6 known; field_out_of_range gpu_cache_usage_perc"},
        {"a fraction of -0.5", fraction("-0.5"), "record",
         "6 known; field_out_of_range gpu_cache_usage_perc"},
        {"a fraction above 1 only as a double", fraction("1.00000001"), "record", "7 known"},
        {"a fraction of 20 digits before the point", fraction("18446744073709551616"), "record",
         "6 known; field_out_of_range gpu_cache_usage_perc"},
        {"a field missing", replaced(kMetrics, R"("kv_active_blocks":10234,)", ""),
         "missing field `kv_active_blocks`", "6 known; field_missing kv_active_blocks"},
    };
}

std::vector<RecordRow> rank_rows() {
    const auto rank = [](std::string_view value) {
        return replaced(kMetrics, "\"data_parallel_rank\":null",
                        "\"data_parallel_rank\":" + std::string(value));
    };
    return {
        {"a rank", rank("3"), "record", "7 known"},
        {"a rank missing", replaced(kMetrics, R"("data_parallel_rank":null,)", ""), "record",
         "7 known"},
        {"a rank of 2^32-1", rank("4294967295"), "record", "7 known"},
        {"a rank of 2^32", rank("4294967296"), "invalid value",
         "7 known; field_out_of_range data_parallel_rank"},
        {"a rank of -1", rank("-1"), "invalid type",
         "7 known; field_out_of_range data_parallel_rank"},
        {"a rank 0.0", rank("0.0"), "invalid type", "7 known; field_wrong_type data_parallel_rank"},
        {"a rank 0", rank("0"), "record", "7 known"},
        {"a rank as text", rank("\"0\""), "invalid type",
         "7 known; field_wrong_type data_parallel_rank"},
    };
}

std::vector<RecordRow> spec_rows() {
    const auto spec = [](std::string_view value) {
        return replaced(kMetrics, "\"spec_decode_stats\":null",
                        "\"spec_decode_stats\":" + std::string(value));
    };
    return {
        {"missing", replaced(kMetrics, ",\"spec_decode_stats\":null", ""), "record", "7 known"},
        {"empty: five nulls", spec("{}"), "record", "7 known"},
        {"all of it",
         spec(R"({"num_spec_tokens":4,"num_drafts":100,"num_draft_tokens":400,)"
              R"("num_accepted_tokens":260,"num_accepted_tokens_per_pos":[90,80]})"),
         "record", "7 known"},
        {"an array of all fields", spec("[4,100,400,260,[90]]"), "record", "7 known"},
        {"a text", spec("\"x\""), "invalid type", "7 known; field_wrong_type spec_decode_stats"},
        {"a float", spec(R"({"num_drafts":1.0})"), "invalid type",
         "7 known; field_wrong_type num_drafts"},
        {"above u32", spec(R"({"num_drafts":4294967296})"), "invalid value",
         "7 known; field_out_of_range num_drafts"},
        {"positions null", spec(R"({"num_accepted_tokens_per_pos":null})"), "record", "7 known"},
        {"positions no array", spec(R"({"num_accepted_tokens_per_pos":7})"), "invalid type",
         "7 known; field_wrong_type num_accepted_tokens_per_pos"},
        {"a bad position", spec(R"({"num_accepted_tokens_per_pos":[1,null,-1]})"), "invalid type",
         "7 known; field_null num_accepted_tokens_per_pos"},
    };
}

void check(const std::vector<RecordRow>& rows) {
    for (const RecordRow& row : rows) {
        EXPECT_THAT(strict_record(row.bytes, row.release), StartsWith(std::string(row.strict)))
            << row.what;
        EXPECT_EQ(liberal_record(row.bytes), row.liberal) << row.what;
    }
}

TEST(ForwardPassMetrics, FormsOfRecords) {
    check(form_rows());
}
TEST(ForwardPassMetrics, FieldsOfRecords) {
    check(field_rows());
}
TEST(ForwardPassMetrics, RanksOfRecords) {
    check(rank_rows());
}
TEST(ForwardPassMetrics, SpecDecodeOfRecords) {
    check(spec_rows());
}

struct RequiredField {
    std::string name;
    std::string value;  ///< In both records below.
    std::string type;
    std::string group;  ///< Of form B.
};

const std::vector<RequiredField> kRequired = {
    {"request_active_slots", "37", "u64", "worker_stats"},
    {"request_total_slots", "256", "u64", "worker_stats"},
    {"num_requests_waiting", "4", "u64", "worker_stats"},
    {"kv_active_blocks", "10234", "u64", "kv_stats"},
    {"kv_total_blocks", "27814", "u64", "kv_stats"},
    {"gpu_cache_usage_perc", "0.25", "f32", "kv_stats"},
    {"gpu_prefix_cache_hit_rate", "0.5", "f32", "kv_stats"}};

/// What the seed and the live view make of a record in which the text of one field is another.
void check_required(const std::string& good, DynamoRelease release, const RequiredField& field,
                    const std::string& where = {}) {
    const auto with = [&](const std::string& key, const std::string& value) {
        return replaced(good, '"' + field.name + "\":" + field.value, '"' + key + "\":" + value);
    };
    const std::string missing = with("renamed", field.value);
    EXPECT_EQ(strict_record(missing, release), "missing field `" + field.name + "`" + where);
    EXPECT_EQ(liberal_record(missing), "6 known; field_missing " + field.name);
    const std::string type =
        "invalid type, expected " + field.type + " in `" + field.name + "`" + where;
    const bool counts = field.type == "u64";
    EXPECT_EQ(strict_record(with(field.name, "0.0"), release), counts ? type : "record");
    EXPECT_EQ(liberal_record(with(field.name, "0.0")),
              counts ? "6 known; field_wrong_type " + field.name : "7 known");
    EXPECT_EQ(strict_record(with(field.name, "0"), release), "record");
    EXPECT_EQ(liberal_record(with(field.name, "0")), "7 known");
    for (const auto& [value, reason] : {std::pair{"null", "field_null "},
                                        {"\"7\"", "field_wrong_type "},
                                        {"true", "field_wrong_type "},
                                        {"[7]", "field_wrong_type "},
                                        {R"({"a":7})", "field_wrong_type "}}) {
        EXPECT_EQ(strict_record(with(field.name, value), release), type) << value;
        EXPECT_EQ(liberal_record(with(field.name, value)), "6 known; " + (reason + field.name))
            << value;
    }
}

TEST(ForwardPassMetrics, EveryRequiredFieldOfEveryForm) {
    constexpr DynamoRelease kA{0, 2, 1};
    constexpr DynamoRelease kARanked{0, 3, 1};
    const std::string flat = replaced(replaced(kFlat, "0.36794418", "0.25"), "0.4125", "0.5");
    const std::string ranked = replaced(flat, "{", R"({"data_parallel_rank":3,)");
    for (const RequiredField& field : kRequired) {
        SCOPED_TRACE(field.name);
        check_required(flat, kA, field);
        check_required(ranked, kARanked, field);
        check_required(std::string(kMetrics), {}, field, " in `" + field.group + "`");
    }
}

TEST(ForwardPassMetrics, EveryCountOfSpecDecode) {
    for (const std::string name :
         {"num_spec_tokens", "num_drafts", "num_draft_tokens", "num_accepted_tokens"}) {
        for (const auto& [value, strict, reason] :
             {std::tuple{"1.0", "invalid type", "field_wrong_type"},
              {"\"1\"", "invalid type", "field_wrong_type"},
              {"-1", "invalid type", "field_out_of_range"},
              {"4294967296", "invalid value", "field_out_of_range"}}) {
            const std::string bytes =
                replaced(kMetrics, "\"spec_decode_stats\":null",
                         R"("spec_decode_stats":{")" + name + "\":" + value + "}");
            EXPECT_THAT(strict_record(bytes, {}),
                        testing::AllOf(StartsWith(strict), HasSubstr("`" + name + "`")))
                << value;
            EXPECT_EQ(liberal_record(bytes), "7 known; " + (reason + (" " + name))) << value;
        }
    }
}

TEST(ForwardPassMetrics, SpecDecodeWithoutAWordIsAbsentAndEmptyIsThere) {
    const auto both = [](std::string_view spec) {
        const std::string bytes = replaced(kMetrics, ",\"spec_decode_stats\":null", spec);
        JsonValue value;
        detail::SerdeJsonReader reader(bytes);
        EXPECT_TRUE(reader.parse(value));
        const auto strict = decode_metrics_strictly(value);
        LoadEventParser parser;
        const auto liberal = parser.parse_record(bytes);
        EXPECT_TRUE(strict && liberal) << spec;
        return std::pair{strict ? strict->spec_decode_stats : std::nullopt,
                         liberal ? liberal->record.spec_decode : nullptr};
    };
    for (const char* absent : {"", R"(,"spec_decode_stats":null)"}) {
        const auto [strict, liberal] = both(absent);
        EXPECT_FALSE(strict) << absent;
        EXPECT_FALSE(liberal) << absent;
    }
    const auto [strict, liberal] = both(R"(,"spec_decode_stats":{})");
    EXPECT_EQ(strict, SpecDecodeStats{}) << "five nulls";
    ASSERT_TRUE(liberal);
    EXPECT_EQ(*liberal, SpecDecodeStats{});
}

TEST(ForwardPassMetrics, MorePositionsThanAreKeptAreUnknown) {
    std::string many = "[0";
    for (std::size_t i = 1; i <= kSpecPositionsMax; ++i) many += ",1";
    EXPECT_EQ(liberal_record(
                  replaced(kMetrics, "\"spec_decode_stats\":null",
                           R"("spec_decode_stats":{"num_accepted_tokens_per_pos":)" + many + "]}")),
              "7 known; field_out_of_range num_accepted_tokens_per_pos");
}

}  // namespace
}  // namespace muster
