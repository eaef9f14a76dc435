// Merging one window's replies, and the steps of the seed's loop between scrape and publication.
#include "muster/dynamo/service_set.hpp"

#include <gmock/gmock.h>

#include "muster/dynamo/exact_loop.hpp"
#include "support/golden.hpp"

namespace muster::dynamo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string endpoint(const std::string& subject, const std::string& data) {
    return R"({"name":"n","subject":")" + subject +
           R"(","num_requests":0,"num_errors":0,"processing_time":0,)"
           R"("average_processing_time":0,"last_error":"","queue_group":"q")" +
           (data.empty() ? "" : ",\"data\":" + data) + "}";
}

std::string reply(const std::string& endpoints) {
    return R"({"name":"s","id":"i","version":"0.0.1","started":"x","endpoints":[)" + endpoints +
           "]}";
}

std::string metrics(int blocks) {
    return R"({"worker_stats":{"request_active_slots":1,"request_total_slots":2,)"
           R"("num_requests_waiting":0},"kv_stats":{"kv_active_blocks":)" +
           std::to_string(blocks) +
           R"(,"kv_total_blocks":100,"gpu_cache_usage_perc":0.5,)"
           R"("gpu_prefix_cache_hit_rate":0.25}})";
}

std::vector<std::string> subjects(const std::vector<EndpointInfo>& endpoints) {
    std::vector<std::string> all;
    for (const EndpointInfo& e : endpoints) all.push_back(e.subject);
    return all;
}

TEST(ServiceSet, ListsEndpointsByArrivalThenByPlaceWithDuplicates) {
    ServiceSet set;
    EXPECT_TRUE(set.add(reply(endpoint("s.b-2", "null") + "," + endpoint("s.a-2", "null"))));
    EXPECT_TRUE(set.add(reply(endpoint("s.b-1", "null"))));
    EXPECT_TRUE(set.add(reply(endpoint("s.b-2", "null"))));
    EXPECT_THAT(set.services(), SizeIs(3));
    EXPECT_THAT(subjects(set.into_endpoints()), ElementsAre("s.b-2", "s.a-2", "s.b-1", "s.b-2"));
    EXPECT_TRUE(set.into_endpoints().empty());
}

TEST(ServiceSet, PassesOverEmptyMessagesAndDropsBadOnesWhole) {
    ServiceSet set;
    EXPECT_TRUE(set.add(""));
    const auto bad = set.add(reply(endpoint("s.a-1", "null") + R"(,{"name":"no subject"})"));
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().what, HasSubstr("subject"));
    EXPECT_FALSE(set.add("{"));
    EXPECT_TRUE(set.into_endpoints().empty());
}

TEST(KeepPrefixed, LetsLongerNamesThrough) {
    ServiceSet set;
    ASSERT_TRUE(set.add(reply(
        endpoint("s.load_metrics-1f", "null") + "," + endpoint("s.load_metrics_v2-1f", "null") +
        "," + endpoint("s.load_metrics", "null") + "," + endpoint("s.generate-1f", "null") + "," +
        endpoint("S.load_metrics-1f", "null"))));
    EXPECT_THAT(subjects(keep_prefixed(set.into_endpoints(), "s.load_metrics")),
                ElementsAre("s.load_metrics-1f", "s.load_metrics_v2-1f", "s.load_metrics"));
}

TEST(WithLoads, LeavesOutSilentlyWithoutStatsAndAloudWithoutALoad) {
    ServiceSet set;
    ASSERT_TRUE(set.add(reply(endpoint("s.l-1", metrics(7)) + "," + endpoint("s.l-2", "") + "," +
                              endpoint("s.l-3", "null") + "," + endpoint("s.l-4", "{}") + "," +
                              endpoint("s.l-5", metrics(9)))));
    std::vector<std::string> skipped;
    const std::vector<Endpoint> kept =
        with_loads(set.into_endpoints(), {},
                   [&](const EndpointInfo& e, const Error&) { skipped.push_back(e.subject); });
    ASSERT_THAT(kept, SizeIs(2));
    EXPECT_EQ(kept[0].subject, "s.l-1");
    ASSERT_NE(kept[0].data.engine_load_metrics(), nullptr);
    EXPECT_EQ(kept[0].data.kv_active_blocks(), 7U);
    EXPECT_EQ(kept[1].data.engine_load_metrics()->kv_stats.gpu_prefix_cache_hit_rate, 0.25F);
    EXPECT_THAT(skipped, ElementsAre("s.l-3", "s.l-4"));
}

TEST(WithoutLoads, KeepsAllWithTheDefaultLoad) {
    ServiceSet set;
    ASSERT_TRUE(set.add(reply(endpoint("s.l-1", metrics(7)) + "," + endpoint("s.l-2", ""))));
    const std::vector<Endpoint> kept = without_loads(set.into_endpoints());
    ASSERT_THAT(kept, SizeIs(2));
    for (const Endpoint& e : kept) EXPECT_EQ(e.data, LoadMetrics{});
}

TEST(ShouldSend, TheFirstAndWhatDiffersByIeeeComparison) {
    ProcessedEndpoints set;
    EXPECT_TRUE(should_send(std::nullopt, set));
    EXPECT_FALSE(should_send(set, set));
    ProcessedEndpoints negative = set;
    negative.load_avg = -0.0;
    EXPECT_FALSE(should_send(set, negative));
    const ProcessedEndpoints empty = *ProcessedEndpoints::from_list({});
    EXPECT_TRUE(should_send(empty, empty)) << "NaN differs from itself: D-01";
}

TEST(EndpointInfo, ReadsARecordedReply) {
    ServiceSet set;
    ASSERT_TRUE(set.add(testing_support::golden("dynamo/0.5.1/stats.nested-rank-spec.json")));
    const std::vector<EndpointInfo> all = set.into_endpoints();
    std::size_t decoded = 0;
    for (const EndpointInfo& info : all) {
        EXPECT_TRUE(info.id()) << info.subject;
        if (const auto load = info.decode()) {
            ++decoded;
            EXPECT_TRUE(load->worker_stats.data_parallel_rank);
            EXPECT_TRUE(load->spec_decode_stats);
        }
    }
    EXPECT_EQ(decoded, 1U);
}

}  // namespace
}  // namespace muster::dynamo
