// The seed's diseases D-01 to D-24 on a real nats-server: where live mode is cured of one, the test
// that shows it; for the gravest, beside it, the exact loop that still has it.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <optional>
#include <thread>

#include "dynamo_responder.hpp"

namespace muster::dynamo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::steady_now;
using testing::wait_until;

/// A service record with one endpoint of any subject, its data as of worker `blocks`.
std::string reply_with_subject(const std::string& subject, std::uint64_t blocks) {
    std::string text = stats_of({.id = 0xdead, .blocks = blocks, .endpoints = {"load_metrics"}});
    const std::string own = "ns_comp.load_metrics-dead";
    const std::size_t at = text.find(own);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, own.size(), subject);
}

TEST(DynamoLive, D01_AnEmptyFleetIsZeroesAndNoChange) {
    const Scene scene(Mode::live);
    const auto aggregator = scene.aggregator();
    auto watcher = aggregator.endpoints_watcher();
    ASSERT_EQ(watcher.changed(kPatience), Changed::changed) << "it was asked: nobody is there";
    EXPECT_TRUE(*watcher.borrow() == ProcessedEndpoints{});
    ASSERT_TRUE(scene.responder.wait_questions(6));
    EXPECT_FALSE(watcher.has_changed());
}

TEST(DynamoExact, D02_ASubjectWithoutIdEndsTheLoopForGood) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    auto watcher = aggregator.endpoints_watcher();
    EXPECT_EQ(watcher.changed(0ms), Changed::changed);
    scene.responder.answer(
        {stats_of({.id = 1, .blocks = 9}), reply_with_subject("ns_comp.load_metrics", 1)});
    EXPECT_EQ(watcher.changed(kPatience), Changed::closed);
    EXPECT_EQ(watcher.borrow()->load_avg, 7.0) << "the last set, for ever";
}

TEST(DynamoLive, D02_ASubjectWithoutIdDisturbsNobody) {
    Scene scene(Mode::live);
    scene.responder.answer({stats_of({.id = 1, .blocks = 7}),
                            reply_with_subject("ns_comp.load_metrics-xyz", 1),
                            stats_of({.id = 0xffffffffffffffff, .blocks = 8, .service_id = "b"})});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 2));
    scene.responder.answer(
        {stats_of({.id = 1, .blocks = 9}), reply_with_subject("ns_comp.load_metrics-xyz", 1)});
    ASSERT_TRUE(set_becomes(aggregator, [](const auto& set) {
        const Endpoint* worker = set.find(1);
        return worker != nullptr && worker->data.kv_active_blocks() == 9;
    }));
}

TEST(DynamoLive, D02_AStaticWorkerIsListedByItsName) {
    Scene scene(Mode::live);
    std::string reply = reply_with_subject("ns_comp.load_metrics", 5);
    scene.responder.answer({reply});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    const ProcessedEndpoints set = aggregator.get_endpoints();
    EXPECT_EQ(set.endpoints.begin()->first.id, 0U);
    EXPECT_EQ(set.endpoints.begin()->first.static_name, "bdu7nA8tbhy9mEkxIWlkBA");
    EXPECT_EQ(set.endpoints.begin()->second.subject, "ns_comp.load_metrics");
}

TEST(DynamoExact, D05_ABrokerAwayIsAnEmptyFleet) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    scene.server.kill();
    EXPECT_TRUE(size_becomes(aggregator, 0));
    EXPECT_TRUE(std::isnan(aggregator.endpoints()->load_avg));
    EXPECT_EQ(aggregator.source_state(), std::nullopt) << "and it does not know better";
    EXPECT_EQ(aggregator.oldest_age(), std::nullopt);
}

TEST(DynamoLive, D03_D05_WhileTheBrokerIsAwayTheSetStaysAndAges) {
    Scene scene(Mode::live);
    scene.responder.answer_workers(
        {{.id = 1, .blocks = 7, .service_id = "a"}, {.id = 2, .blocks = 9, .service_id = "b"}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 2));
    EXPECT_EQ(aggregator.source_state(), SourceState::connected);
    ASSERT_TRUE(aggregator.oldest_age());
    bool ever_smaller = false;
    const auto until = [&](const std::function<bool()>& condition) {
        return wait_until(kPatience, [&] {
            ever_smaller = ever_smaller || aggregator.endpoints()->endpoints.size() < 2;
            return condition();
        });
    };
    scene.server.kill();
    EXPECT_TRUE(until([&] { return aggregator.source_state() != SourceState::connected; }));
    EXPECT_TRUE(until([&] { return aggregator.oldest_age().value_or(0s) > 3s; }))
        << "beyond what is stale";
    scene.server.restart();
    EXPECT_TRUE(until([&] { return aggregator.source_state() == SourceState::connected; }));
    EXPECT_TRUE(until([&] { return aggregator.oldest_age().value_or(1h) < 1s; }));
    EXPECT_FALSE(ever_smaller);
}

