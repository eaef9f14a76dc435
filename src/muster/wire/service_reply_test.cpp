// Replies as genuine workers sent them, value for value, and the judgement whose reply one is.
#include "muster/wire/service_reply.hpp"

#include <gmock/gmock.h>

#include "muster/base/limits.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::golden;

Load published_load() {
    Load load;
    load.set_count(LoadField::running, 37);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, 4);
    load.set_count(LoadField::kv_active_blocks, 10234);
    load.set_count(LoadField::kv_total_blocks, 27814);
    load.set_fraction(LoadField::kv_usage, 0.3679441809654236);
    load.set_fraction(LoadField::prefix_hit_rate, 0.4124999940395355);
    return load;
}

Load zeros() {
    Load load;
    for (std::size_t i = 0; i < 5; ++i) load.set_count(static_cast<LoadField>(i), 0);
    load.set_fraction(LoadField::kv_usage, 0.0);
    load.set_fraction(LoadField::prefix_hit_rate, 0.0);
    return load;
}

/// What `stats.rank-spec-nan.json` of every version says, hit rate unknown.
Load load_without_hit_rate() {
    Load load = published_load();
    load.set_count(LoadField::kv_active_blocks, 10235);
    load.set_fraction(LoadField::kv_usage, 0.10000000149011612);
    load.forget(LoadField::prefix_hit_rate);
    return load;
}

SpecDecodeStats recorded_spec(std::vector<std::uint32_t> positions) {
    return {4, 100, 400, 260, std::move(positions)};
}

struct Recorded {
    std::string version;
    std::string service;
    std::string service_id;
    std::uint64_t instance;
    std::int64_t started;
    std::optional<std::uint32_t> published_rank;
    bool has_ranks = false;
    bool all_files = true;
};

const Recorded kRecorded[] = {
    {"0.1.1", "lab_ver_0_1_1_01506685", "pxItmuNMMoELoxNzLZkvIY", 0x1eeea207cad8b712,
     1795427926620327931, std::nullopt},
    {"0.2.1", "lab_ver_0_2_1", "qu9GD7QcvGsfTWni5Wpby0", 0x1eeea207cad8b71b, 1795427944045319954,
     std::nullopt},
    {"0.3.1", "lab_x_0_3_1", "aHexEJr9CtAdbPpaRXNpS7", 0x1eeea207cad8b788, 1795428192774790880, 0U,
     true, false},
    {"0.3.2", "lab_ver_0_3_2", "FgOuplkuPFBDCZugHbeZjE", 0x1eeea207cad8b727, 1795427959074868366,
     std::nullopt, true},
    {"0.4.1", "lab_ver_0_4_1", "kokpuB6spujw1EDoy3NBAY", 0x1eeea207cad8b733, 1795427972287124438,
     std::nullopt, true},
};

class RecordedStats : public testing::TestWithParam<Recorded> {
protected:
    StatsReply parse(const std::string& file) {
        bytes_ = golden("dynamo/" + GetParam().version + "/" + file);
        auto reply = parser_.parse_stats(bytes_);
        EXPECT_TRUE(reply) << name_of(reply.error().reason) << " " << reply.error().what;
        return reply ? std::move(*reply) : StatsReply{};
    }
    ServiceReplyParser parser_;
    std::string bytes_;
};

TEST_P(RecordedStats, PublishedLoad) {
    const Recorded& recorded = GetParam();
    const StatsReply reply = parse("stats.published.json");
    EXPECT_EQ(reply.head.name, recorded.service);
    EXPECT_EQ(reply.head.id, recorded.service_id);
    EXPECT_EQ(reply.head.version, "0.0.1");
    EXPECT_EQ(reply.started, recorded.started);
    EXPECT_EQ(reply.instance_id, recorded.instance);
    EXPECT_EQ(reply.subject, endpoint_subject(recorded.service, kLoadEndpoint, recorded.instance));
    EXPECT_TRUE(reply.offers_load);
    EXPECT_EQ(reply.requests_total, 0U);
    ASSERT_TRUE(reply.record);
    EXPECT_EQ(reply.record->load, published_load());
    EXPECT_EQ(reply.record->rank, recorded.published_rank);
    EXPECT_EQ(reply.record->spec_decode, nullptr);
    EXPECT_THAT(reply.rejections, IsEmpty());
}

