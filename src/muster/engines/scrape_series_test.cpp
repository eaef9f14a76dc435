// Scrapes of one vLLM in a row: what two answers tell that one does not.
#include "muster/engines/engine_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/engine_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::EngineServer;
using testing_support::golden;
using testing_support::recorded;

/// The few series of a vLLM page that these tests move.
struct Vllm {
    int running = 0;
    int waiting = 0;
    int steps = 100;
    int queries = 1000;
    int hits = 400;
    int generated = 5000;
    int done = 50;
    std::string start = "1.79542887478e+09";

    [[nodiscard]] std::string page() const {
        const auto line = [](const std::string& name, int value) {
            return name + "{engine=\"0\",model_name=\"m\"} " + std::to_string(value) + ".0\n";
        };
        std::string text = line("vllm:num_requests_running", running) +
                           line("vllm:num_requests_waiting", waiting) +
                           line("vllm:iteration_tokens_total_count", steps) +
                           line("vllm:prefix_cache_queries_total", queries) +
                           line("vllm:prefix_cache_hits_total", hits) +
                           line("vllm:generation_tokens_total", generated) +
                           line("vllm:request_success_total", done);
        if (!start.empty()) text += "process_start_time_seconds " + start + "\n";
        return text;
    }
};

struct VllmScrapes : ::testing::Test {
    EngineScrape scrape(Duration later = 1s) {
        server.answers["/metrics"] = {.body = vllm.page()};
        return server.scrape_after(reader, later);
    }
    Vllm vllm;
    EngineServer server;
    EngineReader reader;
};

TEST_F(VllmScrapes, RatesAreDifferencesOverTheirWindow) {
    EXPECT_EQ(scrape().reports[0].rates.window, 0ns);
    vllm.generated += 500;
    vllm.queries += 200;
    vllm.hits += 50;
    vllm.done += 4;
    const EngineReport report = scrape(2s).reports[0];
    const double seconds = std::chrono::duration<double>(report.rates.window).count();
    EXPECT_NEAR(seconds, 2.0, 0.01);
    EXPECT_NEAR(report.rates.generated_tokens_per_s.value(), 500.0 / seconds, 1e-9);
    EXPECT_NEAR(report.rates.requests_per_s.value(), 4.0 / seconds, 1e-9);
    EXPECT_EQ(report.rates.prompt_tokens_per_s, std::nullopt);
    EXPECT_EQ(report.load.fraction(LoadField::prefix_hit_rate), 0.25);
}

TEST_F(VllmScrapes, AWindowWithoutQueriesHasNoHitRate) {
    scrape();
    vllm.queries += 100;
    vllm.hits += 100;
    EXPECT_EQ(scrape().reports[0].load.fraction(LoadField::prefix_hit_rate), 1.0);
    for (int i = 0; i < 12; ++i) scrape();
    EXPECT_EQ(scrape().reports[0].load.fraction(LoadField::prefix_hit_rate), std::nullopt);
}

TEST_F(VllmScrapes, ASlowIntervalStillHasRates) {
    scrape();
    vllm.generated += 6000;
    EXPECT_NEAR(scrape(60s).reports[0].rates.generated_tokens_per_s.value(), 100.0, 0.1);
    vllm.generated += 12000;
    EXPECT_NEAR(scrape(60s).reports[0].rates.generated_tokens_per_s.value(), 200.0, 0.2);
}

TEST_F(VllmScrapes, AFallingCounterIsARestartEvenWithoutAStartTime) {
    vllm.start.clear();
    EXPECT_FALSE(scrape().restarted);
    EXPECT_FALSE(scrape().restarted);
    vllm.generated = 10;
    const EngineScrape after = scrape();
    EXPECT_TRUE(after.restarted);
    EXPECT_EQ(after.started, std::nullopt);
    EXPECT_EQ(after.reports[0].rates.window, 0ns);
    EXPECT_EQ(after.reports[0].motion, EngineMotion::unknown);
    EXPECT_FALSE(after.reports[0].was_busy);
    EXPECT_FALSE(scrape().restarted);
}

TEST_F(VllmScrapes, AnotherStartTimeIsARestartEvenIfCountersRose) {
    scrape();
    vllm.start = "1.79542887479e+09";
    vllm.generated += 1000;
    const EngineScrape after = scrape();
    EXPECT_TRUE(after.restarted);
    EXPECT_EQ(after.started, 1795428874790000000);
    EXPECT_EQ(after.reports[0].rates.window, 0ns);
}

TEST_F(VllmScrapes, ABurstBetweenTwoScrapesIsSeenInTheCounters) {
    scrape();
    EXPECT_FALSE(scrape().reports[0].was_busy);
    vllm.steps += 60;
    const EngineReport burst = scrape().reports[0];
    EXPECT_TRUE(burst.was_busy);
    EXPECT_EQ(burst.load.running, 0U);
    EXPECT_EQ(burst.motion, EngineMotion::moving);
    EXPECT_FALSE(scrape().reports[0].was_busy);
}

TEST_F(VllmScrapes, TheTailOfWorkThatWasShownIsNoBurst) {
    vllm.running = 2;
    scrape();
    vllm.running = 0;
    vllm.steps += 5;
    EXPECT_FALSE(scrape().reports[0].was_busy);
}

