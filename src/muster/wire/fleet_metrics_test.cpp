// The metrics of a view: the same numbers as its JSON, and no sample for what is not known.
#include "muster/wire/fleet_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>
#include <set>

#include "muster/wire/fleet_json.hpp"
#include "support/metrics_text.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::BuiltRow;
using ::testing::IsEmpty;
using testing::load_of;
using testing::MetricsText;
using testing::read_metrics;
using testing::ViewBuilder;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + std::chrono::hours(24);

MetricsText page_of(const FleetView& view, PrometheusFormat format = PrometheusFormat::text) {
    std::string out;
    PrometheusWriter writer(out, format);
    write_fleet_metrics(writer, view, kNow);
    writer.finish();
    auto page = read_metrics(out);
    EXPECT_THAT(page.complaints, IsEmpty());
    return page;
}

json json_of(const FleetView& view) {
    std::string out;
    append_fleet_json(out, view, {kNow, {kNow, WallTime{}}, "7f3a9c"});
    return json::parse(out);
}

/// A sample's value as a number; null where there is no sample.
json number(const MetricsText& page, std::string_view name,
            const MetricsText::Labels& labels = {}) {
    const std::string text = page.value(name, labels);
    return text.empty() ? json() : json::parse(text);
}

constexpr std::array kLoadSeries = {std::pair{"running", "muster_worker_requests_running"},
                                    std::pair{"slots", "muster_worker_request_slots"},
                                    std::pair{"waiting", "muster_worker_requests_waiting"},
                                    std::pair{"kv_active_blocks", "muster_worker_kv_blocks_active"},
                                    std::pair{"kv_total_blocks", "muster_worker_kv_blocks_total"},
                                    std::pair{"kv_usage", "muster_worker_kv_usage_ratio"},
                                    std::pair{"prefix_hit_rate", "muster_worker_prefix_hit_ratio"}};

void expect_worker_as_in_json(const MetricsText& page, const json& worker) {
    MetricsText::Labels labels = {
        {"worker", worker["id"]}, {"component", worker["component"]}, {"engine", worker["engine"]}};
    for (const auto& [name, value] : worker["labels"].items()) labels[name] = value;
    for (const auto& [member, series] : kLoadSeries) {
        RC_ASSERT(number(page, series, labels) == worker["load"][member]);
    }
    const json age = number(page, "muster_worker_report_age_seconds", labels);
    RC_ASSERT(age.is_null() == worker["age_ms"].is_null());
    if (!age.is_null()) {
        RC_ASSERT(std::abs(age.get<double>() * 1000 - worker["age_ms"].get<double>()) < 1e-6);
    }
    RC_ASSERT(number(page, "muster_worker_missed_questions", labels) == worker["missed"]);
    RC_ASSERT(number(page, "muster_worker_generation", labels) == worker["generation"]);
    for (const std::string state : {"unknown", "fresh", "late", "stale", "lost"}) {
        auto with_state = labels;
        with_state["state"] = state;
        RC_ASSERT(number(page, "muster_worker_state", with_state) ==
                  (worker["state"] == state ? 1 : 0));
    }
    std::set<std::string> flags;
    for (const MetricsText::Sample& sample : page.samples) {
        if (sample.name != "muster_worker_flag") continue;
        if (sample.labels.at("worker") != worker["id"].get<std::string>()) continue;
        RC_ASSERT(sample.value == "1");
        flags.insert(sample.labels.at("flag"));
    }
    RC_ASSERT(flags == worker["flags"].get<std::set<std::string>>());
}