TEST_P(RecordedStats, BeforeFirstPublishAllIsZeroAndKnown) {
    if (!GetParam().all_files) return;
    const StatsReply reply = parse("stats.before-first-publish.json");
    ASSERT_TRUE(reply.record);
    EXPECT_EQ(reply.record->load, zeros());
    EXPECT_EQ(reply.record->rank, std::nullopt);
}

TEST_P(RecordedStats, ANanMakesOneFieldUnknown) {
    if (!GetParam().all_files) return;
    const StatsReply reply = parse("stats.rank-spec-nan.json");
    ASSERT_TRUE(reply.record);
    EXPECT_EQ(reply.record->load, load_without_hit_rate());
    EXPECT_THAT(reply.rejections,
                ElementsAre(Rejection{RejectReason::field_null, "gpu_prefix_cache_hit_rate"}));
    EXPECT_EQ(reply.record->rank,
              GetParam().has_ranks ? std::optional<std::uint32_t>(3) : std::nullopt);
    ASSERT_EQ(reply.record->spec_decode != nullptr, GetParam().has_ranks);
    if (GetParam().has_ranks) {
        EXPECT_EQ(*reply.record->spec_decode, recorded_spec({90, 80}));
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, RecordedStats, testing::ValuesIn(kRecorded),
                         [](const auto& test) {
                             std::string name = test.param.version;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

class ServiceReply : public testing::Test {
protected:
    std::expected<StatsReply, Rejection> parse(std::string text) {
        bytes_ = std::move(text);
        return parser_.parse_stats(bytes_);
    }
    StatsReply good(std::string text) {
        auto reply = parse(std::move(text));
        EXPECT_TRUE(reply) << name_of(reply.error().reason) << " " << reply.error().what << "\n"
                           << bytes_;
        return reply ? std::move(*reply) : StatsReply{};
    }
    RejectReason bad(std::string text) {
        const auto reply = parse(std::move(text));
        EXPECT_FALSE(reply) << bytes_;
        return reply ? RejectReason{} : reply.error().reason;
    }
    StatsReply recorded(const std::string& file) { return good(golden("dynamo/" + file)); }

    ServiceReplyParser parser_;
    std::string bytes_;
};

TEST_F(ServiceReply, Recorded051) {
    const StatsReply plain = recorded("0.5.1/stats.nested-no-rank-no-spec.json");
    EXPECT_EQ(plain.head.name, "lab_backend_x");
    EXPECT_EQ(plain.instance_id, 0x1eeea207cad8b605U);
    ASSERT_TRUE(plain.record);
    EXPECT_EQ(plain.record->load, published_load());
    EXPECT_EQ(plain.record->rank, std::nullopt);
    EXPECT_THAT(plain.rejections, IsEmpty());
    ASSERT_EQ(plain.endpoints.size(), 3U);
    EXPECT_EQ(plain.endpoints[0].name, "lab_backend_x-clear_kv_blocks-1eeea207cad8b605");
    EXPECT_EQ(plain.endpoints[1].data_json, "null");
    EXPECT_EQ(plain.endpoints[2].data_json.substr(0, 16), "{\"worker_stats\":");
    EXPECT_EQ(plain.endpoints[2].data_json.substr(plain.endpoints[2].data_json.size() - 25),
              "\"spec_decode_stats\":null}");

    const StatsReply ranked = recorded("0.5.1/stats.nested-rank-spec.json");
    ASSERT_TRUE(ranked.record);
    EXPECT_EQ(ranked.record->rank, 3U);
    ASSERT_TRUE(ranked.record->spec_decode);
    EXPECT_EQ(*ranked.record->spec_decode, recorded_spec({90, 80, 60, 30}));
    EXPECT_EQ(ranked.record->load.kv_active_blocks, 10235U);
    EXPECT_EQ(ranked.record->load.kv_usage, 0.10000000149011612);

    EXPECT_EQ(recorded("0.5.1/stats.before-first-publish.json").record->load, zeros());
}

TEST_F(ServiceReply, RecordedNanAndInfinity) {
    const StatsReply nan = recorded("0.5.1/stats.nan-hit-spec-nulls.json");
    ASSERT_TRUE(nan.record);
    EXPECT_EQ(nan.record->load.running, 1U);
    EXPECT_EQ(nan.record->load.kv_usage, 0.25);
    EXPECT_FALSE(nan.record->load.known.has(LoadField::prefix_hit_rate));
    ASSERT_TRUE(nan.record->spec_decode);
    EXPECT_EQ(*nan.record->spec_decode, SpecDecodeStats{}) << "five nulls: there, but unknown";
    EXPECT_THAT(nan.rejections,
                ElementsAre(Rejection{RejectReason::field_null, "gpu_prefix_cache_hit_rate"}));

    const StatsReply infinite = recorded("0.5.1/stats.inf-usage-negzero-hit.json");
    ASSERT_TRUE(infinite.record);
    EXPECT_FALSE(infinite.record->load.known.has(LoadField::kv_usage));
    EXPECT_EQ(infinite.record->load.fraction(LoadField::prefix_hit_rate), 0.0);
    EXPECT_FALSE(std::signbit(infinite.record->load.prefix_hit_rate));
    EXPECT_THAT(infinite.rejections,
                ElementsAre(Rejection{RejectReason::field_null, "gpu_cache_usage_perc"}));
}

TEST_F(ServiceReply, RecordedExtremes) {
    const StatsReply reply = recorded("0.5.1/stats.extremes.json");
    ASSERT_TRUE(reply.record);
    EXPECT_EQ(reply.record->rank, 4294967295U);
    Load load;
    load.set_count(LoadField::slots, 0);
    load.set_count(LoadField::waiting, 0);
    load.set_fraction(LoadField::kv_usage, 1.401298464324817e-45);
    EXPECT_EQ(reply.record->load, load);
    constexpr auto range = RejectReason::field_out_of_range;
    EXPECT_THAT(reply.rejections, ElementsAre(Rejection{range, "request_active_slots"},
                                              Rejection{range, "kv_active_blocks"},
                                              Rejection{range, "kv_total_blocks"},
                                              Rejection{range, "gpu_prefix_cache_hit_rate"}));
}

TEST_F(ServiceReply, RecordedRequestCounts) {
    const StatsReply reply = recorded("0.5.1/stats.after-5-generate-requests.json");
    EXPECT_EQ(reply.requests_total, 5U);
    EXPECT_EQ(reply.endpoints[1].num_requests, 5U);
    EXPECT_EQ(reply.endpoints[2].num_requests, 1U);
}

TEST_F(ServiceReply, RecordedStaticWorkerHasNoIdAndIsTaken) {
    const StatsReply reply = recorded("0.5.1/stats.static-worker.json");
    EXPECT_TRUE(reply.offers_load);
    EXPECT_EQ(reply.instance_id, std::nullopt);
    EXPECT_EQ(reply.head.id, "7GDhdkk8rAp4o2MXGifTFK");
    EXPECT_EQ(reply.subject, "lab_stat.load_metrics");
    EXPECT_EQ(reply.requests_total, 0U);
    EXPECT_EQ(reply.record->load, zeros());
}

TEST_F(ServiceReply, RecordedLaterVersionsOfferNoLoad) {
    for (const char* file : {"0.6.1/stats.published.json", "0.6.1/stats.before-first-publish.json",
                             "0.6.1/stats.rank-spec-nan.json"}) {
        const StatsReply reply = recorded(file);
        EXPECT_FALSE(reply.offers_load);
        EXPECT_EQ(reply.head.version, "0.6.1");
        EXPECT_EQ(reply.instance_id, 0x1eeea207cad8b757U);
        EXPECT_EQ(reply.subject, "lab_ver_0_6_1.generate-1eeea207cad8b757");
        EXPECT_EQ(reply.requests_total, 0U);
        EXPECT_FALSE(reply.record);
        EXPECT_THAT(reply.rejections, IsEmpty()) << "no load is no fault";
    }
    const StatsReply newest = recorded("1.6.1/stats.request-plane-nats.json");
    EXPECT_FALSE(newest.offers_load);
    EXPECT_EQ(newest.head.version, "1.6.1");
    EXPECT_EQ(newest.instance_id, 0x1eeea207cad8b7d8U);
    EXPECT_EQ(newest.endpoints[0].data_json, "");
}

TEST_F(ServiceReply, RecordedInfoAndPing) {
    const std::string info_bytes = golden("dynamo/0.5.1/info.json");
    const auto info = parser_.parse_info(info_bytes);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->head.name, "lab_backend_x");
    EXPECT_EQ(info->endpoints.size(), 3U);
    EXPECT_EQ(info->endpoints[2].subject, "lab_backend_x.load_metrics-1eeea207cad8b605");
    const auto name = component_of_description(info->description);
    ASSERT_TRUE(name);
    EXPECT_EQ(to_string(*name), "lab/BackEnd_x");
    EXPECT_TRUE(is_service_of(info->head.name, *name));

    for (const std::string version : {"0.1.1", "0.2.1", "0.3.2", "0.4.1", "0.6.1"}) {
        const std::string bytes = golden("dynamo/" + version + "/info.json");
        const auto reply = parser_.parse_info(bytes);
        ASSERT_TRUE(reply) << version;
        const auto component = component_of_description(reply->description);
        ASSERT_TRUE(component) << version;
        EXPECT_TRUE(is_service_of(reply->head.name, *component)) << version;
    }
    const std::string ping_bytes = golden("dynamo/0.5.1/ping.json");
    const auto ping = parser_.parse_ping(ping_bytes);
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->id, "vorotsp4pBO4c7Kcx9l8R0");
    EXPECT_EQ(ping->version, "0.0.1");
    EXPECT_EQ(parser_.parse_stats(ping_bytes).error(),
              (Rejection{RejectReason::bad_service, "endpoints"}));
}

// --- whose reply it is ---------------------------------------------------------------------------

std::string endpoint(const std::string& subject, const std::string& rest = "") {
    return R"({"name":"n","subject":")" + subject + "\"" + rest + "}";
}
std::string load(const std::string& subject) {
    return endpoint(subject, R"(,"data":{"kv_stats":{"kv_active_blocks":1},"worker_stats":{}})");
}
std::string reply_with(const std::string& endpoints) {
    return R"({"name":"a_b","id":"x","version":"1","started":"-","endpoints":[)" + endpoints + "]}";
}

