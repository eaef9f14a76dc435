// The JSON of a view: golden documents, filters, and valid JSON whatever the names.
#include "muster/wire/fleet_json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "muster/base/limits.hpp"
#include "muster/wire/fleet_document.hpp"
#include "support/golden.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::BuiltRow;
using testing::load_of;
using testing::ViewBuilder;
using testing_support::golden;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + std::chrono::hours(24);
// 2026-11-23T10:15:02.114Z.
constexpr WallTime kWall{std::chrono::milliseconds(1'795'428'902'114)};

FleetMoment moment() {
    return {kNow, {kNow, kWall}, "7f3a9c"};
}

std::string text_of(const FleetView& view, const FleetFilter& filter = {}) {
    std::string out;
    append_fleet_json(out, view, moment(), filter);
    return out;
}

json parsed(const FleetView& view, const FleetFilter& filter = {}) {
    return json::parse(text_of(view, filter));
}

SourceInfo nats_source(std::shared_ptr<const SourceCounters> counters = nullptr) {
    SourceInfo source;
    source.id = "nats-1";
    source.kind = "nats";
    source.target = "nats://127.0.0.1:4222";
    source.state = SourceState::connected;
    source.since = kNow - 242s - 114ms;
    source.asked_once = true;
    source.counters = std::move(counters);
    return source;
}

/// The fleet of the guide: three with load, one unknown, one lost.
FleetViewPtr guide_fleet() {
    const auto counters = std::make_shared<SourceCounters>();
    counters->asked = 2530;
    counters->answered = 20240;
    counters->late_answers = 3;
    ComponentInfo component;
    component.name = "dynamo/backend";
    component.interval = 250ms;
    component.patience = 300ms;
    component.without_load.push_back({"dynamo/backend/12", kNow - 60s});
    ViewBuilder builder(kNow);
    builder.version(1842)
        .add({.instance_id = 7587888657184927289,
              .address = "nats:dynamo_backend.load_metrics-694d988806b92e39",
              .load = load_of(37, 4, 60, static_cast<double>(0.00215719F)),
              .age = 41'630us,
              .alive_age = 41'630us,
              .rtt = 400us,
              .labels = {{"zone", "a"}},
              .first_seen_ago = 3h})
        .add({.instance_id = 7587888657184927291,
              .load = load_of(1, 0, 10, 0.5),
              .age = 5s,
              .confirmed_age = 512ms})
        .add({.instance_id = 7587888657184927292,
              .load = load_of(0, 0, 20, 1.0),
              .age = 900ms,
              .missed = 2,
              .flags = {{WorkerFlag::frozen, 30s}, {WorkerFlag::duplicate, 1h}},
              .road = Road::pushed_on_change,
              .triggers_only = true})
        .add({.instance_id = 7587888657184927293, .rank = 3, .load = std::nullopt})
        .lost({.instance_id = 7587888657184927290, .load = load_of(1, 2, 3, 0.25)}, 142s + 112ms,
              LostReason::silent, "silent for 10 s")
        .source(nats_source(counters))
        .component(component)
        .expected({.component = "dynamo/backend",
                   .workers = 5,
                   .present = 4,
                   .missing = 1,
                   .since = kNow - 142s - 112ms,
                   .why = "silent for 10 s",
                   .missing_ids = {}});
    return builder.build();
}

TEST(FleetJson, TheFleetOfTheGuideIsGolden) {
    EXPECT_EQ(text_of(*guide_fleet()) + "\n", golden("fleet_json/guide.json"));
}

TEST(FleetJson, TheEmptyFleetIsGolden) {
    EXPECT_EQ(text_of(FleetView()) + "\n", golden("fleet_json/empty.json"));
}

TEST(FleetJson, WhatIsUnknownIsNull) {
    const json fleet = parsed(*guide_fleet());
    const json& unknown = fleet["workers"][3];
    EXPECT_EQ(unknown["state"], "unknown");
    EXPECT_EQ(unknown["rank"], 3);
    EXPECT_TRUE(unknown["age_ms"].is_null());
    EXPECT_TRUE(unknown["rtt_ms"].is_null());
    for (const std::string_view field : kLoadFieldNames) {
        EXPECT_TRUE(unknown["load"].at(std::string(field)).is_null()) << field;
    }
    const json empty = parsed(FleetView());
    EXPECT_EQ(empty["stats"]["waiting"]["count"], 0);
    EXPECT_TRUE(empty["stats"]["waiting"]["sum"].is_null());
    EXPECT_TRUE(empty["stats"]["oldest_age_ms"].is_null());
}

