// The seed's requirements MA-01 to MA-19, one test each, on a real nats-server. Those that hold in
// both modes run in both; the others say in which. docs/guide/dynamo_face.md has the table.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <iterator>
#include <optional>
#include <thread>

#include "dynamo_responder.hpp"

namespace muster::dynamo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::steady_now;
using testing::wait_until;

std::ptrdiff_t thread_count() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

class DynamoBothModes : public ::testing::TestWithParam<Mode> {};

TEST_P(DynamoBothModes, MA01_StartsOneTaskAndReturnsAtOnce) {
    const Scene scene(GetParam());
    // A first collector makes the threads that all share (live mode: the source's).
    const auto aggregator = scene.aggregator();
    const auto shared_first = EndpointCollector::start(scene.component(), scene.stop.get_token());
    ASSERT_TRUE(shared_first);
    const auto has_its_threads = [](const EndpointsCollection& collection) {
        return GetParam() == Mode::exact || collection.source_state() == SourceState::connected;
    };
    ASSERT_TRUE(wait_until(
        kPatience, [&] { return has_its_threads(aggregator) && has_its_threads(*shared_first); }));
    const std::ptrdiff_t threads = thread_count();
    const Time before = steady_now();
    auto second = KvMetricsAggregator::start(scene.component(), scene.stop.get_token());
    auto collector = EndpointCollector::start(scene.component(), scene.stop.get_token());
    EXPECT_LT(steady_now() - before, 100ms) << "shorter than any scrape";
    ASSERT_TRUE(second && collector);
    EXPECT_EQ(thread_count(), threads + 2);
}

TEST_P(DynamoBothModes, MA01_TheTwoCollectorsDifferInTheEndpointsName) {
    Scene scene(GetParam());
    scene.responder.answer_workers(
        {{.id = 1, .endpoints = {"generate"}, .service_id = "a"},
         {.id = 2, .blocks = 5, .endpoints = {"load_metrics"}, .service_id = "b"}});
    const auto loads = scene.aggregator();
    const auto all = EndpointCollector::start(scene.component(), scene.stop.get_token());
    ASSERT_TRUE(size_becomes(loads, 1) && size_becomes(*all, 1));
    EXPECT_THAT(loads.get_endpoints().worker_ids(), ElementsAre(WorkerId(2)));
    EXPECT_THAT(all->get_endpoints().worker_ids(), ElementsAre(WorkerId(1)));
    EXPECT_EQ(all->get_endpoints().find(1)->subject, "ns_comp.generate-1");
    EXPECT_EQ(all->get_endpoints().find(1)->name, "ns_comp-generate-1");
}

TEST_P(DynamoBothModes, MA02_ExposesServiceNameAndReceiver) {
    const Scene scene(GetParam());
    const auto component = scene.runtime->component("My-NS", "Comp.x");
    ASSERT_TRUE(component);
    const auto aggregator = KvMetricsAggregator::start(*component, scene.stop.get_token());
    const auto collector = EndpointCollector::start(*component, scene.stop.get_token());
    ASSERT_TRUE(aggregator && collector);
    EXPECT_EQ(aggregator->service_name(), "my-ns_comp_x");
    EXPECT_EQ(collector->service_name(), "my-ns_comp_x");
    EXPECT_TRUE(*aggregator->endpoints_rx().borrow() == ProcessedEndpoints{});
    EXPECT_FALSE(scene.runtime->component("", "x"));
}

TEST_P(DynamoBothModes, MA03_ShowsTheDefaultSetUntilTheFirstPublication) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    auto watcher = aggregator.endpoints_watcher();
    while (!watcher.has_changed()) {
        const EndpointsPtr set = watcher.borrow();
        if (watcher.has_changed()) break;
        ASSERT_TRUE(*set == ProcessedEndpoints{}) << "no NaN, no entries";
        std::this_thread::yield();
    }
    EXPECT_EQ(watcher.borrow()->load_avg, 7.0);
}

TEST_P(DynamoBothModes, MA04_GetEndpointsCopiesAndMarksNothingSeen) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    ProcessedEndpoints copy = aggregator.get_endpoints();
    copy.endpoints.clear();
    EXPECT_EQ(aggregator.get_endpoints().endpoints.size(), 1U);
    EXPECT_TRUE(aggregator.endpoints_rx().has_changed());
}