TEST(DynamoLive, D06_ABadFieldIsUnknownAndTheWorkerStays) {
    Scene scene(Mode::live);
    FakeWorker worker{.id = 1, .blocks = 7};
    worker.record.gpu_prefix_cache_hit_rate = std::numeric_limits<float>::quiet_NaN();
    scene.responder.answer_workers({worker});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    const EndpointsPtr set = aggregator.endpoints();
    const ForwardPassMetrics* load = set->find(1)->data.engine_load_metrics();
    ASSERT_NE(load, nullptr);
    EXPECT_FALSE(load->known.has(LoadField::prefix_hit_rate));
    EXPECT_TRUE(load->known.has(LoadField::kv_active_blocks));
    EXPECT_EQ(set->load_avg, 7.0);
}

TEST(DynamoLive, D07_RanksOfOneProcessAreWorkersOfTheirOwn) {
    Scene scene(Mode::live);
    const auto rank_speaks = [&](std::uint32_t rank) {
        FakeWorker worker{.id = 1, .blocks = 10 + rank};
        worker.record.data_parallel_rank = rank;
        scene.responder.answer_workers({worker});
    };
    rank_speaks(0);
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    rank_speaks(1);
    ASSERT_TRUE(size_becomes(aggregator, 2));
    EXPECT_THAT(aggregator.get_endpoints().worker_ids(),
                ElementsAre(WorkerId(1, 0), WorkerId(1, 1)));
    EXPECT_THAT(aggregator.get_endpoints().active_blocks(), ElementsAre(10, 11));
}

TEST(DynamoLive, D08_AnEndpointWithALongerNameIsAnotherOne) {
    Scene scene(Mode::live);
    scene.responder.answer(
        {stats_of({.id = 1, .blocks = 7, .endpoints = {"load_metrics_v2", "load_metrics"}}),
         stats_of({.id = 2, .endpoints = {"load_metrics_v2"}, .service_id = "b"})});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    ASSERT_TRUE(scene.responder.wait_questions(4));
    EXPECT_THAT(aggregator.get_endpoints().worker_ids(), ElementsAre(WorkerId(1)));
    EXPECT_EQ(aggregator.get_endpoints().find(1)->subject, "ns_comp.load_metrics-1");
}