TEST(FleetJson, AgesAreNeverShownYounger) {
    const auto view =
        ViewBuilder(kNow).add({.load = Load{}, .age = 1ns, .alive_age = 100us}).build();
    const json worker = parsed(*view)["workers"][0];
    EXPECT_EQ(worker["age_ms"], 0.1);
    EXPECT_EQ(worker["alive_age_ms"], 0.1);
}

TEST(FleetJson, LargeSumsStayIntegers) {
    ViewBuilder builder(kNow);
    for (std::uint64_t i = 0; i < 2; ++i) {
        builder.add({.instance_id = i, .load = load_of(0, 50'000, kCountMax / 2, 0.0)});
    }
    const std::string text = text_of(*builder.build());
    EXPECT_NE(text.find("\"sum\":9007199254740992"), std::string::npos) << text;
    EXPECT_NE(text.find("\"max\":50000,\"sum\":100000}"), std::string::npos) << text;
    EXPECT_NE(text.find("\"avg\":50000.0"), std::string::npos) << text;
}

TEST(FleetJson, FiltersChooseEntriesAndMembers) {
    ViewBuilder builder(kNow);
    builder.add({.component = "a/b", .instance_id = 1, .load = load_of(1, 1, 1, 0.1)})
        .add({.component = "a/b", .instance_id = 2, .load = load_of(1, 1, 1, 0.1), .age = 1h})
        .add({.component = "c/d", .instance_id = 3, .load = load_of(1, 1, 1, 0.1)})
        .lost({.component = "c/d", .instance_id = 4}, 1s, LostReason::silent, "silent");
    const auto view = builder.build();
    const auto ids = [&](const FleetFilter& filter) {
        std::string found;
        const json fleet = parsed(*view, filter);
        for (const json& worker : fleet["workers"]) {
            found += worker["id"].get<std::string>() + " ";
        }
        return found;
    };
    FleetFilter filter;
    filter.components = {"a/b"};
    EXPECT_EQ(ids(filter), "a/b/1 a/b/2 ");
    EXPECT_TRUE(parsed(*view, filter)["lost"].empty());
    filter.states = {WorkerState::stale};
    EXPECT_EQ(ids(filter), "a/b/2 ");
    filter.components = {"a/b", "c/d"};
    filter.states = {WorkerState::fresh};
    EXPECT_EQ(ids(filter), "a/b/1 c/d/3 ");
    EXPECT_TRUE(parsed(*view, filter)["lost"].empty());
    filter.states = {};
    filter.lost = true;
    EXPECT_EQ(ids(filter), "");
    EXPECT_EQ(parsed(*view, filter)["lost"].size(), 1U);
    EXPECT_EQ(parsed(*view, filter)["stats"]["workers"]["fresh"], 2) << "of the whole fleet";
    filter = {};
    filter.labels = {{"zone", "a"}};
    EXPECT_EQ(ids(filter), "");
    EXPECT_TRUE(parsed(*view, filter)["lost"].empty());
    filter = {};
    filter.members = WorkerMembers{};
    filter.members.add(WorkerMember::state);
    const json worker = parsed(*view, filter)["workers"][0];
    EXPECT_EQ(worker, json({{"id", "a/b/1"}, {"state", "fresh"}}));
}

TEST(FleetJson, LabelsChooseOneValueOfEachName) {
    ViewBuilder builder(kNow);
    builder.add({.instance_id = 1, .labels = {{"tier", "gold"}, {"zone", "a"}}})
        .add({.instance_id = 2, .labels = {{"zone", "b"}}})
        .add({.instance_id = 3})
        .lost({.instance_id = 4, .labels = {{"zone", "a"}}}, 1s, LostReason::silent, "silent");
    const auto view = builder.build();
    const auto chosen = [&](Labels labels) {
        FleetFilter filter;
        filter.components = {"dynamo/backend"};
        filter.labels = std::move(labels);
        const json fleet = parsed(*view, filter);
        std::string text;
        for (const json& worker : fleet["workers"]) {
            text += worker["id"].get<std::string>().back();
        }
        return text + " lost " + std::to_string(fleet["lost"].size());
    };
    EXPECT_EQ(chosen({}), "123 lost 1");
    EXPECT_EQ(chosen({{"zone", "a"}}), "1 lost 1");
    EXPECT_EQ(chosen({{"zone", "a"}, {"zone", "b"}}), "12 lost 1") << "either value";
    EXPECT_EQ(chosen({{"zone", "b"}, {"tier", "gold"}}), " lost 0") << "both names";
    EXPECT_EQ(chosen({{"zone", "a"}, {"tier", "gold"}}), "1 lost 0");
    const json worker = parsed(*view)["workers"][0];
    EXPECT_EQ(worker["labels"], json({{"tier", "gold"}, {"zone", "a"}}));
}

TEST(FleetJson, WhatIsExpectedIsShownOnlyWhereSomethingIs) {
    EXPECT_FALSE(parsed(FleetView()).contains("expected"));
    const auto view = ViewBuilder(kNow)
                          .expected({.component = "a/b",
                                     .workers = 3,
                                     .present = 1,
                                     .missing = std::nullopt,
                                     .since = kNever,
                                     .why = "nats-1 disconnected",
                                     .missing_ids = {}})
                          .build();
    const json entry = parsed(*view)["expected"][0];
    EXPECT_TRUE(entry["missing"].is_null()) << "not known is not 0";
    EXPECT_TRUE(entry["since"].is_null());
    EXPECT_EQ(entry["present"], 1);
    EXPECT_EQ(entry["why"], "nats-1 disconnected");
    const auto back = parse_fleet_document(text_of(*view));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->expected.front().workers, 3U);
    EXPECT_FALSE(back->expected.front().missing);
    EXPECT_EQ(parse_fleet_document(text_of(*guide_fleet()))->workers[0].labels,
              (Labels{{"zone", "a"}}));
}

TEST(FleetJson, EveryMemberCanBeChosenAlone) {
    const BuiltRow row{.load = load_of(1, 1, 1, 0.1),
                       .silent_for = 5s,
                       .spec_decode = std::make_shared<SpecDecodeStats>(SpecDecodeStats{
                           1, std::nullopt, 3, 4, std::vector<std::uint32_t>{5, 6}}),
                       .trouble = std::make_shared<WorkerTrouble>(
                           WorkerTrouble{"not_found", "404: http://a/metrics: see --help", kNow}),
                       .activity = std::make_shared<WorkerActivity>(
                           WorkerActivity{{0.25, std::nullopt, 123.0}, 2, kNow - 3s}),
                       .captured_lag = 500ms};
    const auto view = ViewBuilder(kNow).add(row).source(nats_source()).build();
    for (std::size_t i = 0; i < kWorkerMemberCount; ++i) {
        FleetFilter filter;
        filter.members = WorkerMembers{};
        filter.members.add(static_cast<WorkerMember>(i));
        const json worker = parsed(*view, filter)["workers"][0];
        EXPECT_EQ(worker.size(), 2U) << kWorkerMemberNames[i];
        EXPECT_TRUE(worker.contains(kWorkerMemberNames[i])) << kWorkerMemberNames[i];
    }
    const json worker = parsed(*view)["workers"][0];
    EXPECT_EQ(worker["spec_decode"]["num_accepted_tokens_per_pos"], json({5, 6}));
    EXPECT_TRUE(worker["spec_decode"]["num_drafts"].is_null());
    EXPECT_EQ(worker["silent_since"], "2026-11-23T10:14:57.114Z");
    EXPECT_EQ(worker["trouble"]["kind"], "not_found");
    EXPECT_EQ(worker["trouble"]["what"], "404: http://a/metrics: see --help");
    EXPECT_TRUE(worker["trouble"]["since"].is_string());
    EXPECT_EQ(worker["activity"], json::parse(R"({"requests_per_s": 0.25,
        "prompt_tokens_per_s": null, "generated_tokens_per_s": 123, "unseen_bursts": 2,
        "last_unseen_burst": "2026-11-23T10:14:59.114Z"})"));
    EXPECT_EQ(worker["captured_age_ms"], 510.0);
    const auto back = parse_fleet_document(text_of(*view));
    ASSERT_TRUE(back);
    ASSERT_TRUE(back->workers[0].activity);
    EXPECT_EQ(back->workers[0].activity->generated_tokens_per_s, 123.0);
    EXPECT_EQ(back->workers[0].activity->prompt_tokens_per_s, std::nullopt);
    EXPECT_EQ(back->workers[0].activity->unseen_bursts, 2U);
    EXPECT_TRUE(back->workers[0].activity->last_unseen_burst);
}

TEST(FleetJson, OneWorkerStandsInItsOwnDocument) {
    const auto view = guide_fleet();
    std::string out;
    append_worker_json(out, *view, 2, moment());
    const json worker = json::parse(out);
    EXPECT_EQ(worker["epoch"], "7f3a9c");
    EXPECT_EQ(worker["version"], 1842);
    EXPECT_EQ(worker["id"], "dynamo/backend/7587888657184927292");
    EXPECT_EQ(worker["flags"], json({"frozen", "duplicate"}));
    EXPECT_EQ(worker["flags_since"]["frozen"], "2026-11-23T10:14:32.114Z");
    EXPECT_EQ(worker["record_age_ms"], 900.0);
    out.clear();
    append_workers_json(out, *view, moment());
    EXPECT_EQ(json::parse(out)["workers"].size(), 4U);
    out.clear();
    append_sources_json(out, *view, moment());
    EXPECT_EQ(json::parse(out)["sources"], parsed(*view)["sources"]);
}

TEST(FleetJson, SourcesSayWhatIsWrong) {
    SourceInfo source = nats_source();
    source.state = SourceState::suspect;
    source.reason = "no echo for 2 s";
    source.last_error = "slow consumer";
    source.mass_silences.push_back({"dynamo/backend", 38, 64, kNow - 3s});
    source.foreign_services = {"weather"};
    const auto view = ViewBuilder(kNow).source(source).build();
    const json told = parsed(*view)["sources"][0];
    EXPECT_EQ(told["state"], "suspect");
    EXPECT_EQ(told["reason"], "no echo for 2 s");
    EXPECT_EQ(told["mass_silences"][0]["silent"], 38);
    EXPECT_EQ(told["foreign_services"][0], "weather");
    EXPECT_EQ(told["last_error"], "slow consumer");
}

TEST(FleetJson, OurOwnReaderReadsIt) {
    const auto document = parse_fleet_document(text_of(*guide_fleet()));
    ASSERT_TRUE(document) << document.error().what;
    EXPECT_EQ(document->version, 1842U);
    ASSERT_EQ(document->workers.size(), 4U);
    EXPECT_EQ(document->workers[0].load.count(LoadField::running), 37U);
    EXPECT_EQ(document->workers[0].load.fraction(LoadField::kv_usage), 0.00215719);
    EXPECT_FALSE(document->workers[3].load.count(LoadField::running));
    EXPECT_EQ(document->workers[0].age_ms, 41.7);
    EXPECT_EQ(document->lost[0].reason, "silent for 10 s");
    EXPECT_EQ(document->time, kWall);
}

// Whatever bytes names are made of, nlohmann (which checks UTF-8) reads the text, and every number
// comes back.
TEST(FleetJson, IsValidForAnyNamesAndNumbers) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& names, std::uint64_t id,
                             std::uint64_t count, std::int64_t age) {
        const auto name = [&](std::size_t i) {
            return i < names.size() ? names[i] : "x\xff\"\\\n";
        };
        Load load;
        load.set_count(LoadField::waiting, count);
        load.set_fraction(LoadField::kv_usage, 1.0 / static_cast<double>(1 + count));
        BuiltRow row{.component = name(0), .instance_id = id, .load = load};
        row.instance_name = name(1);
        row.engine = name(2);
        row.address = name(3);
        row.models = names;
        row.age = Duration(age & 0xffffffffff);
        SourceInfo source = nats_source();
        source.id = name(4);
        source.last_error = name(5);
        const auto view = ViewBuilder(kNow)
                              .add(row)
                              .source(source)
                              .lost(row, 1s, LostReason::withdrawn, name(1))
                              .build();
        const json fleet = parsed(*view);
        const json& worker = fleet["workers"][0];
        RC_ASSERT(worker["instance_id"] == std::to_string(id));
        RC_ASSERT(worker["load"]["waiting"] == count);
        RC_ASSERT(worker["load"]["kv_usage"].get<double>() == load.kv_usage ||
                  worker["load"]["kv_usage"].get<float>() == static_cast<float>(load.kv_usage));
        RC_ASSERT(worker["models"].size() == names.size());
        RC_ASSERT(worker["age_ms"].get<double>() >= to_ms(row.age) - 1e-6);
        RC_ASSERT(worker["age_ms"].get<double>() <= to_ms(row.age) + 0.1 + 1e-6);
    }));
}

