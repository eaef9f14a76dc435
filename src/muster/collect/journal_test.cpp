// The journal's format: what is written is read back, what did not change costs nothing, what is
// cut short or damaged is noticed and does no harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/collect/journal_decoder.hpp"
#include "muster/collect/journal_encoder.hpp"
#include "muster/collect/journal_fleet.hpp"
#include "muster/collect/journal_record.hpp"
#include "muster/fleet/statistics.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::BuiltRow;
using testing::load_of;
using testing::ViewBuilder;
using Took = JournalDecoder::Took;

constexpr Time kStart = Time{} + 100h;
constexpr WallTime kWall = WallTime(1'795'000'000s);

WallAnchor at(Time time) {
    return {time, kWall + (time - kStart)};
}

JournalHeader header() {
    return {.series = JournalSeries::fine,
            .base = at(kStart),
            .boot = "boot-1",
            .epoch = "7f3a9c",
            .software = "muster 0.1.0"};
}

BuiltRow worker(std::uint64_t id, Duration age = 10ms) {
    return {.instance_id = id,
            .load = load_of(37, 4, 60 + id, 0.5),
            .age = age,
            .alive_age = age,
            .rtt = 400us,
            .interval = 250ms,
            .generation = 2};
}

/// Decodes everything; the last fleet.
struct Read {
    JournalDecoder decoder{JournalDecoder::Wanted::fleet};
    std::vector<Took> took;
    bool torn = false;
    explicit Read(const std::string& segment) {
        JournalRecords records(segment);
        while (const auto record = records.next()) {
            took.push_back(decoder.take(*record));
            if (took.back() == Took::damaged) break;
        }
        torn = records.torn();
    }
};

std::string source_segment(const FleetViewPtr& view, Time now) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    encoder.sample(segment, *view, at(now));
    return segment;
}

TEST(Journal, ChecksumIsCastagnolis) {
    EXPECT_EQ(checksum_of("123456789"), 0xe3069283U) << "the check value of CRC-32C";
    EXPECT_EQ(checksum_of("6789", checksum_of("12345")), 0xe3069283U);
}

// One of each kind of row, and everything around them.
FleetViewPtr everything_at(Time now) {
    BuiltRow plain = worker(1);
    BuiltRow marked = worker(2, 7s);
    marked.flags = {{WorkerFlag::frozen, 40s}, {WorkerFlag::zombie, 3s}};
    marked.missed = 5;
    marked.rank = 3;
    marked.models = {"llama", "mistral"};
    marked.labels = {{"tier", "gold"}, {"zone", "a"}};
    marked.cordon = Cordon{.worker = {}, .why = "driver", .by = "ada", .since = now - 1h};
    BuiltRow unknown = worker(3);
    unknown.load.reset();
    BuiltRow pushed = worker(4);
    pushed.triggers_only = true;
    pushed.road = Road::pushed_on_change;
    pushed.age = 90s;
    pushed.confirmed_age = 30ms;
    BuiltRow silent = worker(5, 20s);
    silent.silent_for = 19s;
    silent.cut_off = true;
    return ViewBuilder(now)
        .version(77)
        .add(plain)
        .add(marked)
        .add(unknown)
        .add(pushed)
        .add(silent)
        .lost(worker(9), 30s, LostReason::mass_silent, "silent for 60 s")
        .source({.source = {},
                 .id = "nats-1",
                 .kind = "nats",
                 .target = "nats://h:4222",
                 .state = SourceState::suspect,
                 .since = now - 2s,
                 .reason = "our own echo is not back after 600 ms",
                 .last_error = "reset",
                 .mass_silences = {{"dynamo/backend", 3, 5, now - 1s}},
                 .foreign_services = {"other"},
                 .asked_once = true,
                 .counters = nullptr})
        .component({.component = {},
                    .name = "dynamo/backend",
                    .source = {},
                    .interval = 250ms,
                    .patience = 300ms,
                    .without_load = {{"dynamo/backend/8", now - 9s}}})
        .build();
}