TEST_F(ServiceReply, TheLoadEndpointIsMatchedExactly) {
    const auto reply =
        good(reply_with(endpoint("a_b.load_metrics_v2-1f") + "," +
                        endpoint("a_b.load_metricsX-1f") + "," + load("a_b.load_metrics-1F")));
    EXPECT_TRUE(reply.offers_load);
    EXPECT_EQ(reply.instance_id, 0x1fU);
    EXPECT_EQ(reply.subject, "a_b.load_metrics-1F");
    EXPECT_FALSE(good(reply_with(endpoint("a_b.load_metrics_v2-1f"))).offers_load);
}

TEST_F(ServiceReply, ASuffixThatIsNoIdIsForeign) {
    for (const char* subject : {"a_b.load_metrics-", "a_b.load_metrics-worker",
                                "a_b.load_metrics-0x1f", "a_b.load_metrics-10000000000000000"}) {
        const auto reply = parse(reply_with(load(subject)));
        ASSERT_FALSE(reply) << subject;
        EXPECT_EQ(reply.error(), (Rejection{RejectReason::foreign_subject, subject}));
    }
}

TEST_F(ServiceReply, AnotherIdThanTheOtherEndpointsIsForeign) {
    EXPECT_EQ(bad(reply_with(endpoint("a_b.generate-2f") + "," + load("a_b.load_metrics-1f"))),
              RejectReason::foreign_subject);
    EXPECT_EQ(bad(reply_with(load("a_b.load_metrics-1f") + "," + endpoint("a_b.other-2f"))),
              RejectReason::foreign_subject);
    EXPECT_EQ(bad(reply_with(load("a_b.load_metrics-1f") + "," + load("a_b.load_metrics-2f"))),
              RejectReason::foreign_subject)
        << "one process is one instance";
    EXPECT_EQ(bad(reply_with(load("a_b.load_metrics") + "," + endpoint("a_b.generate-1f"))),
              RejectReason::foreign_subject)
        << "no id, where the process has one";
    EXPECT_EQ(bad(reply_with(load("a_b.load_metrics") + "," + load("a_b.load_metrics-1f"))),
              RejectReason::foreign_subject);
}

