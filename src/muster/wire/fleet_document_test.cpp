// Our own JSON read back: the example of the surface, what is null, what is wrong, times.
#include "muster/wire/fleet_document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace muster {
namespace {

using namespace std::chrono_literals;

const std::string kFleet = R"({
  "epoch": "7f3a9c", "version": 1842, "time": "2026-11-23T10:15:02.114Z",
  "invented_later": {"a": [1]},
  "workers": [
    {"id": "dynamo/backend/7587888657184927289", "component": "dynamo/backend",
     "instance_id": "7587888657184927289", "rank": null, "engine": "dynamo",
     "address": "nats:dynamo_backend.load_metrics-694d988806b92e39", "models": ["m1"],
     "state": "fresh", "flags": ["frozen"], "generation": 2, "age_ms": 41.7,
     "alive_age_ms": 40, "rtt_ms": 0.4, "missed": 0, "interval_ms": 250, "patience_ms": 300,
     "source": "nats-1", "road": "polled",
     "load": {"running": 37, "slots": 256, "waiting": 4, "kv_active_blocks": 60,
              "kv_total_blocks": 27814, "kv_usage": 0.00215719, "prefix_hit_rate": null}},
    {"id": "dynamo/backend/8", "state": "unknown", "age_ms": null, "load": null}
  ],
  "lost": [{"id": "dynamo/backend/9", "since": "2026-11-23T10:12:40.002Z",
            "reason": "silent for 10 s", "load": {"running": 1}}],
  "sources": [
    {"id": "nats-1", "kind": "nats", "target": "nats://127.0.0.1:4222", "state": "suspect",
     "since": "2026-11-23T10:11:00.000Z", "last_error": null,
     "mass_silences": [{"component": "dynamo/backend", "silent": 38, "total": 64}]}
  ]
})";

TEST(FleetDocument, ReadsWhatStandsBesideTheLoads) {
    const auto fleet = parse_fleet_document(R"({"version": 1,
      "time": "2026-11-23T10:15:02.000Z",
      "stats": {"running": {"count": 2, "avg": 30.5, "std": 1.0, "min": 1, "max": 60, "sum": 61},
                "waiting": {"count": 0, "avg": null}, "oldest_age_ms": 512.0},
      "expected": [{"component": "dynamo/backend", "workers": 5, "missing": 1,
                    "since": "2026-11-23T10:15:00.000Z", "missing_ids": ["a"], "why": "lost"}],
      "workers": [{"id": "a/b/7", "instance_id": "7", "labels": {"zone": "a", "odd": 3},
                   "flags": ["frozen", "zombie"],
                   "flags_since": {"frozen": "2026-11-23T10:15:01.000Z"},
                   "record_age_ms": 900.0, "captured_age_ms": 7,
                   "silent_since": "2026-11-23T10:14:02.000Z",
                   "spec_decode": {"num_spec_tokens": 3, "num_drafts": null,
                                   "num_draft_tokens": 5000000000, "num_accepted_tokens": 4,
                                   "num_accepted_tokens_per_pos": [3, 1]}}],
      "sources": [{"id": "nats-1", "asked": 9, "answered": 7, "late_answers": 1,
                   "rejected": {"bad_metrics": 2, "foreign_subject": 0}}],
      "components": [{"name": "dynamo/backend", "source": "nats-1", "interval_ms": 250,
                      "patience_ms": 300, "without_load": [{"id": "a/b/8"}]}]})");
    ASSERT_TRUE(fleet) << fleet.error().what;
    EXPECT_EQ(fleet->stats.running.sum, 61.0);
    EXPECT_EQ(fleet->stats.running.mean, 30.5);
    EXPECT_EQ(fleet->stats.running.max, 60.0);
    EXPECT_EQ(fleet->stats.waiting.count, 0U);
    EXPECT_EQ(fleet->stats.waiting.sum, std::nullopt);
    EXPECT_EQ(fleet->stats.kv_usage.count, std::nullopt);
    EXPECT_EQ(fleet->stats.oldest_age_ms, 512.0);
    ASSERT_EQ(fleet->expected.size(), 1U);
    EXPECT_EQ(fleet->expected[0].component, "dynamo/backend");
    EXPECT_EQ(fleet->expected[0].workers, 5U);
    EXPECT_EQ(fleet->expected[0].missing, 1U);
    EXPECT_EQ(fleet->expected[0].why, "lost");
    EXPECT_EQ(*fleet->time - *fleet->expected[0].since, 2s);
    EXPECT_EQ(fleet->expected[0].missing_ids, std::vector<std::string>{"a"});
    const WorkerEntry& worker = fleet->workers.at(0);
    EXPECT_EQ(worker.instance_id, "7");
    ASSERT_EQ(worker.labels.size(), 1U) << "a label is a text";
    EXPECT_EQ(worker.labels[0].second, "a");
    ASSERT_EQ(worker.flags_since.size(), 2U);
    EXPECT_EQ(*fleet->time - *worker.flags_since[0], 1s);
    EXPECT_EQ(worker.flags_since[1], std::nullopt);
    EXPECT_EQ(worker.record_age_ms, 900.0);
    EXPECT_EQ(worker.captured_age_ms, 7.0);
    EXPECT_EQ(*fleet->time - *worker.silent_since, 1min);
    ASSERT_TRUE(worker.spec_decode);
    EXPECT_EQ(worker.spec_decode->num_spec_tokens, 3U);
    EXPECT_EQ(worker.spec_decode->num_drafts, std::nullopt);
    EXPECT_EQ(worker.spec_decode->num_draft_tokens, std::nullopt) << "more than it can be";
    EXPECT_EQ(worker.spec_decode->num_accepted_tokens_per_pos, (std::vector<std::uint32_t>{3, 1}));
    const SourceEntry& source = fleet->sources.at(0);
    EXPECT_EQ(source.asked, 9U);
    EXPECT_EQ(source.answered, 7U);
    EXPECT_EQ(source.late_answers, 1U);
    ASSERT_EQ(source.rejected.size(), 1U);
    EXPECT_EQ(source.rejected[0].first, "bad_metrics");
    EXPECT_EQ(source.rejected[0].second, 2U);
    const ComponentEntry& component = fleet->components.at(0);
    EXPECT_EQ(component.name, "dynamo/backend");
    EXPECT_EQ(component.interval_ms, 250.0);
    EXPECT_EQ(component.without_load, std::vector<std::string>{"a/b/8"});
}