void expect_same_rows(const FleetViewPtr& past, const FleetViewPtr& view, Time now) {
    ASSERT_EQ(past->size(), view->size());
    for (std::size_t row = 0; row < view->size(); ++row) {
        SCOPED_TRACE(view->identity(row).id);
        EXPECT_EQ(past->identity(row).id, view->identity(row).id);
        EXPECT_EQ(past->identity(row).rank, view->identity(row).rank);
        EXPECT_EQ(past->identity(row).models, view->identity(row).models);
        EXPECT_EQ(past->has_load(row), view->has_load(row));
        EXPECT_EQ(past->load(row), view->load(row));
        EXPECT_EQ(past->sequence(row), view->sequence(row));
        EXPECT_EQ(past->generation(row), view->generation(row));
        EXPECT_EQ(past->flags(row), view->flags(row));
        EXPECT_EQ(past->road(row), view->road(row));
        EXPECT_EQ(past->state_at(row, now), view->state_at(row, now));
        EXPECT_EQ(past->slot(row).missed(), view->slot(row).missed());
        if (!view->has_load(row)) continue;
        EXPECT_GE(*past->age_at(row, now), *view->age_at(row, now)) << "never younger than it was";
        EXPECT_GE(*past->record_age_at(row, now), *view->record_age_at(row, now));
    }
}

TEST(Journal, AViewIsReadBackAsItWas) {
    const Time now = kStart + 5s;
    const FleetViewPtr view = everything_at(now);
    const Read read(source_segment(view, now));
    ASSERT_EQ(read.took, (std::vector{Took::header, Took::sample}));
    EXPECT_EQ(read.decoder.header().boot, "boot-1");
    EXPECT_EQ(read.decoder.header().epoch, "7f3a9c");
    const JournalFleet& fleet = read.decoder.fleet();
    EXPECT_EQ(fleet.anchor.wall, kWall + 5s);
    const FleetViewPtr past = view_of(fleet);
    EXPECT_EQ(past->version(), 77U);
    expect_same_rows(past, view, now);
    EXPECT_EQ(past->age_at(*past->find("dynamo/backend/2/3"), now), 7s) << "stale: to the moment";
    const RowExtras* extras = past->extras(*past->find("dynamo/backend/2/3"));
    ASSERT_NE(extras, nullptr);
    EXPECT_EQ(extras->flag_times[static_cast<std::size_t>(WorkerFlag::frozen)], now - 40s);
    ASSERT_NE(extras->cordon, nullptr);
    EXPECT_EQ(*extras->cordon, *view->extras(*view->find("dynamo/backend/2/3"))->cordon);
    EXPECT_EQ(past->identity(*past->find("dynamo/backend/2/3")).labels,
              (Labels{{"tier", "gold"}, {"zone", "a"}}));
    EXPECT_EQ(past->extras(*past->find("dynamo/backend/5"))->silent_since, now - 19s);
    ASSERT_EQ(past->tombstones().size(), 1U);
    EXPECT_EQ(past->tombstones()[0].since, now - 30s);
    EXPECT_EQ(past->tombstones()[0].detail, "silent for 60 s");
    ASSERT_EQ(past->sources().size(), 1U);
    EXPECT_EQ(past->sources()[0].state, SourceState::suspect);
    EXPECT_EQ(past->sources()[0].last_error, "reset");
    EXPECT_EQ(past->sources()[0].mass_silences, view->sources()[0].mass_silences);
    ASSERT_EQ(past->components().size(), 1U);
    EXPECT_EQ(past->components()[0].without_load[0].id, "dynamo/backend/8");
}

TEST(Journal, WhatDidNotChangeCostsNothing) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    for (int second = 0; second < 60; ++second) {
        // Confirmed meanwhile, as workers are that are asked four times a second.
        const Time now = kStart + std::chrono::seconds(second);
        ViewBuilder builder(now);
        const Duration age = std::chrono::milliseconds(40 + 37 * second % 210);
        for (std::uint64_t id = 1; id <= 100; ++id) {
            BuiltRow row = worker(id);
            row.age = 1min + (now - kStart);
            row.confirmed_age = row.alive_age = age;
            builder.add(row);
        }
        const std::size_t before = segment.size();
        encoder.sample(segment, *builder.build(), at(now));
        if (second > 20) {
            EXPECT_EQ(segment.size(), before) << "at second " << second;
        }
    }
}

