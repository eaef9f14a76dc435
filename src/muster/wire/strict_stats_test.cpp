// Every rule of the two readings of service replies, one row each: the input, what the seed makes
// of it (strict) and why, what the live view makes of it (liberal) and what it counts. Those of
// load records are in forward_pass_metrics_test.cpp.
#include "muster/wire/strict_stats.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "muster/wire/detail/serde_json.hpp"
#include "muster/wire/service_reply.hpp"
#include "support/golden.hpp"
#include "support/wire_rows.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing_support::golden;
using testing_support::kMetrics;
using testing_support::replaced;
using testing_support::summary;

std::string liberal_reply(std::string_view bytes) {
    ServiceReplyParser parser;
    const auto reply = parser.parse_stats(bytes);
    if (!reply) {
        return std::string(name_of(reply.error().reason)) + " " + std::string(reply.error().what);
    }
    if (!reply->offers_load) return "offers no load";
    return summary(reply->record, reply->rejections);
}

/// What the seed makes of the first endpoint: "stats, metrics", or where and why it stops.
std::string strict_reply(std::string_view bytes, DynamoRelease release) {
    const auto service = decode_service_strictly(bytes, release);
    if (!service) return "reply: " + service.error().what;
    if (service->endpoints.empty()) return "no endpoint";
    if (!service->endpoints[0].stats) return "stats absent";
    const auto metrics = decode_metrics_strictly(service->endpoints[0].stats->data, release);
    return metrics ? "stats, metrics" : "data: " + metrics.error().what;
}

// --- the endpoint record -------------------------------------------------------------------------

std::string endpoint_text() {
    return R"({"name":"a_b-load_metrics-1f","subject":"a_b.load_metrics-1f","num_requests":0,)"
           R"("num_errors":0,"processing_time":0,"average_processing_time":0,"last_error":"",)"
           R"("data":)" +
           std::string(kMetrics) + R"(,"queue_group":"q"})";
}

std::string reply_text(const std::string& endpoint = endpoint_text()) {
    return R"({"type":"t","name":"a_b","id":"x","version":"0.0.1","started":"s","endpoints":[)" +
           endpoint + "]}";
}

struct ReplyRow {
    std::string_view what;
    std::string bytes;
    std::string_view strict;  ///< Beginning of strict_reply's text.
    std::string_view liberal;
    DynamoRelease release{};
};

std::vector<ReplyRow> endpoint_rows() {
    const auto with = [](std::string_view from, std::string_view to) {
        return reply_text(replaced(endpoint_text(), from, to));
    };
    const std::string no_data =
        replaced(endpoint_text(), "\"data\":" + std::string(kMetrics) + ",", "");
    return {
        {"complete", reply_text(), "stats, metrics", "7 known"},
        {"data null", reply_text(replaced(endpoint_text(), kMetrics, "null")),
         "data: invalid type, expected struct ForwardPassMetrics", "no load; bad_metrics data"},
        {"data missing", reply_text(no_data), "stats absent", "no load; bad_metrics data"},
        {"an unknown field", with(R"("last_error")", R"("new":{"a":[1]},"last_error")"),
         "stats, metrics", "7 known"},
        {"last_error missing", with(R"("last_error":"",)", ""), "stats absent", "7 known"},
        {"last_error null", with(R"("last_error":"")", R"("last_error":null)"), "stats absent",
         "7 known"},
        {"queue_group missing", with(R"(,"queue_group":"q")", ""), "stats absent", "7 known"},
        {"num_requests missing", with(R"("num_requests":0,)", ""), "stats absent", "7 known"},
        {"only name and subject", reply_text(R"({"name":"n","subject":"a_b.load_metrics-1f"})"),
         "stats absent", "no load; bad_metrics data"},
        {"a key of the group twice", with(R"("num_errors":0)", R"("num_errors":0,"num_errors":0)"),
         "stats absent", "7 known"},
        {"a key inside data twice: it was a generic value first, the last one wins",
         with(R"("kv_active_blocks":)", R"("kv_active_blocks":"x","kv_active_blocks":)"),
         "stats, metrics", "7 known"},
        {"a group inside data twice", with(R"("kv_stats":)", R"("kv_stats":{},"kv_stats":)"),
         "stats, metrics", "7 known"},
        {"data twice", with(R"("data":)", R"("data":null,"data":)"), "stats absent", "7 known"},
        {"subject missing", with(R"("subject":"a_b.load_metrics-1f",)", ""),
         "reply: missing field `subject`", "offers no load"},
        {"name missing", with(R"("name":"a_b-load_metrics-1f",)", ""),
         "reply: missing field `name`", "7 known"},
        {"subject null", with(R"("a_b.load_metrics-1f")", "null"),
         "reply: invalid type, expected a string in `subject`", "offers no load"},
        {"subject twice",
         with(R"("subject":"a_b.load_metrics-1f")",
              R"("subject":"a_b.load_metrics-1f","subject":"a_b.load_metrics-1f")"),
         "reply: duplicate field `subject`", "7 known"},
        {"an endpoint as an array", reply_text(R"(["n","a_b.load_metrics-1f"])"),
         "reply: invalid type: sequence", "offers no load"},
        {"an unknown field with a number out of range",
         with(R"("last_error")", R"("new":1e999,"last_error")"), "reply: number out of range",
         "7 known"},
    };
}