TEST(FleetDocument, ReadsWhatMusterWrites) {
    const auto fleet = parse_fleet_document(kFleet);
    ASSERT_TRUE(fleet) << fleet.error().what;
    EXPECT_EQ(fleet->version, 1842U);
    EXPECT_EQ(fleet->epoch, "7f3a9c");
    ASSERT_EQ(fleet->workers.size(), 2U);
    const WorkerEntry& worker = fleet->workers[0];
    EXPECT_EQ(worker.id, "dynamo/backend/7587888657184927289");
    EXPECT_EQ(worker.rank, std::nullopt);
    EXPECT_EQ(worker.state, "fresh");
    EXPECT_EQ(worker.flags, std::vector<std::string>{"frozen"});
    EXPECT_EQ(worker.age_ms, 41.7);
    EXPECT_EQ(worker.alive_age_ms, 40.0);
    EXPECT_EQ(worker.load.count(LoadField::running), 37U);
    EXPECT_EQ(worker.load.fraction(LoadField::kv_usage), 0.00215719);
    ASSERT_EQ(fleet->lost.size(), 1U);
    EXPECT_EQ(fleet->lost[0].reason, "silent for 10 s");
    EXPECT_EQ(*fleet->time - *fleet->lost[0].since, 142112ms);
    ASSERT_EQ(fleet->sources.size(), 1U);
    EXPECT_EQ(fleet->sources[0].state, "suspect");
    EXPECT_EQ(fleet->sources[0].last_error, std::nullopt);
    EXPECT_EQ(fleet->sources[0].mass_silences,
              std::vector<std::string>{"38 of 64 of dynamo/backend silent"});
}

TEST(FleetDocument, NullIsUnknownAndNeverZero) {
    const auto fleet = parse_fleet_document(kFleet);
    ASSERT_TRUE(fleet);
    EXPECT_EQ(fleet->workers[0].load.fraction(LoadField::prefix_hit_rate), std::nullopt);
    EXPECT_EQ(fleet->workers[1].age_ms, std::nullopt);
    EXPECT_EQ(fleet->workers[1].load.count(LoadField::running), std::nullopt);
    EXPECT_EQ(fleet->workers[1].generation, std::nullopt);
}

TEST(FleetDocument, RefusesWhatIsNoFleet) {
    for (const char* text :
         {"", "{", "[]", "null", "{}", R"({"version": 1})", R"({"version": -1, "workers": []})",
          R"({"version": 1, "workers": {}})", "<html></html>"}) {
        const auto fleet = parse_fleet_document(text);
        ASSERT_FALSE(fleet) << text;
        EXPECT_EQ(fleet.error().kind, ErrorKind::bad_input);
    }
}

TEST(FleetDocument, WrongTypesAreUnknown) {
    const auto fleet = parse_fleet_document(
        R"({"version": 1, "time": 5, "workers": [7, {"id": "a", "age_ms": "old", "models": {},
            "load": {"running": -1, "kv_usage": "x"}}], "sources": 3})");
    ASSERT_TRUE(fleet);
    ASSERT_EQ(fleet->workers.size(), 1U);
    EXPECT_EQ(fleet->workers[0].age_ms, std::nullopt);
    EXPECT_EQ(fleet->workers[0].load, Load{});
    EXPECT_EQ(fleet->time, std::nullopt);
    EXPECT_TRUE(fleet->sources.empty());
}

TEST(WorkerDocument, ReadsOneWorker) {
    const auto worker = parse_worker_document(R"({"id": "a/b/1", "state": "late"})");
    ASSERT_TRUE(worker);
    EXPECT_EQ(worker->state, "late");
    EXPECT_FALSE(parse_worker_document(R"({"title": "unknown worker"})"));
}

}  // namespace
}  // namespace muster