TEST(Journal, AWorkerThatFallsSilentIsAgedToTheMoment) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    const Time silent = kStart + 10s;
    for (int second = 0; second < 40; ++second) {
        const Time now = kStart + std::chrono::seconds(second);
        const Time known = std::min(now - 100ms, silent);
        ViewBuilder builder(now);
        BuiltRow row = worker(1, now - known);
        row.alive_age = row.age;
        encoder.sample(segment, *builder.add(row).build(), at(now));
        const Read read(segment);
        const FleetViewPtr past = view_of(read.decoder.fleet());
        const Time shown = read.decoder.fleet().time();
        if (second >= 12) {
            EXPECT_EQ(past->known_at(0), silent) << second;
            EXPECT_EQ(past->slot(0).alive_at(), silent) << second;
        } else {
            EXPECT_LE(*past->known_at(0), shown - 100ms);
        }
    }
    encoder.quiet(segment, kStart + 55s);
    const Read read(segment);
    EXPECT_EQ(read.took.back(), Took::quiet);
    const Time last = read.decoder.fleet().time();
    EXPECT_EQ(last, kStart + 55s);
    EXPECT_EQ(view_of(read.decoder.fleet())->age_at(0, last), 45s) << "it aged on while quiet";
}

TEST(Journal, ComingGoingAndChangingAreDifferences) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    const std::vector<std::vector<std::uint64_t>> fleets = {
        {1, 2, 3, 4, 5}, {2, 3, 5}, {}, {7}, {1, 7, 9}, {1, 9}, {10, 20, 30}};
    for (std::size_t i = 0; i < fleets.size(); ++i) {
        const Time now = kStart + std::chrono::seconds(i);
        ViewBuilder builder(now);
        for (const std::uint64_t id : fleets[i]) {
            BuiltRow row = worker(id);
            row.load = load_of(i, id, 100 * i, 0.25);
            builder.add(row);
        }
        // Tombstones come at the end and go from anywhere.
        for (std::size_t j = i / 2; j <= i; ++j) {
            builder.lost(worker(100 + j), 10s, LostReason::silent, "silent for 10 s");
        }
        const FleetViewPtr view = builder.build();
        encoder.sample(segment, *view, at(now));
        const Read read(segment);
        ASSERT_EQ(read.took.back(), Took::sample);
        const FleetViewPtr past = view_of(read.decoder.fleet());
        ASSERT_EQ(past->size(), view->size());
        for (std::size_t row = 0; row < view->size(); ++row) {
            EXPECT_EQ(past->identity(row).id, view->identity(row).id);
            EXPECT_EQ(past->load(row), view->load(row));
        }
        ASSERT_EQ(past->tombstones().size(), view->tombstones().size());
        for (std::size_t row = 0; row < view->tombstones().size(); ++row) {
            EXPECT_EQ(past->tombstones()[row].identity->id, view->tombstones()[row].identity->id);
        }
    }
}