TEST_F(ServiceReply, AStaticWorkerMayHaveNamesThatLookLikeIds) {
    const auto reply = good(reply_with(load("a_b.load_metrics") + "," + endpoint("a_b.add-face")));
    EXPECT_EQ(reply.instance_id, std::nullopt);
    EXPECT_TRUE(reply.offers_load);
}

TEST_F(ServiceReply, EndpointsOfAnotherServiceAreForeign) {
    EXPECT_EQ(bad(reply_with(load("other.load_metrics-1f"))), RejectReason::foreign_subject);
    const auto mixed =
        good(reply_with(load("other.load_metrics-2f") + "," + load("a_b.load_metrics-1f")));
    EXPECT_EQ(mixed.instance_id, 0x1fU) << "what is not of this service does not count";
}

TEST_F(ServiceReply, WithoutALoadEndpointTheIdComesFromTheOthers) {
    const auto reply = good(reply_with(endpoint("a_b.flush-1f") + "," +
                                       endpoint("a_b.generate-1f", R"(,"num_requests":7)")));
    EXPECT_FALSE(reply.offers_load);
    EXPECT_EQ(reply.instance_id, 0x1fU);
    EXPECT_EQ(reply.subject, "a_b.generate-1f");
    EXPECT_EQ(reply.requests_total, 7U);
    EXPECT_EQ(good(reply_with(endpoint("a_b.flush-1f"))).subject, "a_b.flush-1f");
    const auto empty = good(reply_with(""));
    EXPECT_EQ(empty.instance_id, std::nullopt);
    EXPECT_FALSE(empty.offers_load);
}