/// The numbers of the group: integers, all but the average of the first releases.
std::vector<ReplyRow> number_rows() {
    const auto with = [](std::string_view from, std::string_view to) {
        return reply_text(replaced(endpoint_text(), from, to));
    };
    return {
        {"average 1.5", with(R"(average_processing_time":0)", R"(average_processing_time":1.5)"),
         "stats absent", "7 known"},
        {"average 0.0", with(R"(average_processing_time":0)", R"(average_processing_time":0.0)"),
         "stats absent", "7 known"},
        {"average 1.5 of a release that reads a float",
         with(R"(average_processing_time":0)", R"(average_processing_time":1.5)"),
         "stats, metrics",
         "7 known",
         {0, 4, 0}},
        {"average 0.0 of a release that reads a float",
         with(R"(average_processing_time":0)", R"(average_processing_time":0.0)"),
         "stats, metrics",
         "7 known",
         {0, 4, 0}},
        {"average 0.0 of the first release that reads an integer",
         with(R"(average_processing_time":0)", R"(average_processing_time":0.0)"),
         "stats absent",
         "7 known",
         {0, 4, 1}},
        {"an integer average of such a release",
         reply_text(),
         "stats, metrics",
         "7 known",
         {0, 4, 0}},
        {"num_requests 0.0", with(R"("num_requests":0)", R"("num_requests":0.0)"), "stats absent",
         "7 known"},
        {"num_requests 0.0 of a release that reads the average as a float",
         with(R"("num_requests":0)", R"("num_requests":0.0)"),
         "stats absent",
         "7 known",
         {0, 4, 0}},
        {"num_errors 0.0", with(R"("num_errors":0)", R"("num_errors":0.0)"), "stats absent",
         "7 known"},
        {"processing_time 0.0", with(R"("processing_time":0)", R"("processing_time":0.0)"),
         "stats absent", "7 known"},
        {"num_errors negative", with(R"("num_errors":0)", R"("num_errors":-1)"), "stats absent",
         "7 known"},
        {"processing_time above u64",
         with(R"("processing_time":0)", R"("processing_time":18446744073709551616)"),
         "stats absent", "7 known"},
    };
}

std::vector<ReplyRow> service_rows() {
    const auto with = [](std::string_view from, std::string_view to) {
        return replaced(reply_text(), from, to);
    };
    const std::string positional = R"(["a_b","x","0.0.1","s",[)" + endpoint_text() + "]";
    return {
        {"endpoints null", with("[" + endpoint_text() + "]", "null"),
         "reply: invalid type, expected a sequence", "bad_service endpoints"},
        {"endpoints empty", reply_text(""), "no endpoint", "offers no load"},
        {"endpoints missing", R"({"name":"a_b","id":"x","version":"1","started":"s"})",
         "reply: missing field `endpoints`", "bad_service endpoints"},
        {"name missing", with(R"("name":"a_b",)", ""), "reply: missing field `name`",
         "bad_service name"},
        {"name null", with(R"("name":"a_b")", R"("name":null)"), "reply: invalid type",
         "bad_service name"},
        {"id missing", with(R"("id":"x",)", ""), "reply: missing field `id`", "bad_service id"},
        {"version missing", with(R"("version":"0.0.1",)", ""), "reply: missing field `version`",
         "7 known"},
        {"started missing", with(R"("started":"s",)", ""), "reply: missing field `started`",
         "7 known"},
        {"name twice", with(R"("name":"a_b")", R"("name":"a_b","name":"a_b")"),
         "reply: duplicate field `name`", "7 known"},
        {"as an array of all fields", positional + "]", "stats, metrics", "7 known"},
        {"as a shorter array", R"(["a_b","x","0.0.1","s"])", "reply: invalid length 4",
         "bad_service endpoints"},
        {"as a longer array", positional + ",1]", "reply: trailing characters", "7 known"},
        {"a scalar", "7", "reply: invalid type", "bad_service payload"},
        {"null", "null", "reply: invalid type", "bad_service payload"},
        {"a string", " \"a \\\" b\" ", "reply: invalid type", "bad_service payload"},
        {"words", "this is no JSON", "reply: ", "not_json payload"},
        {"a word that begins as a scalar", "nul", "reply: ", "not_json payload"},
        {"two scalars", "7 8", "reply: ", "not_json payload"},
        {"two strings", "\"a\" \"b\"", "reply: ", "not_json payload"},
        {"an ignored field that is deep",
         with(R"("t")", std::string(500, '[') + std::string(500, ']')), "stats, metrics",
         "7 known"},
        {"an ignored field with a number out of range", with(R"("t")", "1e999"), "stats, metrics",
         "7 known"},
        {"an ignored field that is cut", with(R"("t")", R"({"a":)"), "reply: ", "not_json payload"},
    };
}