TEST_F(VllmScrapes, AHungEngineKeepsItsLastNumbersAndItsCountersStand) {
    vllm.running = 3;
    scrape();
    vllm.steps += 10;
    const EngineReport working = scrape().reports[0];
    EXPECT_EQ(working.motion, EngineMotion::moving);
    const EngineReport first = scrape().reports[0];
    const Time since = first.still_since;
    EXPECT_EQ(first.motion, EngineMotion::still);
    const EngineReport second = scrape().reports[0];
    EXPECT_EQ(second.motion, EngineMotion::still);
    EXPECT_EQ(second.still_since, since);
    EXPECT_EQ(second.progress, working.progress);
    vllm.steps += 1;
    const EngineReport again = scrape().reports[0];
    EXPECT_EQ(again.still_since, kNever);
    EXPECT_NE(again.progress, working.progress);
    vllm.running = 0;
    EXPECT_EQ(scrape().reports[0].motion, EngineMotion::idle);
}

TEST_F(VllmScrapes, ServerLoadShowsRequestsBeforeTheirFirstStep) {
    server.answers["/load"] = recorded("vllm-0.32.0/load-load.body");  // 12
    vllm.running = 3;
    vllm.waiting = 4;
    EXPECT_EQ(scrape().reports[0].load.waiting, 9U);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/load"));
    vllm.waiting = 11;
    EXPECT_EQ(scrape().reports[0].load.waiting, 11U);
}

TEST_F(VllmScrapes, ServerLoadThatCountsNothingIsNotAskedOn) {
    server.answers["/load"] = recorded("vllm-0.32.0/load-idle.body");  // 0
    for (int i = 0; i < 5; ++i) scrape();  // Idle: nothing is known yet.
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/load"));
    vllm.running = 1;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(scrape().reports[0].load.waiting, 0U);
    scrape();
    EXPECT_THAT(server.asked, ElementsAre("/metrics"));
    ASSERT_EQ(reader.lacks().size(), 1U);
    EXPECT_THAT(reader.lacks()[0].remedy, HasSubstr("--enable-server-load-tracking"));
}

TEST_F(VllmScrapes, ServerLoadOfSeveralApiServersIsNotUsed) {
    EngineServer servers;
    servers.answers["/metrics"] = recorded("vllm-0.32.0-dp2/load-metrics.body");
    servers.answers["/load"] = recorded("vllm-0.32.0-dp2/load-load.body");  // 5 of one of two
    const EngineScrape first = servers.scrape(reader);
    EXPECT_EQ(first.reports[0].load.waiting, 0U);
    EXPECT_EQ(first.reports[1].load.waiting, 0U);
    servers.scrape_after(reader, 1s);
    EXPECT_THAT(servers.asked, ElementsAre("/metrics"));
}

TEST_F(VllmScrapes, APageThatIsCutOffIsNotUsed) {
    scrape();
    server.answers["/metrics"] = {.body = vllm.page().substr(0, 150), .complete = false};
    const EngineScrape cut = server.scrape_after(reader, 1s);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::cut_off);
    EXPECT_THAT(cut.reports, IsEmpty());
    EXPECT_FALSE(scrape().restarted);
}

TEST_F(VllmScrapes, AnotherEngineOnTheSamePortBeginsAnew) {
    scrape();
    server.answers["/metrics"] = recorded("sglang-0.5.23-rendered/metrics.body");
    const EngineScrape other = server.scrape_after(reader, 1s);
    EXPECT_EQ(server.fates["/metrics"], DocumentFate::other_engine);
    EXPECT_THAT(server.advice["/metrics"], HasSubstr("SGLang"));
    EXPECT_EQ(other.engine, Engine::sglang);
    EXPECT_TRUE(other.restarted);
    ASSERT_EQ(other.reports.size(), 2U);
    EXPECT_EQ(other.reports[0].load.running, 21U);
    EXPECT_THAT(other.models, ElementsAre("acme/chat-8b"));
}

TEST_F(VllmScrapes, AnotherEngineWithoutAPageBeginsAnewToo) {
    scrape();
    server.answers.erase("/metrics");
    server.answers["/v1/loads"] = recorded("documented/sglang-loads.json");
    const EngineScrape other = server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/metrics", "/v1/loads", "/get_load", "/props"));
    EXPECT_EQ(server.fates["/v1/loads"], DocumentFate::other_engine);
    EXPECT_EQ(other.engine, Engine::sglang);
    EXPECT_TRUE(other.restarted);
    ASSERT_EQ(other.reports.size(), 1U);
    EXPECT_EQ(other.reports[0].load.running, 21U);
    EXPECT_FALSE(server.scrape_after(reader, 1s).restarted);
}

TEST_F(VllmScrapes, AnEngineThatIsSilentIsNotTakenForAnother) {
    scrape();
    server.answers.erase("/metrics");
    server.scrape_after(reader, 1s);
    EXPECT_EQ(server.asked.size(), 4U) << "who else might it be";
    server.scrape_after(reader, 1s);
    EXPECT_THAT(server.asked, ElementsAre("/metrics")) << "asked once in a while only";
    EXPECT_EQ(reader.engine(), Engine::vllm);
    EXPECT_FALSE(scrape().restarted);
}

TEST_F(VllmScrapes, RanksThatWereSeenOnceAreNamedFromThenOn) {
    EXPECT_EQ(scrape().reports[0].rank, std::nullopt);
    const std::string both = vllm.page() + "vllm:num_requests_running{engine=\"1\"} 1.0\n";
    server.answers["/metrics"] = {.body = both};
    EXPECT_EQ(server.scrape_after(reader, 1s).reports.size(), 2U);
    EXPECT_EQ(scrape().reports[0].rank, 0U);
}

}  // namespace
}  // namespace muster