TEST_F(ServiceReply, OneBadEndpointAmongGoodOnes) {
    const auto reply = good(reply_with(R"({"name":"n"},5,null,{"subject":7},)" +
                                       load("a_b.load_metrics-1f") + R"(,{"subject":""})"));
    EXPECT_EQ(reply.endpoints.size(), 1U);
    EXPECT_EQ(reply.record->load.kv_active_blocks, 1U);
    EXPECT_EQ(reply.rejections[0], (Rejection{RejectReason::bad_service, "subject"}));
}

TEST_F(ServiceReply, OtherNamesOfEndpoints) {
    ServiceReplyParser parser({.load_endpoint = "my_load", .requests_endpoint = "serve"});
    const std::string text =
        reply_with(load("a_b.my_load-1f") + "," + endpoint("a_b.serve-1f", R"(,"num_requests":9)"));
    const auto reply = parser.parse_stats(text);
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->offers_load);
    EXPECT_EQ(reply->requests_total, 9U);
}

TEST_F(ServiceReply, TheOrderOfKeysDoesNotMatter) {
    const auto reply =
        good(R"({"endpoints":[{"data":{"kv_stats":{"kv_active_blocks":5},"worker_stats":{}},)"
             R"("subject":"a_b.load_metrics-1f"}],"id":"x","name":"a_b"})");
    EXPECT_EQ(reply.record->load.kv_active_blocks, 5U);
    EXPECT_EQ(reply.instance_id, 0x1fU);
    EXPECT_EQ(reply.started, std::nullopt);
}