std::vector<ReplyRow> text_rows() {
    std::string not_utf8 = reply_text();
    not_utf8.replace(not_utf8.find("a_b"), 1, "\xFF");
    return {
        {"empty", "", "reply: invalid type", "not_json payload"},
        {"blanks", "  \n", "reply: invalid type", "not_json payload"},
        {"not UTF-8", not_utf8, "reply: invalid unicode code point", "not_utf8 payload"},
        {"cut off", reply_text().substr(0, 400), "reply: ", "not_json payload"},
        {"text behind", reply_text() + "x", "reply: trailing characters", "not_json payload"},
        {"a second document", reply_text() + reply_text(), "reply: trailing characters",
         "not_json payload"},
        {"blanks around", " \n" + reply_text() + "\t ", "stats, metrics", "7 known"},
        {"a byte order mark", "\xEF\xBB\xBF" + reply_text(), "reply: invalid type",
         "not_json payload"},
        {"NaN", reply_text(replaced(endpoint_text(), "0.25", "NaN")), "reply: expected value",
         "not_json payload"},
        {"a trailing comma", reply_text(replaced(endpoint_text(), R"("q"})", R"("q",})")),
         "reply: trailing comma", "not_json payload"},
        {"a control character", replaced(reply_text(), R"("x")", "\"x\ny\""),
         "reply: control character", "not_json payload"},
        {"a lone surrogate", replaced(reply_text(), R"("x")", R"("\ud800")"),
         "reply: unexpected end of hex escape", "not_json payload"},
        {"data too deep for serde_json",
         reply_text(replaced(endpoint_text(), "\"spec_decode_stats\":null",
                             "\"x\":" + std::string(130, '[') + std::string(130, ']'))),
         "reply: recursion limit exceeded", "7 known"},
        {"data just deep enough",
         reply_text(replaced(endpoint_text(), "\"spec_decode_stats\":null",
                             "\"x\":" + std::string(123, '[') + std::string(123, ']'))),
         "stats, metrics", "7 known"},
    };
}

void check(const std::vector<ReplyRow>& rows) {
    for (const ReplyRow& row : rows) {
        EXPECT_THAT(strict_reply(row.bytes, row.release), StartsWith(std::string(row.strict)))
            << row.what;
        EXPECT_EQ(liberal_reply(row.bytes), row.liberal) << row.what;
    }
}

TEST(StrictStats, EndpointRecords) {
    check(endpoint_rows());
}
TEST(StrictStats, NumbersOfEndpoints) {
    check(number_rows());
}
TEST(StrictStats, ServiceRecords) {
    check(service_rows());
}
TEST(StrictStats, Texts) {
    check(text_rows());
}

// --- the numbers ---------------------------------------------------------------------------------

MetricsRecord recorded(const std::string& file) {
    const auto service = decode_service_strictly(golden("dynamo/0.5.1/" + file));
    EXPECT_TRUE(service) << file << ": " << service.error().what;
    const auto record = decode_metrics_strictly(service->endpoints.back().stats->data);
    EXPECT_TRUE(record) << file << ": " << record.error().what;
    return record.value_or(MetricsRecord{});
}

TEST(StrictStats, RecordedNumbers) {
    EXPECT_EQ(recorded("stats.nested-no-rank-no-spec.json"),
              (MetricsRecord{std::nullopt, 37, 256, 4, 10234, 27814, 0.36794418F, 0.4125F, {}}));
    EXPECT_EQ(recorded("stats.nested-rank-spec.json"),
              (MetricsRecord{3, 37, 256, 4, 10235, 27814, 0.1F, 0.4125F,
                             SpecDecodeStats{4, 100, 400, 260, {{90, 80, 60, 30}}}}));
    EXPECT_EQ(recorded("stats.extremes.json"),
              (MetricsRecord{4294967295U,
                             ~0ULL,
                             0,
                             0,
                             9007199254740993U,
                             ~0ULL,
                             std::numeric_limits<float>::denorm_min(),
                             std::numeric_limits<float>::max(),
                             {}}));
}