TEST(FleetJson, ACordonStandsBesideItsFlag) {
    const auto view =
        ViewBuilder(kNow)
            .add({.instance_id = 1, .cordon = Cordon{"", "new \"driver\"", "ada", kNow - 1h}})
            .add({.instance_id = 2, .cordon = Cordon{"", "x", "", kNow}})
            .add({.instance_id = 3})
            .build();
    const json workers = parsed(*view)["workers"];
    EXPECT_EQ(workers[0]["flags"], json::array({"cordoned"}));
    EXPECT_EQ(
        workers[0]["cordon"],
        json({{"why", "new \"driver\""}, {"by", "ada"}, {"since", "2026-11-23T09:15:02.114Z"}}));
    EXPECT_TRUE(workers[1]["cordon"]["by"].is_null());
    EXPECT_FALSE(workers[2].contains("cordon"));
    FleetFilter states;
    states.members = {};
    states.members.add(WorkerMember::state);
    EXPECT_FALSE(parsed(*view, states)["workers"][0].contains("cordon"));

    std::string text;
    append_cordons_json(text, *view, moment());
    const json cordons = json::parse(text)["cordons"];
    ASSERT_EQ(cordons.size(), 2U);
    EXPECT_EQ(cordons[0]["id"], "dynamo/backend/1");
    EXPECT_EQ(cordons[0]["present"], true);

    const auto document = parse_fleet_document(text_of(*view));
    ASSERT_TRUE(document);
    ASSERT_TRUE(document->workers[0].cordon);
    EXPECT_EQ(document->workers[0].cordon->why, "new \"driver\"");
    EXPECT_EQ(document->workers[0].cordon->by, "ada");
    EXPECT_TRUE(document->workers[0].cordon->since);
    EXPECT_FALSE(document->workers[2].cordon);
}