TEST(DynamoLive, D11_AnAnswerIsShownWithoutWaitingForAWindow) {
    Scene scene(Mode::live);
    scene.responder.answer_workers({{.id = 1, .blocks = 1}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    Duration shortest = kPatience;
    for (std::uint64_t blocks = 2; blocks < 8; ++blocks) {
        scene.responder.answer_workers({{.id = 1, .blocks = blocks}});
        ASSERT_TRUE(set_becomes(aggregator, [&](const auto& set) {
            return set.load_avg == static_cast<double>(blocks);
        }));
        shortest = std::min(shortest, steady_now() - scene.responder.questions().back());
    }
    EXPECT_LT(shortest, 200ms) << "the seed shows none before its 300 ms are over";
}

TEST(DynamoLive, D12_AStopIsSeenAtOnceEvenWithADeadBroker) {
    Scene scene(Mode::live);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    auto aggregator = std::optional(scene.aggregator());
    ASSERT_TRUE(size_becomes(*aggregator, 1));
    auto watcher = aggregator->endpoints_watcher();
    EXPECT_EQ(watcher.changed(0ms), Changed::changed);
    scene.server.pause();
    const Time before = steady_now();
    scene.stop.request_stop();
    EXPECT_EQ(watcher.changed(kPatience), Changed::closed);
    aggregator.reset();
    EXPECT_LT(steady_now() - before, 1s);
    scene.server.resume();
}

TEST(DynamoLive, D13_NobodyIsAskedForAReaderThatIsGone) {
    Scene scene(Mode::live);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    {
        const auto aggregator = scene.aggregator();
        ASSERT_TRUE(size_becomes(aggregator, 1));
    }
    // The end of the collection closed its connection: what it had asked has arrived by the time a
    // scrape is answered; from then on there is only the scrape's own question.
    ASSERT_TRUE(collect_endpoints(scene.component(), "ns_comp", 100ms));
    const std::size_t questions = scene.responder.questions().size();
    ASSERT_TRUE(collect_endpoints(scene.component(), "ns_comp", 900ms));
    EXPECT_EQ(scene.responder.questions().size(), questions + 1);
}

TEST(DynamoLive, D14_ManyReadersAskOnce) {
    Scene scene(Mode::live);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    std::vector<KvMetricsAggregator> readers;
    for (int i = 0; i < 5; ++i) readers.push_back(scene.aggregator());
    for (const auto& reader : readers) ASSERT_TRUE(size_becomes(reader, 1));
    const std::size_t before = scene.responder.questions().size();
    const Time start = steady_now();
    ASSERT_TRUE(scene.responder.wait_questions(before + 8));
    // Five that ask for themselves every 250 ms need 400 ms for eight questions, one needs 2 s.
    EXPECT_GT(steady_now() - start, 1s);
}

TEST(DynamoLive, D15_AReplyOfAnotherServiceIsNotTaken) {
    Scene scene(Mode::live);
    std::string stranger = stats_of({.id = 2, .blocks = 99, .service_id = "b"});
    const std::string name = R"("name":"ns_comp")";
    stranger.replace(stranger.find(name), name.size(), R"("name":"stranger")");
    scene.responder.answer({stats_of({.id = 1, .blocks = 7}), stranger});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    ASSERT_TRUE(scene.responder.wait_questions(4));
    EXPECT_THAT(aggregator.get_endpoints().worker_ids(), ElementsAre(WorkerId(1)));
}

TEST(DynamoLive, D17_AWorkerThatStartsIsListedButHasNoLoad) {
    Scene scene(Mode::live);
    const std::string zeros =
        R"({"worker_stats":{"data_parallel_rank":null,"request_active_slots":0,)"
        R"("request_total_slots":0,"num_requests_waiting":0},"kv_stats":{"kv_active_blocks":0,)"
        R"("kv_total_blocks":0,"gpu_cache_usage_perc":0.0,"gpu_prefix_cache_hit_rate":0.0},)"
        R"("spec_decode_stats":null})";
    scene.responder.answer({stats_of({.id = 1, .blocks = 7}),
                            stats_of({.id = 2, .data_json = zeros, .service_id = "b"})});
    const auto loads = scene.aggregator();
    const auto all = EndpointCollector::start(scene.component(), scene.stop.get_token());
    ASSERT_TRUE(all);
    ASSERT_TRUE(size_becomes(*all, 2)) << "every live instance that offers generate, load or not";
    ASSERT_TRUE(size_becomes(loads, 1));
    EXPECT_THAT(loads.get_endpoints().worker_ids(), ElementsAre(WorkerId(1)));
}

TEST(DynamoLive, D18_EveryQuestionHasAReplySubject) {
    Scene scene(Mode::live);
    const auto aggregator = scene.aggregator();
    const auto all = EndpointCollector::start(scene.component(), scene.stop.get_token());
    ASSERT_TRUE(collect_endpoints(scene.component(), "", 50ms));
    ASSERT_TRUE(scene.responder.wait_questions(10));
    EXPECT_EQ(scene.responder.reply_less(), 0U);
}

TEST(DynamoLive, D19_TheLatestSetIsReadWithoutACopy) {
    Scene scene(Mode::live);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    EXPECT_EQ(aggregator.endpoints(), aggregator.endpoints());
    EXPECT_EQ(aggregator.endpoints(), aggregator.endpoints_watcher().borrow());
}

TEST(DynamoLive, D20_EachComingAndGoingIsTold) {
    Scene scene(Mode::live);
    const auto aggregator = scene.aggregator();
    const auto told = [&](std::string_view words) {
        return scene.log.count(LogLevel::debug, words);
    };
    ASSERT_TRUE(wait_until(kPatience, [&] { return told("no worker offers ns_comp") == 1; }));
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    ASSERT_TRUE(wait_until(kPatience, [&] { return told("found 1 of ns_comp") == 1; }));
    scene.responder.answer({});
    ASSERT_TRUE(wait_until(kPatience, [&] { return told("no worker offers ns_comp") == 2; }));
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    ASSERT_TRUE(wait_until(kPatience, [&] { return told("found 1 of ns_comp") == 2; }));
}

TEST(DynamoLive, D21_TheIntervalIsTheUsers) {
    const Scene scene(Mode::exact);  // For its server and responder.
    RuntimeOptions options;
    options.connect.servers = {scene.server.url()};
    options.collector.rules.interval = 2s;
    const auto runtime = Runtime::start(options);
    ASSERT_TRUE(runtime);
    const auto slow = KvMetricsAggregator::start(*(*runtime)->component("ns", "comp"), {});
    ASSERT_TRUE(slow);
    ASSERT_TRUE(scene.responder.wait_questions(3));
    const std::vector<Time> questions = scene.responder.questions();
    EXPECT_GT(questions[2] - questions[1], 1s);
}

TEST(DynamoLive, D24_ARecordThatIsNullIsToldOnceNotEveryRound) {
    Scene scene(Mode::live);
    scene.responder.answer({stats_of({.id = 1, .data_json = "null"})});
    const auto aggregator = scene.aggregator();
    const auto told = [&] { return scene.log.count(LogLevel::warning, "not taken"); };
    ASSERT_TRUE(wait_until(kPatience, [&] { return told() > 0; }));
    const std::size_t asked = scene.responder.questions().size();
    ASSERT_TRUE(scene.responder.wait_questions(asked + 6));
    EXPECT_EQ(told(), 1U);
    EXPECT_TRUE(aggregator.endpoints()->endpoints.empty());
}

}  // namespace
}  // namespace muster::dynamo
