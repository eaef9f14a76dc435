// The whole page, golden in both forms. tests/metrics reads these files too: they are what the
// rules, the dashboard and the guide are held against.
#include "muster/serve/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "support/golden.hpp"
#include "support/metrics_text.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using testing::load_of;
using testing::read_metrics;
using testing::ViewBuilder;
using testing_support::expect_golden;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + std::chrono::hours(24);

Load requests_only() {
    Load load;
    load.set_count(LoadField::running, 21);
    load.set_count(LoadField::waiting, 5);
    return load;
}

/// The fleet of the guide: three with load, one unknown, one lost, and a source that is well; two
/// engines over HTTP, one of them in trouble.
FleetViewPtr guide_fleet() {
    const auto counters = std::make_shared<SourceCounters>();
    counters->asked = 2530;
    counters->answered = 20240;
    counters->late_answers = 3;
    counters->echoes = 2530;
    counters->reports[0] = 18200;
    counters->reports[1] = 2040;
    SourceInfo source;
    source.id = "nats-1";
    source.state = SourceState::connected;
    source.counters = counters;
    ViewBuilder builder(kNow);
    builder.version(1842)
        .add({.instance_id = 7587888657184927289,
              .load = load_of(37, 4, 60, static_cast<double>(0.00215719F)),
              .age = 41'630us,
              .labels = {{"zone", "a"}}})
        .add({.instance_id = 7587888657184927291, .load = load_of(1, 0, 10, 0.5), .age = 512ms})
        .add({.instance_id = 7587888657184927292,
              .models = {"llama-3.1-8b"},
              .load = load_of(0, 0, 20, 1.0),
              .age = 900ms,
              .missed = 2,
              .flags = {{WorkerFlag::frozen, 30s}}})
        .add({.instance_id = 7587888657184927293, .rank = 3, .load = std::nullopt})
        .add({.component = "http",
              .instance_id = {},
              .instance_name = "gpu1:8000",
              .engine = "sglang",
              .load = requests_only(),
              .age = 12ms,
              .activity = std::make_shared<WorkerActivity>(
                  WorkerActivity{{2.5, 1310.0, 320.0}, 3, kNow - 4s}),
              .captured_lag = 3ms})
        .add({.component = "http",
              .instance_id = {},
              .instance_name = "gpu2:8000",
              .engine = "vllm",
              .load = std::nullopt,
              .trouble = std::make_shared<WorkerTrouble>(WorkerTrouble{
                  "refused", "connection refused: http://gpu2:8000: is it there?", kNow - 9s})})
        .lost({.instance_id = 7587888657184927290}, 142s, LostReason::silent, "silent for 10 s")
        .source(source)
        .expected({.component = "dynamo/backend",
                   .workers = 5,
                   .present = 4,
                   .missing = 1,
                   .since = kNow - 142s,
                   .why = "silent for 10 s",
                   .missing_ids = {}});
    for (const Duration delay : std::array<Duration, 5>{400us, 400us, 700us, 2ms, 310ms}) {
        builder.pulse()->answer_delay.record(delay);
    }
    builder.pulse()->publish_delay.record(40us);
    builder.pulse()->publish_delay.record(230us);
    builder.pulse()->last_step_nanos = (kNow - 12ms).time_since_epoch().count();
    return builder.build();
}

std::string guide_page(PrometheusFormat format) {
    const FleetViewPtr view = guide_fleet();
    const ProcessFigures process{.cpu = 1'230ms,
                                 .virtual_bytes = 123'456'789,
                                 .resident_bytes = 12'345'344,
                                 .threads = 5,
                                 .open_descriptors = 17,
                                 .descriptors_max = 1024,
                                 .started = WallTime{1'795'428'660s + 120ms}};
    JournalStatus journal;
    journal.state = JournalState::writing;
    journal.bytes = 61'251'584;
    journal.bytes_max = 1'073'741'824;
    return metrics_page_text(format, {.view = *view,
                                      .now = kNow,
                                      .process = process,
                                      .build = {.version = "0.1.0", .compiler = "g++ 12.2.0"},
                                      .journal = journal});
}

TEST(MetricsPage, TheFleetOfTheGuideIsGoldenInBothForms) {
    expect_golden(guide_page(PrometheusFormat::text), "metrics/guide.txt");
    expect_golden(guide_page(PrometheusFormat::openmetrics), "metrics/guide.openmetrics.txt");
}

TEST(MetricsPage, TheTwoFormsTellTheSame) {
    const auto text = read_metrics(guide_page(PrometheusFormat::text));
    const auto open = read_metrics(guide_page(PrometheusFormat::openmetrics));
    EXPECT_THAT(text.complaints, ::testing::IsEmpty());
    EXPECT_THAT(open.complaints, ::testing::IsEmpty());
    EXPECT_TRUE(open.ended);
    EXPECT_FALSE(text.ended);
    ASSERT_EQ(text.samples.size(), open.samples.size());
    for (std::size_t i = 0; i < text.samples.size(); ++i) {
        EXPECT_EQ(text.samples[i].name, open.samples[i].name);
        EXPECT_EQ(text.samples[i].labels, open.samples[i].labels);
        EXPECT_EQ(text.samples[i].value, open.samples[i].value);
    }
}

TEST(MetricsPage, AJournalThatCannotBeWrittenIsTold) {
    const FleetView empty;
    JournalStatus journal;
    journal.state = JournalState::trouble;
    journal.events_lost = 7;
    const auto page =
        read_metrics(metrics_page_text(PrometheusFormat::text, {.view = empty,
                                                                .now = kNow,
                                                                .process = ProcessFigures{},
                                                                .build = build_info(),
                                                                .journal = journal}));
    EXPECT_EQ(page.value("muster_journal_writing"), "0");
    EXPECT_EQ(page.value("muster_journal_events_lost_total"), "7");
}

TEST(MetricsPage, WhatTheMachineDoesNotTellHasNoSample) {
    const FleetView empty;
    const auto page = read_metrics(metrics_page_text(
        PrometheusFormat::openmetrics,
        {.view = empty, .now = kNow, .process = ProcessFigures{}, .build = build_info()}));
    EXPECT_THAT(page.complaints, ::testing::IsEmpty());
    EXPECT_EQ(page.count("process_open_fds"), 0U);
    EXPECT_EQ(page.count("muster_journal_writing"), 0U) << "none is kept";
    EXPECT_EQ(page.count("process_cpu_seconds_total"), 0U);
    EXPECT_EQ(page.value("muster_build_info"), "1");
    EXPECT_NE(page.samples.back().labels.at("version"), "");
}

}  // namespace
}  // namespace muster