TEST_P(DynamoBothModes, MA05_WatchersAreIndependentAndBeginWithAChange) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    auto first = aggregator.endpoints_watcher();
    EXPECT_EQ(first.changed(0ms), Changed::changed);
    EXPECT_EQ(first.changed(0ms), Changed::timed_out);
    auto second = aggregator.endpoints_watcher();
    EXPECT_EQ(second.changed(0ms), Changed::changed) << "whatever another has seen";
    for (std::uint64_t blocks = 8; blocks < 12; ++blocks) {
        scene.responder.answer_workers({{.id = 1, .blocks = blocks}});
        ASSERT_TRUE(set_becomes(aggregator, [&](const auto& set) {
            return set.load_avg == static_cast<double>(blocks);
        }));
    }
    EXPECT_EQ(first.changed(0ms), Changed::changed);
    EXPECT_EQ(first.borrow()->load_avg, 11.0);
    EXPECT_EQ(first.changed(0ms), Changed::timed_out) << "values in between are skipped";
}

TEST_P(DynamoBothModes, MA06_CollectEndpointsIsOneScrapeUndecodedInOrder) {
    Scene scene(GetParam());
    const std::string first = stats_of({.id = 0x2a, .blocks = 9});
    const std::string second = stats_of({.id = 0x1f, .data_json = R"({"not":"a load"})"});
    scene.responder.answer({first, second, "", "no service record", first});
    const Time before = steady_now();
    const auto found = collect_endpoints(scene.component(), "ns_comp.load_metrics", 200ms);
    EXPECT_GE(steady_now() - before, 200ms) << "the window is waited for in full";
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3U);
    EXPECT_EQ((*found)[0].subject, "ns_comp.load_metrics-2a");
    EXPECT_EQ((*found)[1].subject, "ns_comp.load_metrics-1f");
    EXPECT_EQ((*found)[2], (*found)[0]) << "duplicates stay";
    EXPECT_EQ(to_string((*found)[1].data->data), R"({"not":"a load"})");
    EXPECT_EQ(scene.responder.questions().size(), 1U);
    EXPECT_EQ(scene.responder.reply_less(), 0U);
    const auto all = collect_endpoints(scene.component(), "", 100ms);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size(), 6U);
}

TEST_P(DynamoBothModes, MA06_EndpointsOfOneReplyStayInItsOrder) {
    Scene scene(GetParam());
    // Neither sorted nor turned round, and not the same twice.
    scene.responder.answer(
        {stats_of({.id = 0x2a, .endpoints = {"load_metrics", "clear_kv_blocks", "generate"}}),
         stats_of({.id = 0x1f, .endpoints = {"generate", "load_metrics", "clear_kv_blocks"}})});
    const auto found = collect_endpoints(scene.component(), "ns_comp.", 200ms);
    ASSERT_TRUE(found);
    std::vector<std::string> subjects;
    for (const auto& endpoint : *found) subjects.push_back(endpoint.subject);
    EXPECT_EQ(subjects,
              (std::vector<std::string>{"ns_comp.load_metrics-2a", "ns_comp.clear_kv_blocks-2a",
                                        "ns_comp.generate-2a", "ns_comp.generate-1f",
                                        "ns_comp.load_metrics-1f", "ns_comp.clear_kv_blocks-1f"}));
}

TEST_P(DynamoBothModes, MA07_FailsOnlyIfItCannotAsk) {
    Scene scene(GetParam());
    const auto stranger = scene.runtime->component("nobody", "here");
    const auto nothing = collect_endpoints(*stranger, "nobody_here.load_metrics", 100ms);
    ASSERT_TRUE(nothing) << "no responders";
    EXPECT_TRUE(nothing->empty());
    scene.responder.answer({"{", "[]", std::string(100, '\xff')});
    const auto garbage = collect_endpoints(scene.component(), "ns_comp", 100ms);
    ASSERT_TRUE(garbage);
    EXPECT_TRUE(garbage->empty());
    scene.server.kill();
    const auto away = collect_endpoints(scene.component(), "ns_comp", 100ms);
    ASSERT_TRUE(away) << "a broker that is away looks like an empty fleet";
    EXPECT_TRUE(away->empty());

    RuntimeOptions options;
    options.connect.servers = {scene.server.url()};
    const auto live = Runtime::start(options);
    ASSERT_TRUE(live);
    const auto failed = collect_endpoints(*(*live)->component("ns", "comp"), "ns_comp", 100ms);
    ASSERT_FALSE(failed) << "there never was a connection";
    EXPECT_EQ(failed.error().kind, ErrorKind::closed);
    options.mode = Mode::exact;
    EXPECT_FALSE(Runtime::start(options));
}

