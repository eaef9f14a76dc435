// The set and its aggregates: the seed's over the list, live mode's over the set.
#include "muster/dynamo/processed_endpoints.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace muster::dynamo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Endpoint engine(const std::string& subject, std::uint64_t blocks) {
    ForwardPassMetrics metrics;
    metrics.kv_stats.kv_active_blocks = blocks;
    return {.name = subject, .subject = subject, .data = LoadMetrics{metrics}};
}

TEST(FromList, CountsEveryEntryAndTheLastOfOneIdStands) {
    const auto set = ProcessedEndpoints::from_list({engine("s.load_metrics-1f", 10),
                                                    engine("s.load_metrics-2f", 20),
                                                    engine("s.load_metrics-1F", 60)});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->load_avg, 30.0);
    EXPECT_EQ(set->load_std, 21.602468994692867);
    EXPECT_THAT(set->worker_ids(), ElementsAre(WorkerId(0x1f), WorkerId(0x2f)));
    EXPECT_THAT(set->active_blocks(), ElementsAre(60, 20));
}

TEST(FromList, OverNothingIsNaNAndDiffersFromItself) {
    const auto set = ProcessedEndpoints::from_list({});
    ASSERT_TRUE(set);
    EXPECT_TRUE(std::isnan(set->load_avg));
    EXPECT_TRUE(std::isnan(set->load_std));
    EXPECT_FALSE(*set == *set);
}

TEST(FromList, RefusesWhereTheSeedPanics) {
    for (const char* subject : {"s.load_metrics", "s.load_metrics-", "s.load_metrics-0x1f",
                                "s.load_metrics-8000000000000000", "s.load_metrics-1 "}) {
        const auto set = ProcessedEndpoints::from_list({engine(subject, 1)});
        ASSERT_FALSE(set) << subject;
        EXPECT_EQ(set.error().kind, ErrorKind::bad_input);
        EXPECT_EQ(set.error().origin, ErrorOrigin::upstream);
        EXPECT_THAT(set.error().what, HasSubstr("invalid worker id"));
    }
    EXPECT_TRUE(ProcessedEndpoints::from_list({engine("s.load_metrics-7fffffffffffffff", 1)}));
    EXPECT_TRUE(ProcessedEndpoints::from_list({engine("s.load_metrics-+0001E", 1)}));
}

TEST(FromList, SumsInTheOrderOfTheListToTheLastBit) {
    // The smallest set whose deviation depends on the order of the sum.
    const auto first = ProcessedEndpoints::from_list(
        {engine("s.l-1", 0), engine("s.l-2", 3), engine("s.l-3", 10)});
    ASSERT_TRUE(first);
    bool differs = false;
    std::vector<std::uint64_t> blocks{0, 3, 10};
    do {
        const auto other = ProcessedEndpoints::from_list(
            {engine("s.l-1", blocks[0]), engine("s.l-2", blocks[1]), engine("s.l-3", blocks[2])});
        EXPECT_NEAR(other->load_std, 4.189935029992178, 1e-14);
        differs = differs || other->load_std != first->load_std;
    } while (std::next_permutation(blocks.begin(), blocks.end()));
    EXPECT_TRUE(differs);
}

TEST(FromSet, D01OverNothingIsZeroAndEqualsItself) {
    const ProcessedEndpoints set = ProcessedEndpoints::from_set({});
    EXPECT_EQ(set.load_avg, 0.0);
    EXPECT_EQ(set.load_std, 0.0);
    EXPECT_TRUE(set == ProcessedEndpoints{});
}

TEST(FromSet, D09D10CountsEachWorkerOnceInIdOrder) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> workers{{1, 0}, {2, 3}, {3, 10}};
    const auto build = [&] {
        std::map<WorkerId, Endpoint> set;
        for (const auto& [id, blocks] : workers) set.insert_or_assign(id, engine("s", blocks));
        return ProcessedEndpoints::from_set(std::move(set));
    };
    const ProcessedEndpoints first = build();
    do {
        EXPECT_TRUE(build() == first);
    } while (std::next_permutation(workers.begin(), workers.end()));
    EXPECT_EQ(first.endpoints.size(), 3U);
}

TEST(FromSet, UnknownBlocksAreNotZeroBlocks) {
    Endpoint silent_about_blocks = engine("s-2", 0);
    ForwardPassMetrics metrics;
    metrics.known.remove(LoadField::kv_active_blocks);
    silent_about_blocks.data.value = metrics;
    const ProcessedEndpoints set =
        ProcessedEndpoints::from_set({{1, engine("s-1", 40)}, {2, silent_about_blocks}});
    EXPECT_EQ(set.load_avg, 40.0);
    EXPECT_EQ(set.load_std, 0.0);
    EXPECT_EQ(set.endpoints.size(), 2U);
}

TEST(ProcessedEndpoints, DefaultIsEmptyWithZeroes) {
    const ProcessedEndpoints set;
    EXPECT_TRUE(set.endpoints.empty());
    EXPECT_EQ(set.load_avg, 0.0);
    EXPECT_EQ(set.load_std, 0.0);
    EXPECT_EQ(LoadMetrics{}.kv_active_blocks(), 0U);
    EXPECT_NE(LoadMetrics{}.predictive_load_metrics(), nullptr);
}

TEST(ProcessedEndpoints, FindsTheFirstRankOfAWorker) {
    const ProcessedEndpoints set =
        ProcessedEndpoints::from_set({{WorkerId(7, 1), engine("s-7", 11)},
                                      {WorkerId(7, 0), engine("s-7", 10)},
                                      {WorkerId(8), engine("s-8", 20)}});
    ASSERT_NE(set.find(7), nullptr);
    EXPECT_EQ(set.find(7)->data.kv_active_blocks(), 10U);
    EXPECT_EQ(set.find(8)->data.kv_active_blocks(), 20U);
    EXPECT_EQ(set.find(9), nullptr);
    EXPECT_EQ(to_string(WorkerId(7, 1)), "7/1");
    EXPECT_EQ(to_string(WorkerId(8)), "8");
    EXPECT_EQ(to_string(WorkerId(0, {}, "bdu7nA8tbhy9mEkxIWlkBA")), "bdu7nA8tbhy9mEkxIWlkBA");
}

}  // namespace
}  // namespace muster::dynamo