TEST_F(ServiceReply, EscapesInKeysAndValuesAreRead) {
    const auto reply = good(
        R"({"n\u0061me":"a\u005fb","id":"x\ty","endpoints":[{"subject":"a_b.load_metrics\u002d1f",)"
        R"("data":{"kv_stats":{"kv_\u0061ctive_blocks":5},"worker_stats":{}}}]})");
    EXPECT_EQ(reply.head.name, "a_b");
    EXPECT_EQ(reply.head.id, "x\ty");
    EXPECT_EQ(reply.record->load.kv_active_blocks, 5U);
}

// --- what is no reply ----------------------------------------------------------------------------

TEST_F(ServiceReply, SizesHaveLimits) {
    std::string large = golden("dynamo/0.5.1/stats.nested-no-rank-no-spec.json");
    large.resize(kReplyBytesMax, ' ');
    EXPECT_TRUE(parse(large)) << "exactly the limit";
    EXPECT_EQ(bad(large + ' '), RejectReason::too_large);
    EXPECT_EQ(bad(std::string(kReplyBytesMax, '[')), RejectReason::not_json);
    const std::string long_name(kNameBytesMax + 1, 'n');
    EXPECT_EQ(bad(R"({"name":")" + long_name + R"(","id":"x","endpoints":[]})"),
              RejectReason::bad_service);
}

TEST_F(ServiceReply, TenThousandEndpointsAreRead) {
    std::string endpoints = load("a_b.load_metrics-1f");
    for (std::size_t i = 1; i < kEndpointsPerReplyMax; ++i) endpoints += R"(,{"subject":"a_b.e"})";
    EXPECT_EQ(good(reply_with(endpoints)).endpoints.size(), kEndpointsPerReplyMax);
    const auto more = parse(reply_with(endpoints + R"(,{"subject":"a_b.e"})"));
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error(), (Rejection{RejectReason::too_large, "endpoints"}));
}

TEST_F(ServiceReply, EveryCutIsRefused) {
    const std::string whole = golden("dynamo/0.5.1/stats.nested-rank-spec.json");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // A buffer of exactly that size, so that a sanitizer sees any read beyond it.
        const std::vector<char> cut(whole.data(), whole.data() + length);
        const auto reply = parser_.parse_stats({cut.data(), cut.size()});
        ASSERT_FALSE(reply) << length;
        ASSERT_EQ(reply.error().reason, RejectReason::not_json) << length;
    }
}

TEST_F(ServiceReply, NothingIsLeftOfTheReplyBefore) {
    recorded("0.5.1/stats.nested-rank-spec.json");
    EXPECT_EQ(bad(""), RejectReason::not_json);
    EXPECT_EQ(bad("{}"), RejectReason::bad_service);
    const auto reply = good(reply_with(""));
    EXPECT_THAT(reply.endpoints, IsEmpty());
    EXPECT_THAT(reply.rejections, IsEmpty());
    EXPECT_FALSE(reply.record);
}

TEST_F(ServiceReply, DeepNestingDoesNoHarm) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    const auto reply =
        good(reply_with(R"({"subject":"a_b.load_metrics-1f","x":)" + deep +
                        R"(,"data":{"kv_stats":{"kv_active_blocks":5,"y":)" + deep +
                        R"(,"kv_total_blocks":)" + deep + R"(},"worker_stats":{}}})"));
    EXPECT_EQ(reply.record->load.kv_active_blocks, 5U);
    EXPECT_FALSE(reply.record->load.known.has(LoadField::kv_total_blocks));
    EXPECT_EQ(bad(deep), RejectReason::bad_service);
}

TEST_F(ServiceReply, FractionsAreRightWithMoreDigitsThanSimdjsonReads) {
    std::string bytes = golden("dynamo/0.5.1/stats.nested-no-rank-no-spec.json");
    const std::string key = "\"gpu_prefix_cache_hit_rate\":";
    const std::size_t begin = bytes.find(key) + key.size();
    const std::size_t end = bytes.find('}', begin);
    bytes.replace(begin, end - begin, "0.1234567890123456789012345");
    const StatsReply reply = good(bytes);
    ASSERT_TRUE(reply.record);
    EXPECT_FLOAT_EQ(static_cast<float>(reply.record->load.prefix_hit_rate), 0.12345679F);
}

}  // namespace
}  // namespace muster