// The largest row there is must fit the room that is measured for it (asserted where it is
// written).
TEST(FleetJson, TheLargestRowFits) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    Load load = load_of(kMost, kMost, kMost, 1.0 / 3.0);
    load.set_count(LoadField::slots, kMost);
    load.set_count(LoadField::kv_total_blocks, kMost);
    load.set_fraction(LoadField::prefix_hit_rate, 2.2250738585072014e-308);
    BuiltRow row{
        .component = std::string(kNameBytesMax, '\x01'), .instance_id = kMost, .load = load};
    row.rank = std::numeric_limits<std::uint32_t>::max();
    row.engine = row.address = row.component;
    row.models.assign(100, row.component);
    row.age = row.alive_age = 24h * 360;
    row.rtt = Duration::max();
    row.missed = row.generation = std::numeric_limits<std::uint32_t>::max();
    row.interval = row.patience = std::chrono::microseconds(row.missed);
    row.road = Road::pushed_with_heartbeat;
    row.triggers_only = true;
    row.silent_for = 1h;
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) {
        row.flags.emplace_back(static_cast<WorkerFlag>(i), 1h);
    }
    const auto view = ViewBuilder(kNow).add(row).build();
    EXPECT_EQ(parsed(*view)["workers"][0]["load"]["running"], kMost);
}

}  // namespace
}  // namespace muster