TEST(FleetMetrics, TroublesAndActivityHaveASeriesWhereTheyAreTold) {
    const auto view =
        ViewBuilder(kNow)
            .add({.instance_id = 1,
                  .load = load_of(1, 1, 1, 0.1),
                  .trouble = std::make_shared<WorkerTrouble>(WorkerTrouble{
                      "refused", "connection refused: http://a: is it there?", kNow})})
            .add({.instance_id = 2,
                  .load = load_of(1, 1, 1, 0.1),
                  .activity = std::make_shared<WorkerActivity>(
                      WorkerActivity{{0.25, std::nullopt, 123.0}, 2, kNow}),
                  .captured_lag = 500ms})
            .add({.instance_id = 3, .load = load_of(1, 1, 1, 0.1)})
            .build();
    const MetricsText page = page_of(*view);
    const auto samples = [&](std::string_view name) {
        std::vector<std::string> told;
        for (const MetricsText::Sample& sample : page.samples) {
            if (sample.name != name) continue;
            const auto trouble = sample.labels.find("trouble");
            told.push_back(sample.labels.at("worker") + " " +
                           (trouble == sample.labels.end() ? "" : trouble->second + " ") +
                           sample.value);
        }
        return told;
    };
    using ::testing::ElementsAre;
    EXPECT_THAT(samples("muster_worker_trouble"), ElementsAre("dynamo/backend/1 refused 1"));
    EXPECT_THAT(samples("muster_worker_requests_per_second"), ElementsAre("dynamo/backend/2 0.25"));
    EXPECT_THAT(samples("muster_worker_prompt_tokens_per_second"), IsEmpty());
    EXPECT_THAT(samples("muster_worker_generated_tokens_per_second"),
                ElementsAre("dynamo/backend/2 123"));
    EXPECT_THAT(samples("muster_worker_unseen_bursts_total"), ElementsAre("dynamo/backend/2 2"));
    EXPECT_THAT(samples("muster_worker_captured_age_seconds"),
                ElementsAre("dynamo/backend/2 0.51"));
}

BuiltRow random_row(std::uint64_t id) {
    BuiltRow row{.component = *rc::gen::element<std::string>("dynamo/backend", "d/prefill"),
                 .instance_id = id};
    if (*rc::gen::inRange(0, 4) == 0) row.rank = *rc::gen::inRange(0U, 9U);
    if (*rc::gen::inRange(0, 5) == 0) {
        row.load = std::nullopt;
    } else {
        Load load = load_of(*rc::gen::inRange<std::uint64_t>(0, 999),
                            *rc::gen::inRange<std::uint64_t>(0, 999),
                            *rc::gen::inRange<std::uint64_t>(0, 27'814),
                            static_cast<double>(*rc::gen::inRange(0, 1000)) / 1000);
        // Unknown fields hold 0.
        Load known;
        known.known = LoadFields(static_cast<std::uint8_t>(*rc::gen::inRange(1, 128)));
        for (std::size_t f = 0; f < 5; ++f) {
            const auto field = static_cast<LoadField>(f);
            if (known.known.has(field)) known.set_count(field, *load.count(field));
        }
        for (const LoadField field : {LoadField::kv_usage, LoadField::prefix_hit_rate}) {
            if (known.known.has(field)) known.set_fraction(field, *load.fraction(field));
        }
        row.load = known;
    }
    row.age = std::chrono::microseconds(*rc::gen::inRange(0, 5'000'000));
    if (*rc::gen::inRange(0, 3) == 0) row.labels = {{"tier", "gold"}, {"zone", "a"}};
    row.missed = *rc::gen::inRange(0U, 9U);
    row.generation = *rc::gen::inRange(1U, 9U);
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) {
        if (*rc::gen::inRange(0, 4) == 0) row.flags.emplace_back(static_cast<WorkerFlag>(i), 1s);
    }
    return row;
}