TEST_P(DynamoBothModes, MA08_SaysOnceThatItWaitsAndOnceThatItFound) {
    Scene scene(GetParam());
    const auto scrape = [&] { (void)collect_endpoints(scene.component(), "ns_comp", 50ms); };
    const auto waiting = [&] { return scene.log.count(LogLevel::debug, "Waiting for metrics"); };
    const auto found = [&] { return scene.log.count(LogLevel::debug, "Found metrics"); };
    scrape();
    scrape();
    EXPECT_EQ(waiting(), 1U);
    EXPECT_EQ(found(), 0U);
    scene.responder.answer_workers({{.id = 1}});
    scrape();
    scrape();
    scene.responder.answer({});
    scrape();
    EXPECT_EQ(waiting(), 1U);
    EXPECT_EQ(found(), 1U);
}

TEST(DynamoExact, MA09_AsksEvery400MsAndPublishesNotBeforeThat) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    const Time start = steady_now();
    const auto aggregator = scene.aggregator();
    auto watcher = aggregator.endpoints_watcher();
    ASSERT_EQ(watcher.changed(kPatience), Changed::changed);
    EXPECT_GE(steady_now() - start, 400ms);
    ASSERT_TRUE(scene.responder.wait_questions(6));
    const std::vector<Time> questions = scene.responder.questions();
    EXPECT_GE(questions.front() - start, 100ms);
    // Its nth question leaves 400 ms after the one before; on the way it may wait, never gain.
    EXPECT_GE(questions[5] - start, 100ms + 5 * 400ms);
    Duration shortest = kPatience;
    for (std::size_t i = 1; i < questions.size(); ++i) {
        shortest = std::min(shortest, questions[i] - questions[i - 1]);
    }
    EXPECT_LT(shortest, 600ms);
}

TEST(DynamoExact, MA10_AStopDuringAScrapeLetsItFinishAndPublish) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    scene.responder.at_question([&] { scene.stop.request_stop(); });
    const auto aggregator = scene.aggregator();
    auto watcher = aggregator.endpoints_watcher();
    EXPECT_EQ(watcher.changed(kPatience), Changed::changed);
    EXPECT_EQ(watcher.borrow()->load_avg, 7.0);
    EXPECT_EQ(watcher.changed(kPatience), Changed::closed) << "then the task has ended";
    EXPECT_EQ(scene.responder.questions().size(), 1U);
}

TEST(DynamoExact, MA10_AStopDuringTheWaitEndsItAtOnce) {
    Scene scene(Mode::exact);
    scene.stop.request_stop();
    const auto aggregator = scene.aggregator();
    auto watcher = aggregator.endpoints_watcher();
    EXPECT_EQ(watcher.changed(kPatience), Changed::closed);
    EXPECT_TRUE(scene.responder.questions().empty());
}

TEST(DynamoExact, MA11_AFailedScrapeIsAWarningAndTheLastSetStays) {
    const std::string logins = "authorization { user: u, password: ";
    testing::NatsServer server({.config = logins + "before }"});
    const std::string url = server.url("nats", "u:before@127.0.0.1");
    Responder responder(url);
    responder.answer_workers({{.id = 1, .blocks = 7}});
    RememberingLog log;
    RuntimeOptions options;
    options.connect.servers = {url};
    options.mode = Mode::exact;
    options.log = &log;
    const auto runtime = Runtime::start(options);
    ASSERT_TRUE(runtime) << runtime.error().what;
    std::stop_source stop;
    const auto aggregator =
        KvMetricsAggregator::start(*(*runtime)->component("ns", "comp"), stop.get_token());
    ASSERT_TRUE(size_becomes(*aggregator, 1));
    // The client gives up for good when its login is refused twice. Until then the seed's loop
    // shows the outage as an empty fleet.
    server.reload(logins + "after }");
    ASSERT_TRUE(wait_until(kPatience, [&] {
        return log.count(LogLevel::warning, "failed to retrieve endpoints for") >= 2;
    }));
    const EndpointsPtr last = aggregator->endpoints();
    const std::size_t warnings = log.count(LogLevel::warning, "failed to retrieve");
    ASSERT_TRUE(wait_until(kPatience, [&] {
        return log.count(LogLevel::warning, "failed to retrieve") > warnings + 1;
    })) << "the loop goes on";
    EXPECT_EQ(aggregator->endpoints(), last);
}