TEST(StrictStats, RecordedNansAreRefusedAsTheSeedDoes) {
    for (const char* file : {"stats.nan-hit-spec-nulls.json", "stats.inf-usage-negzero-hit.json"}) {
        const auto service = decode_service_strictly(golden(std::string("dynamo/0.5.1/") + file));
        ASSERT_TRUE(service);
        const auto record = decode_metrics_strictly(service->endpoints.back().stats->data);
        ASSERT_FALSE(record) << file;
        EXPECT_THAT(record.error().what, HasSubstr("expected f32"));
    }
}

TEST(StrictStats, RecordedRepliesOfEveryVersion) {
    const auto decode = [](const char* version, const char* file, DynamoRelease release) {
        const auto service =
            decode_service_strictly(golden(std::string("dynamo/") + version + "/" + file), release);
        EXPECT_TRUE(service) << version << ": " << service.error().what;
        return service.value_or(StrictServiceInfo{});
    };
    for (const auto& [version, release] : {std::pair{"0.1.1", DynamoRelease{0, 1, 1}},
                                           {"0.2.1", DynamoRelease{0, 2, 1}},
                                           {"0.3.1", DynamoRelease{0, 3, 1}},
                                           {"0.3.2", DynamoRelease{0, 3, 2}},
                                           {"0.4.1", DynamoRelease{0, 4, 1}}}) {
        std::size_t loads = 0;
        for (const auto& endpoint : decode(version, "stats.published.json", release).endpoints) {
            if (!endpoint.stats || endpoint.stats->data.is_null()) continue;
            ++loads;
            EXPECT_TRUE(decode_metrics_strictly(endpoint.stats->data, release)) << version;
        }
        EXPECT_EQ(loads, 1U) << version;
    }
    const auto late = decode("0.6.1", "stats.published.json", {0, 6, 1});
    EXPECT_TRUE(late.endpoints.at(0).stats->data.is_null());
    const auto newest = decode("1.6.1", "stats.request-plane-nats.json", {});
    EXPECT_FALSE(newest.endpoints.at(0).stats) << "without data the seed sees no stats";
}

TEST(StrictStats, FloatsNarrowAsInRust) {
    const auto usage = [](const std::string& number) {
        JsonValue value;
        const std::string text = "[[null,0,0,0],[0,0," + number + ",0],null]";
        detail::SerdeJsonReader reader(text);
        EXPECT_TRUE(reader.parse(value)) << reader.error();
        const auto record = decode_metrics_strictly(value);
        EXPECT_TRUE(record);
        return record.value_or(MetricsRecord{}).gpu_cache_usage_perc;
    };
    EXPECT_EQ(usage("1e39"), std::numeric_limits<float>::infinity());
    EXPECT_EQ(usage("-1e39"), -std::numeric_limits<float>::infinity());
    EXPECT_EQ(usage("3.4028235e38"), std::numeric_limits<float>::max());
    EXPECT_EQ(usage("3.4028235677973366e38"), std::numeric_limits<float>::infinity())
        << "half way to the next is infinite";
    EXPECT_EQ(usage("3.4028235677973362e38"), std::numeric_limits<float>::max());
    EXPECT_EQ(usage("16777217"), 16777216.0F);
    EXPECT_EQ(usage("18446744073709551616"), 18446744073709551616.0F);
    EXPECT_TRUE(std::signbit(usage("-0")));
    EXPECT_EQ(usage("0.10000000149011612"), 0.1F);
    EXPECT_EQ(usage("0e99999999999999999999"), 0.0F);
    EXPECT_EQ(usage("1e-99999999999999999999"), 0.0F);
}

TEST(StrictStats, DataKeepsItsOrderAndPrintsAsSerdeJson) {
    JsonValue value;
    detail::SerdeJsonReader reader(
        R"( {"b":[1,-2,1.0,1e-7,-0,null,true],"a":"\u00e4\n","b":{"x":18446744073709551616}} )");
    ASSERT_TRUE(reader.parse(value) && reader.end()) << reader.error();
    EXPECT_EQ(to_string(last_wins(value)),
              "{\"b\":{\"x\":1.8446744073709552e19},\"a\":\"\u00e4\\n\"}");
    EXPECT_EQ(to_string(*value.find("b")), "[1,-2,1.0,1e-7,-0.0,null,true]");
    EXPECT_EQ(value.find("c"), nullptr);
}

}  // namespace
}  // namespace muster