// One moment, one view: whatever JSON says of a worker, of the fleet and of the sources, the
// metrics say too, and where it says null they are silent.
TEST(FleetMetrics, SayWhatTheJsonSays) {
    EXPECT_TRUE(rc::check([] {
        ViewBuilder builder(kNow);
        const auto workers = *rc::gen::inRange<std::uint64_t>(0, 130);
        for (std::uint64_t id = 0; id < workers; ++id) builder.add(random_row(id));
        const auto lost = *rc::gen::inRange<std::uint64_t>(0, 4);
        for (std::uint64_t id = 0; id < lost; ++id) {
            builder.lost(random_row(1'000 + id), 1s, LostReason::silent, "silent");
        }
        const auto counters = std::make_shared<SourceCounters>();
        counters->asked = *rc::gen::inRange(0U, 99U);
        counters->rejected[5] = *rc::gen::inRange(0U, 99U);
        SourceInfo source;
        source.id = "nats-1";
        source.state = static_cast<SourceState>(*rc::gen::inRange(0, 3));
        source.counters = counters;
        const auto missing = *rc::gen::inRange<std::size_t>(0, 9);
        ExpectedInfo backend;
        backend.component = "dynamo/backend";
        backend.workers = 9;
        if (*rc::gen::inRange(0, 3) != 0) backend.missing = missing;
        builder.expected(backend).source(source).version(*rc::gen::inRange(1U, 999U));
        const FleetViewPtr view = builder.build();
        const MetricsText page = page_of(
            *view, *rc::gen::element(PrometheusFormat::text, PrometheusFormat::openmetrics));
        const json fleet = json_of(*view);

        for (const json& worker : fleet["workers"]) expect_worker_as_in_json(page, worker);
        for (const json& stone : fleet["lost"]) {
            const MetricsText::Labels labels = {{"worker", stone["id"]}};
            RC_ASSERT(page.value("muster_worker_state",
                                 {{"worker", stone["id"]}, {"state", "lost"}}) == "1");
            RC_ASSERT(page.count("muster_worker_state", labels) == 5U);
            RC_ASSERT(page.count("muster_worker_requests_running", labels) == 0U);
            RC_ASSERT(page.count("muster_worker_generation", labels) == 0U);
        }
        const json& stats = fleet["stats"];
        for (const auto& [state, count] : stats["workers"].items()) {
            RC_ASSERT(number(page, "muster_fleet_workers", {{"state", state}}) == count);
        }
        const json& active = stats["kv_active_blocks"];
        RC_ASSERT(number(page, "muster_fleet_kv_blocks_active_avg") == active["avg"]);
        RC_ASSERT(number(page, "muster_fleet_kv_blocks_active_std") == active["std"]);
        RC_ASSERT(number(page, "muster_view_version") == fleet["version"]);
        const MetricsText::Labels of_backend = {{"component", "dynamo/backend"}};
        const json& expected = fleet["expected"][0];
        RC_ASSERT(number(page, "muster_fleet_expected_workers", of_backend) == expected["workers"]);
        RC_ASSERT(number(page, "muster_fleet_missing_workers", of_backend) == expected["missing"]);
        const json& told = fleet["sources"][0];
        RC_ASSERT(number(page, "muster_source_up") == (told["state"] == "connected" ? 1 : 0));
        RC_ASSERT(page.value("muster_source_state", {{"state", told["state"]}}) == "1");
        RC_ASSERT(number(page, "muster_questions_total", {{"source", "nats-1"}}) == told["asked"]);
        for (const auto& [reason, count] : told["rejected"].items()) {
            RC_ASSERT(number(page, "muster_rejected_total", {{"reason", reason}}) == count);
        }
    }));
}

TEST(FleetMetrics, AnEmptyFleetHasNoStatistics) {
    const MetricsText page = page_of(FleetView());
    EXPECT_EQ(page.value("muster_fleet_workers", {{"state", "fresh"}}), "0");
    EXPECT_EQ(page.count("muster_fleet_workers"), 5U);
    EXPECT_EQ(page.count("muster_fleet_kv_blocks_active_avg"), 0U);
    EXPECT_EQ(page.count("muster_fleet_kv_blocks_active_std"), 0U);
    EXPECT_EQ(page.count("muster_collector_step_age_seconds"), 0U) << "it never stepped";
    EXPECT_EQ(page.count("muster_source_up"), 0U);
    EXPECT_EQ(page.count("muster_fleet_expected_workers"), 0U) << "nothing is expected";
    EXPECT_EQ(page.count("muster_worker_state"), 0U);
    EXPECT_EQ(page.value("muster_view_version"), "0");
    EXPECT_EQ(page.types.at("muster_worker_kv_usage_ratio"), "gauge") << "it is known even so";
}

// The broker is away: the fleet stands as it was last seen, stale, and no statistic pretends that
// it is idle.
TEST(FleetMetrics, AStaleFleetKeepsItsLoadsAndHasNoStatistics) {
    SourceInfo source;
    source.id = "nats-1";
    source.state = SourceState::disconnected;
    const auto view =
        ViewBuilder(kNow).add({.load = load_of(37, 4, 60, 0.5), .age = 60s}).source(source).build();
    const MetricsText page = page_of(*view);
    EXPECT_EQ(page.value("muster_source_up"), "0");
    EXPECT_EQ(page.value("muster_source_state", {{"state", "disconnected"}}), "1");
    EXPECT_EQ(page.count("muster_questions_total"), 0U) << "a source without counters";
    EXPECT_EQ(page.count("muster_fleet_kv_blocks_active_avg"), 0U);
    EXPECT_EQ(page.value("muster_fleet_workers", {{"state", "stale"}}), "1");
    EXPECT_EQ(page.value("muster_worker_state", {{"state", "stale"}}), "1");
    EXPECT_EQ(page.value("muster_worker_requests_running"), "37");
    EXPECT_EQ(page.value("muster_worker_report_age_seconds"), "60");
}

TEST(FleetMetrics, RankAndModelsAreLabelsWhereKnown) {
    const auto view =
        ViewBuilder(kNow)
            .add({.instance_id = 1, .load = Load{}})
            .add({.instance_id = 2, .rank = 3, .models = {"llama", "a\"b"}, .load = Load{}})
            .build();
    const MetricsText page = page_of(*view);
    ASSERT_EQ(page.count("muster_worker_generation"), 2U);
    for (const MetricsText::Sample& sample : page.samples) {
        if (sample.name != "muster_worker_generation") continue;
        const bool ranked = sample.labels.at("worker") == "dynamo/backend/2/3";
        EXPECT_EQ(sample.labels.size(), ranked ? 5U : 3U);
        if (!ranked) continue;
        EXPECT_EQ(sample.labels.at("rank"), "3");
        EXPECT_EQ(sample.labels.at("model"), "llama,a\"b");
    }
}

// The configuration refuses such names; who sets labels in a program of its own must not break the
// page of all others.
TEST(FleetMetrics, LabelsThatWouldBreakThePageAreLeftOut) {
    const Labels labels = {{"", "x"}, {"a-b", "x"}, {"flag", "x"}, {"worker", "x"}, {"zone", "a"}};
    const auto view = ViewBuilder(kNow).add({.load = Load{}, .labels = labels}).build();
    const MetricsText page = page_of(*view);
    for (const MetricsText::Sample& sample : page.samples) {
        if (sample.name != "muster_worker_generation") continue;
        EXPECT_EQ(sample.labels.size(), 4U);
        EXPECT_EQ(sample.labels.at("zone"), "a");
    }
    EXPECT_EQ(page.count("muster_worker_generation", {{"zone", "a"}}), 1U);
}

// Where only some fields are pushed on change, the others may be older: both ages are told.
TEST(FleetMetrics, ARecordsOwnAgeIsToldWhereItMayDiffer) {
    const auto view = ViewBuilder(kNow)
                          .add({.instance_id = 1, .load = load_of(1, 1, 1, 0.5), .age = 1s})
                          .add({.instance_id = 2,
                                .load = load_of(1, 1, 1, 0.5),
                                .age = 1s,
                                .confirmed_age = 100ms,
                                .road = Road::pushed_on_change,
                                .triggers_only = true})
                          .build();
    const MetricsText page = page_of(*view);
    const MetricsText::Labels pushed = {{"worker", "dynamo/backend/2"}};
    EXPECT_EQ(page.value("muster_worker_report_age_seconds", pushed), "0.1");
    EXPECT_EQ(page.value("muster_worker_record_age_seconds", pushed), "1");
    EXPECT_EQ(page.count("muster_worker_record_age_seconds"), 1U);
}

TEST(FleetMetrics, ReportsAreToldByOutcome) {
    const auto counters = std::make_shared<SourceCounters>();
    counters->count_report(Verdict::Outcome::changed);
    counters->count_report(Verdict::Outcome::changed);
    counters->count_report(Verdict::Outcome::rejected);
    counters->late_answers = 3;
    SourceInfo source;
    source.id = "nats-1";
    source.counters = counters;
    const MetricsText page = page_of(*ViewBuilder(kNow).source(source).build());
    EXPECT_EQ(page.value("muster_reports_total", {{"outcome", "changed"}}), "2");
    EXPECT_EQ(page.value("muster_reports_total", {{"outcome", "confirmed"}}), "0");
    EXPECT_EQ(page.value("muster_reports_total", {{"outcome", "rejected"}}), "1");
    EXPECT_EQ(page.value("muster_late_answers_total"), "3");
    EXPECT_EQ(page.count("muster_rejected_total"), kRejectReasonCount);
}

TEST(FleetMetrics, TheCollectorsDelaysAndItsLastStep) {
    ViewBuilder builder(kNow);
    builder.pulse()->answer_delay.record(3ms);
    builder.pulse()->publish_delay.record(30us);
    builder.pulse()->last_step_nanos = (kNow - 5s).time_since_epoch().count();
    const MetricsText page = page_of(*builder.build());
    EXPECT_EQ(page.value("muster_answer_delay_seconds_bucket", {{"le", "0.0025"}}), "0");
    EXPECT_EQ(page.value("muster_answer_delay_seconds_bucket", {{"le", "0.005"}}), "1");
    EXPECT_EQ(page.value("muster_answer_delay_seconds_sum"), "0.003");
    EXPECT_EQ(page.value("muster_publish_delay_seconds_bucket", {{"le", "5e-05"}}), "1");
    EXPECT_EQ(page.value("muster_collector_step_age_seconds"), "5");
}

}  // namespace
}  // namespace muster