TEST(DynamoExact, MA12_LeavesOutWhatCarriesNoLoadWithAWarningEveryRound) {
    Scene scene(Mode::exact);
    const std::string no_stats =
        R"({"name":"ns_comp","id":"x","version":"0.0.1","started":"2025-01-01T00:00:00Z",)"
        R"("endpoints":[{"name":"n","subject":"ns_comp.load_metrics-5"}]})";
    scene.responder.answer({stats_of({.id = 1, .blocks = 7}), no_stats,
                            stats_of({.id = 2, .data_json = R"({"kv_stats":null})"})});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(scene.responder.wait_questions(4));
    EXPECT_THAT(aggregator.get_endpoints().worker_ids(), ElementsAre(WorkerId(1)));
    EXPECT_NE(aggregator.get_endpoints().find(1)->data.engine_load_metrics(), nullptr);
    const std::size_t warnings = scene.log.count(LogLevel::warning, "skip endpoint data");
    EXPECT_GE(warnings, 3U) << "one a round for the one that does not decode";
    EXPECT_LE(warnings, scene.responder.questions().size());
}

TEST(DynamoExact, MA13_AnyOtherEndpointIsKeptWithTheDefaultLoad) {
    Scene scene(Mode::exact);
    const std::string no_stats =
        R"({"name":"ns_comp","id":"x","version":"0.0.1","started":"2025-01-01T00:00:00Z",)"
        R"("endpoints":[{"name":"n","subject":"ns_comp.embed-5"}]})";
    scene.responder.answer({stats_of({.id = 1, .endpoints = {"embed"}}), no_stats});
    EndpointsSender sender;
    auto receiver = sender.subscribe();
    std::jthread task([&, taken = std::move(sender)](const std::stop_token& stop) mutable {
        collect_endpoints_task(scene.component(), std::move(taken), stop, "embed");
    });
    ASSERT_EQ(receiver.changed(kPatience), Changed::changed);
    EXPECT_THAT(receiver.borrow()->worker_ids(), ElementsAre(WorkerId(1), WorkerId(5)));
    for (const auto& [id, endpoint] : receiver.borrow()->endpoints) {
        EXPECT_EQ(endpoint.data, LoadMetrics{});
    }
}

TEST(DynamoExact, MA14_AggregatesCountTheListDuplicatesIncluded) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers(
        {{.id = 1, .blocks = 10}, {.id = 2, .blocks = 20}, {.id = 3, .blocks = 60}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 3));
    EXPECT_EQ(aggregator.get_endpoints().load_avg, 30.0);
    EXPECT_EQ(aggregator.get_endpoints().load_std, 21.602468994692867);
    scene.responder.answer_workers(
        {{.id = 1, .blocks = 10}, {.id = 2, .blocks = 20}, {.id = 2, .blocks = 60}});
    ASSERT_TRUE(size_becomes(aggregator, 2));
    EXPECT_EQ(aggregator.get_endpoints().load_avg, 30.0);
    scene.responder.answer({});
    ASSERT_TRUE(set_becomes(aggregator, [](const auto& set) { return std::isnan(set.load_avg); }));
    EXPECT_TRUE(std::isnan(aggregator.get_endpoints().load_std));
}