TEST(Journal, EveryLoadComesBackToTheLastBit) {
    std::vector<Load> loads(8);
    loads[1] = load_of(1, 2, 3, 3.0 / 27'814);                               // Quotient of doubles.
    loads[2] = load_of(1, 2, 777, static_cast<double>(777.0F / 27'814.0F));  // Of floats.
    loads[3] = load_of(1, 2, 3, 0.1);                                        // Neither.
    loads[4].set_count(LoadField::waiting, kCountMax);
    loads[5].set_fraction(LoadField::prefix_hit_rate, 1.0);
    loads[6] = load_of(kCountMax, kCountMax, kCountMax, 1.0);
    loads[7].set_fraction(LoadField::kv_usage, 1e-300);
    std::string segment;
    JournalEncoder encoder(header(), segment);
    for (int turn = 0; turn < 3; ++turn) {
        for (std::size_t i = 0; i < loads.size(); ++i) {
            const Time now = kStart + std::chrono::seconds(turn * 10 + static_cast<int>(i));
            BuiltRow row = worker(1);
            row.load = loads[i];
            encoder.sample(segment, *ViewBuilder(now).add(row).build(), at(now));
            const Read read(segment);
            EXPECT_EQ(read.decoder.fleet().rows[0].load, loads[i]) << i;
        }
    }
}

TEST(Journal, EventsAreToldByTheWallClockInForce) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    std::vector<FleetEvent> events = {
        {FleetEventKind::worker_lost, kStart + 1s, "dynamo/backend/1", "silent for 10 s"},
        {FleetEventKind::worker_lost, kStart + 2s, "dynamo/backend/1", "silent for 10 s"}};
    encoder.events(segment, events, at(kStart + 2s));
    const std::size_t before = segment.size();
    encoder.events(segment, events, at(kStart + 2s));
    EXPECT_LT(segment.size() - before, 30U) << "texts that repeat are numbers";
    WallAnchor set = at(kStart + 3s);
    set.wall += 1h;
    encoder.events(segment, {events.data(), 1}, set);
    encoder.events(segment, {}, set);

    JournalDecoder decoder(JournalDecoder::Wanted::events);
    std::vector<PastEvent> read;
    JournalRecords records(segment);
    while (const auto record = records.next()) {
        if (decoder.take(*record) != Took::events) continue;
        read.insert(read.end(), decoder.events().begin(), decoder.events().end());
    }
    ASSERT_EQ(read.size(), 5U);
    EXPECT_EQ(read[1], (PastEvent{FleetEventKind::worker_lost, kWall + 2s, "dynamo/backend/1",
                                  "silent for 10 s"}));
    EXPECT_EQ(read[4].when, kWall + 1h + 1s);
}

TEST(Journal, AClockThatWasSetIsFollowed) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    const FleetViewPtr view = ViewBuilder(kStart).add(worker(1)).build();
    encoder.sample(segment, *view, at(kStart));
    WallAnchor set = at(kStart + 1s);
    set.wall -= 2h;
    EXPECT_TRUE(encoder.sample(segment, *view, set)) << "though the fleet is the same";
    EXPECT_EQ(Read(segment).decoder.fleet().anchor.wall, set.wall);
}

TEST(Journal, ATornTailIsCutAndTheRestIsGood) {
    std::string segment;
    JournalEncoder encoder(header(), segment);
    std::vector<std::size_t> ends;
    for (std::uint64_t second = 0; second < 4; ++second) {
        const Time now = kStart + std::chrono::seconds(second);
        BuiltRow row = worker(1);
        row.load = load_of(second, 0, 0, 0);
        encoder.sample(segment, *ViewBuilder(now).add(row).build(), at(now));
        ends.push_back(segment.size());
    }
    for (std::size_t size = 0; size <= segment.size(); ++size) {
        const Read read(segment.substr(0, size));
        const auto whole = static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](std::size_t end) { return end <= size; }));
        EXPECT_EQ(std::ranges::count(read.took, Took::sample), static_cast<std::ptrdiff_t>(whole));
        EXPECT_EQ(std::ranges::count(read.took, Took::damaged), 0);
        if (whole > 0) {
            EXPECT_EQ(read.decoder.fleet().rows[0].load.running, whole - 1);
        }
        JournalRecords records(std::string_view(segment).substr(0, size));
        while (records.next()) {
        }
        EXPECT_LE(records.good_bytes(), size);
    }
}

TEST(Journal, AnyBrokenByteIsNoticed) {
    const FleetViewPtr view = ViewBuilder(kStart).add(worker(1)).add(worker(2)).build();
    const std::string segment = source_segment(view, kStart);
    for (std::size_t i = 0; i < segment.size(); ++i) {
        std::string broken = segment;
        broken[i] = static_cast<char>(broken[i] ^ 0x10);
        const Read read(broken);
        EXPECT_EQ(std::ranges::count(read.took, Took::sample), 0) << "byte " << i;
    }
}

TEST(Journal, RecordsOfANewerMusterArePassedOver) {
    const FleetViewPtr view = ViewBuilder(kStart).add(worker(1)).build();
    std::string segment = source_segment(view, kStart);
    append_record(segment, static_cast<JournalRecordType>(99), "who knows");
    EXPECT_EQ(Read(segment).took, (std::vector{Took::header, Took::sample, Took::other}));
}

TEST(Journal, WhatARunRestoresIsWhatTheRunBeforeKnew) {
    const Time now = kStart + 5s;
    BuiltRow row = worker(1, 100ms);
    SourceInfo source;
    source.id = "nats-1";
    source.target = "t";
    const FleetViewPtr view = ViewBuilder(now)
                                  .add(row)
                                  .lost(worker(9), 30s, LostReason::silent, "silent for 10 s")
                                  .source(source)
                                  .build();
    const Read read(source_segment(view, now));
    const RestoredFleet restored = restored_from(read.decoder.fleet(), -3s);
    EXPECT_EQ(restored.heard_until, now - 3s);
    ASSERT_EQ(restored.sources.size(), 1U);
    EXPECT_EQ(restored.sources[0].target, "t");
    ASSERT_EQ(restored.workers.size(), 1U);
    const RestoredWorker& worker = restored.workers[0];
    EXPECT_EQ(worker.source, "nats-1");
    EXPECT_EQ(worker.generation, 2U);
    EXPECT_LE(worker.known_at, now - 3s - 100ms);
    EXPECT_GE(worker.known_at, now - 3s - 200ms);
    ASSERT_EQ(restored.tombstones.size(), 1U);
    EXPECT_EQ(restored.tombstones[0].since, now - 33s);
}

}  // namespace
}  // namespace muster