TEST(DynamoExact, MA15_OfOneIdTheLastInTheListStands) {
    Scene scene(Mode::exact);
    scene.responder.answer_workers({{.id = 0xabc, .blocks = 10}, {.id = 0xabc, .blocks = 50}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    const ProcessedEndpoints set = aggregator.get_endpoints();
    ASSERT_NE(set.find(0xabc), nullptr);
    EXPECT_EQ(set.find(0xabc)->data.kv_active_blocks(), 50U);
    EXPECT_EQ(set.load_avg, 30.0);
}

TEST_P(DynamoBothModes, MA16_PublishesTheFirstSetAndThenOnlyWhatDiffers) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 1, .blocks = 7}, {.id = 2, .blocks = 9}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 2));
    auto watcher = aggregator.endpoints_watcher();
    EXPECT_EQ(watcher.changed(0ms), Changed::changed);
    ASSERT_TRUE(scene.responder.wait_questions(scene.responder.questions().size() + 4));
    EXPECT_FALSE(watcher.has_changed()) << "four rounds of the same";
    FakeWorker other{.id = 1, .blocks = 7};
    other.record.num_requests_waiting = 3;
    scene.responder.answer_workers({other, {.id = 2, .blocks = 9}});
    EXPECT_EQ(watcher.changed(kPatience), Changed::changed) << "any field is a difference";
}

TEST_P(DynamoBothModes, MA17_WithoutReceiversTheTaskEnds) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 1, .blocks = 7}});
    EndpointsSender sender;  // Nobody ever subscribed.
    std::jthread task([&, taken = std::move(sender)](const std::stop_token& stop) mutable {
        collect_endpoints_task(scene.component(), std::move(taken), stop, "load_metrics");
    });
    task.join();  // The test would time out here.
    const bool exact = GetParam() == Mode::exact;
    EXPECT_EQ(scene.log.count(LogLevel::error, "failed to send processed endpoints"),
              exact ? 1U : 0U);
}

TEST_P(DynamoBothModes, MA18_IdsAndBlocksComeFromTheMap) {
    Scene scene(GetParam());
    scene.responder.answer_workers({{.id = 0xff, .blocks = 3, .service_id = "a"},
                                    {.id = 0x10, .blocks = 8, .service_id = "b"}});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 2));
    const ProcessedEndpoints set = aggregator.get_endpoints();
    EXPECT_THAT(set.worker_ids(), ElementsAre(WorkerId(0x10), WorkerId(0xff)));
    EXPECT_THAT(set.active_blocks(), ElementsAre(8, 3));
}

TEST_P(DynamoBothModes, MA19_OnlyActiveBlocksAreAggregatedTheRestIsCarried) {
    Scene scene(GetParam());
    FakeWorker worker{.id = 1, .blocks = 40};
    worker.record.request_active_slots = 37;
    worker.record.request_total_slots = 256;
    worker.record.num_requests_waiting = 4;
    worker.record.gpu_cache_usage_perc = 0.36794418F;
    worker.record.gpu_prefix_cache_hit_rate = 0.4125F;
    worker.record.spec_decode_stats = SpecDecodeStats{.num_spec_tokens = 4,
                                                      .num_drafts = 100,
                                                      .num_draft_tokens = 400,
                                                      .num_accepted_tokens = {},
                                                      .num_accepted_tokens_per_pos = {{90, 80}}};
    scene.responder.answer_workers({worker});
    const auto aggregator = scene.aggregator();
    ASSERT_TRUE(size_becomes(aggregator, 1));
    const ProcessedEndpoints set = aggregator.get_endpoints();
    EXPECT_EQ(set.load_avg, 40.0);
    EXPECT_EQ(set.load_std, 0.0);
    const ForwardPassMetrics* load = set.find(1)->data.engine_load_metrics();
    ASSERT_NE(load, nullptr);
    EXPECT_EQ(load->worker_stats.request_active_slots, 37U);
    EXPECT_EQ(load->worker_stats.request_total_slots, 256U);
    EXPECT_EQ(load->worker_stats.num_requests_waiting, 4U);
    EXPECT_EQ(load->worker_stats.data_parallel_rank, std::nullopt);
    EXPECT_EQ(load->kv_stats.kv_total_blocks, 27'814U);
    EXPECT_EQ(load->kv_stats.gpu_cache_usage_perc, 0.36794418F);
    EXPECT_EQ(load->kv_stats.gpu_prefix_cache_hit_rate, 0.4125F);
    EXPECT_EQ(load->spec_decode_stats, worker.record.spec_decode_stats);
    EXPECT_EQ(load->known, all_load_fields());
}

INSTANTIATE_TEST_SUITE_P(Mode, DynamoBothModes, ::testing::Values(Mode::exact, Mode::live),
                         [](const auto& mode) {
                             return mode.param == Mode::exact ? "exact" : "live";
                         });

}  // namespace
}  // namespace muster::dynamo
