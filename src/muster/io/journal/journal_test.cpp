// The journal's files: what they bound, what survives, what is found again; on a real directory.
#include "muster/io/journal/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "muster/io/journal/detail/journal_writer.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "support/child_process.hpp"
#include "support/view_builder.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::BuiltRow;
using ::testing::HasSubstr;
using testing::load_of;
using testing::TempDir;
using testing::ViewBuilder;
using testing::wait_until;

constexpr Time kStart = Time{} + 100h;
constexpr WallTime kWall = WallTime(1'795'004'800s);  // 2026-11-18T12:26:40Z

WallAnchor at(Time time) {
    return {time, kWall + (time - kStart)};
}
WallTime wall(Duration after_start) {
    return kWall + after_start;
}

FleetViewPtr fleet_of(Time now, std::uint64_t workers, std::uint64_t running) {
    ViewBuilder builder(now);
    for (std::uint64_t id = 1; id <= workers; ++id) {
        builder.add({.instance_id = id, .load = load_of(running, id, 3, 0.5)});
    }
    SourceInfo source;
    source.id = "nats-1";
    source.target = "nats://h:4222";
    return builder.source(source).build();
}

// A journal that is written with a clock moved by hand.
struct Written {
    TempDir dir;
    std::unique_ptr<JournalWriter> run;
    Time now = kStart;
    explicit Written(std::uint64_t bytes_max = std::uint64_t{1} << 30) { begin(bytes_max, "one"); }
    void begin(std::uint64_t bytes_max, const std::string& epoch) {
        run.reset();  // Its lock ends.
        run = std::make_unique<JournalWriter>(
            dir.path(), bytes_max,
            JournalHeader{
                .series = {}, .base = {}, .boot = "boot", .epoch = epoch, .software = "test"});
        const auto opened = run->open();
        EXPECT_TRUE(opened) << opened.error().what;
    }
    /// `running` tells the second.
    void second(std::uint64_t workers = 2, std::vector<FleetEvent> events = {}) {
        const auto running = static_cast<std::uint64_t>((now - kStart) / 1s);
        const auto written = run->write(*fleet_of(now, workers, running), events, at(now));
        EXPECT_TRUE(written) << written.error().what;
        now += 1s;
    }
    void quiet_second() {
        const auto written = run->write(*fleet_of(now, 2, 7), {}, at(now));
        EXPECT_TRUE(written) << written.error().what;
        now += 1s;
    }
    [[nodiscard]] JournalReader reader() const { return JournalReader(dir.path()); }
    [[nodiscard]] std::uint64_t on_disk() const {
        std::uint64_t bytes = 0;
        const auto files = list_segments(dir.path());
        for (const SegmentFile& file : *files) bytes += file.bytes;
        return bytes;
    }
};

std::uint64_t running_at(const JournalReader& reader, WallTime when) {
    const auto past = reader.fleet_at(when, wall(100h));
    EXPECT_TRUE(past) << past.error().what;
    return past ? past->view->load(0).running : ~0ULL;
}

std::string refusal_at(const JournalReader& reader, WallTime when, WallTime now = wall(100h)) {
    const auto past = reader.fleet_at(when, now);
    return past ? "found one" : past.error().what;
}

TEST(JournalFiles, AMomentIsFoundAgain) {
    Written written;
    for (int i = 0; i < 3'000; ++i) written.second();
    const JournalReader reader = written.reader();
    EXPECT_EQ(running_at(reader, wall(0s)), 0U);
    EXPECT_EQ(running_at(reader, wall(1'234s)), 1'234U);
    EXPECT_EQ(running_at(reader, wall(1'234s + 400ms)), 1'234U) << "the nearest";
    EXPECT_EQ(running_at(reader, wall(1'234s + 600ms)), 1'235U);
    EXPECT_EQ(running_at(reader, wall(2'999s)), 2'999U);
    EXPECT_EQ(running_at(reader, wall(3'010s)), 2'999U) << "the last there is";
    const auto past = reader.fleet_at(wall(700s), wall(100h));
    ASSERT_TRUE(past);
    EXPECT_EQ(past->as_of.wall, wall(700s));
    EXPECT_EQ(past->epoch, "one");
    EXPECT_EQ(past->view->sources()[0].id, "nats-1");
}

TEST(JournalFiles, BeyondAnHourItIsThinnedToTenSeconds) {
    Written written;
    for (int i = 0; i < 3 * 3'600; ++i) written.second();
    const JournalReader reader = written.reader();
    EXPECT_EQ(running_at(reader, wall(3h - 40min + 3s)), 3U * 3'600 - 2'400 + 3) << "to the second";
    EXPECT_EQ(running_at(reader, wall(30min + 4s)), 1'800U);
    EXPECT_EQ(running_at(reader, wall(30min + 6s)), 1'810U);
    std::size_t fine = 0;
    const auto files = list_segments(written.dir.path());
    for (const SegmentFile& file : *files) {
        fine += file.series == JournalSeries::fine ? 1 : 0;
    }
    EXPECT_LE(fine, 8U) << "an hour of ten minutes each, and what is under way";
}

TEST(JournalFiles, WhatNobodyChangedIsAsOfTheMomentAskedFor) {
    Written written;
    for (int i = 0; i < 100; ++i) written.quiet_second();
    const std::uint64_t before = written.on_disk();
    for (int i = 0; i < 400; ++i) written.quiet_second();
    EXPECT_EQ(written.on_disk(), before) << "unchanged samples cost nothing";
    const auto past = written.reader().fleet_at(wall(222s + 500ms), wall(100h));
    ASSERT_TRUE(past);
    EXPECT_EQ(past->as_of.wall, wall(222s + 500ms));
    EXPECT_EQ(past->view->load(0).running, 7U);
}

TEST(JournalFiles, RefusalsTellWhy) {
    TempDir empty;
    EXPECT_THAT(refusal_at(JournalReader(empty.path()), wall(0s)), HasSubstr("nothing in the "));
    EXPECT_THAT(refusal_at(JournalReader(empty.file("none")), wall(0s)),
                HasSubstr("/none: No such file or directory"));
    Written written;
    for (int i = 0; i < 20; ++i) written.second();
    written.now += 1h;
    // A run that was away for an hour begins new segments.
    written.begin(std::uint64_t{1} << 30, "two");
    ASSERT_TRUE(written.run->write(*fleet_of(written.now, 2, 9'999), {}, at(written.now)));
    const JournalReader reader = written.reader();
    EXPECT_EQ(refusal_at(reader, wall(-1s)),
              "before the journal begins: 2026-11-18T12:26:39Z: it begins at 2026-11-18T12:26:40Z");
    EXPECT_EQ(refusal_at(reader, wall(10h), wall(9h)),
              "in the future: 2026-11-18T22:26:40Z: it is 2026-11-18T21:26:40Z now");
    EXPECT_EQ(refusal_at(reader, wall(30min)),
              "not recorded: 2026-11-18T12:56:40Z: muster kept no journal from "
              "2026-11-18T12:26:59Z to 2026-11-18T13:27:00Z");
    EXPECT_EQ(running_at(reader, wall(20s)), 19U);
    EXPECT_EQ(running_at(reader, wall(1h + 19s)), 9'999U) << "the nearest lies in the next run";
}

TEST(JournalFiles, EventsAreFoundByTimeAndWorkerAndPageByPage) {
    Written written;
    for (int i = 0; i < 2 * 3'600; ++i) {
        std::vector<FleetEvent> events;
        if (i % 60 == 0) {
            const std::string id = "dynamo/backend/" + std::to_string(i / 60 % 3);
            events.push_back({FleetEventKind::worker_lost, written.now, id, "silent for 10 s"});
        }
        if (i == 61) {
            events.push_back({FleetEventKind::worker_renamed, written.now, "dynamo/backend/7",
                              "dynamo/backend/7/1"});
        }
        written.second(2, std::move(events));
    }
    const JournalReader reader = written.reader();
    const auto all = reader.events({.since = wall(0s)});
    ASSERT_TRUE(all);
    EXPECT_EQ(all->events.size(), 121U);
    EXPECT_FALSE(all->next);
    EXPECT_EQ(all->begins, wall(0s));
    EXPECT_TRUE(std::ranges::is_sorted(all->events, {}, &PastEvent::when)) << "the newest last";
    const auto some = reader.events({.since = wall(60s), .until = wall(240s)});
    EXPECT_EQ(some->events.size(), 4U);
    EXPECT_EQ(some->events.front().when, wall(60s));
    const auto one = reader.events({.since = wall(0s), .worker = "dynamo/backend/1"});
    EXPECT_EQ(one->events.size(), 40U);
    const auto renamed = reader.events({.since = wall(0s), .worker = "dynamo/backend/7/1"});
    EXPECT_EQ(renamed->events.size(), 1U);

    std::vector<PastEvent> paged;
    JournalQuestion question{.since = wall(0s), .limit = 7};
    for (int pages = 0; pages < 100; ++pages) {
        const auto page = reader.events(question);
        ASSERT_TRUE(page);
        EXPECT_LE(page->events.size(), 7U);
        paged.insert(paged.end(), page->events.begin(), page->events.end());
        if (!page->next) break;
        question.after = parse_journal_cursor(to_string(*page->next));
        ASSERT_TRUE(question.after);
    }
    EXPECT_EQ(paged, all->events);
}

TEST(JournalFiles, CursorsAreReadBackAndNothingElseIs) {
    EXPECT_EQ(parse_journal_cursor("3.17.2"), (JournalCursor{3, 17, 2}));
    for (const char* wrong : {"", "3", "3.17", "3.17.", "3.17.2.", "a.b.c", "3.17.2 ", "-1.0.0"}) {
        EXPECT_FALSE(parse_journal_cursor(wrong)) << wrong;
    }
}

TEST(JournalFiles, ItsSizeIsBounded) {
    constexpr std::uint64_t kMax = 300'000;
    Written written(kMax);
    std::uint64_t most = 0;
    for (int i = 0; i < 4'000; ++i) {
        written.second(40);
        if (i % 50 == 0) most = std::max(most, written.on_disk());
    }
    EXPECT_LE(most, kMax);
    EXPECT_GT(most, kMax / 2) << "the room is used";
    EXPECT_EQ(written.run->bytes(), written.on_disk());
    EXPECT_EQ(running_at(written.reader(), wall(3'999s)), 3'999U);
    EXPECT_THAT(refusal_at(written.reader(), wall(5s)), HasSubstr("before the journal begins"));
}

TEST(JournalFiles, AFleetThatDoesNotFitIsSaid) {
    Written written(20'000);
    std::string what;
    for (int i = 0; i < 200 && what.empty(); ++i) {
        const auto done = written.run->write(
            *fleet_of(written.now, 400, static_cast<std::uint64_t>(i)), {}, at(written.now));
        if (!done) what = done.error().what;
        written.now += 1s;
    }
    EXPECT_THAT(what, HasSubstr("the journal is full: "));
    EXPECT_THAT(what, HasSubstr("--journal-size"));
    EXPECT_LE(written.on_disk(), 20'000U);
}

TEST(JournalFiles, AfterADayItIsForgotten) {
    Written written;
    for (int i = 0; i < 27 * 360; ++i) {
        written.second();
        written.now += 9s;
    }
    const auto page = written.reader().events({.since = wall(0s)});
    ASSERT_TRUE(page);
    ASSERT_TRUE(page->begins);
    EXPECT_GE(*page->begins, wall(1h));
    EXPECT_LE(*page->begins, wall(3h));
}

TEST(JournalFiles, ATornTailDoesNoHarm) {
    Written written;
    for (int i = 0; i < 30; ++i) written.second();
    const auto segments = list_segments(written.dir.path()).value();
    ASSERT_EQ(segments.size(), 2U);
    const std::string fine = written.dir.file(segments[0].name());
    std::uint64_t last = 29;
    for (std::uint64_t size = segments[0].bytes; size > 600; size -= 7) {
        std::filesystem::resize_file(fine, size);
        const auto run = written.reader().last_run();
        ASSERT_TRUE(run) << run.error().what;
        ASSERT_TRUE(*run);
        const std::uint64_t running = (*run)->fleet.rows[0].load.running;
        EXPECT_LE(running, last) << "the good part, up to where it was torn";
        last = running;
        const auto past = written.reader().fleet_at(wall(29s), wall(100h));
        EXPECT_TRUE(past) << past.error().what;
    }
    EXPECT_LT(last, 29U);
    std::ofstream(fine, std::ios::app) << "garbage";
    EXPECT_TRUE(written.reader().last_run().value());
}

TEST(JournalFiles, ASegmentWithoutAnythingWholeIsPassedOver) {
    Written written;
    for (int i = 0; i < 700; ++i) written.second();
    const auto segments = list_segments(written.dir.path()).value();
    ASSERT_EQ(segments.back().series, JournalSeries::fine);
    std::filesystem::resize_file(written.dir.file(segments.back().name()), 5);
    const auto run = written.reader().last_run();
    ASSERT_TRUE(run);
    ASSERT_TRUE(*run) << "the segments before it are whole";
    EXPECT_GE((*run)->fleet.rows[0].load.running, 599U);
}

TEST(JournalFiles, AJournalOfANewerMusterIsSaidToBeOne) {
    TempDir dir;
    dir.write("00000001.day", std::string("musterj\x02") + "anything");
    EXPECT_THAT(refusal_at(JournalReader(dir.path()), wall(0s)),
                HasSubstr("written by a newer muster"));
}

TEST(JournalFiles, AfterTroubleItBeginsAnewWhateverHappenedToTheDirectory) {
    Written written;
    for (int i = 0; i < 5; ++i) written.second();
    const std::string path = written.dir.path();
    std::filesystem::rename(path, path + ".moved");
    written.now += 11min;  // A new segment is due, and cannot be made.
    EXPECT_FALSE(written.run->write(*fleet_of(written.now, 2, 1), {}, at(written.now)));
    ASSERT_TRUE(written.run->open()) << "the directory is made again";
    written.second();
    EXPECT_EQ(running_at(written.reader(), wall(665s)), 665U);
    std::filesystem::remove_all(path + ".moved");
}

TEST(JournalFiles, TwoProcessesOnOneDirectoryAreOneClearLine) {
    Written first;
    JournalWriter second(first.dir.path(), 1 << 30, {});
    const auto opened = second.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().what, "state directory in use: " + first.dir.path() + ": by process " +
                                       std::to_string(::getpid()) +
                                       ": give this one its own with --state-dir");
}

// The thread and what it does in time.
struct Running {
    BootClock clock;
    WallClock wall{clock};
    ViewCell cell;
    JournalOptions options;
    explicit Running(const std::string& directory) {
        options.directory = directory;
        options.epoch = "e";
        options.software = "muster test";
        options.retry_after = 20ms;
        cell.publish(fleet_of(clock.now(), 3, 1));
    }
};

TEST(Journal, WritesByItselfAndTheNextRunKnowsWhatItKnew) {
    TempDir dir;
    Running running(dir.file("made/by/it"));
    Journal journal(running.options, running.clock, running.wall);
    EXPECT_FALSE(journal.open()) << "there was nothing before";
    journal.start(running.cell);
    const FleetEvent event{FleetEventKind::worker_lost, running.clock.now(), "a/b/1", "silent"};
    journal.note({&event, 1});
    const JournalReader reader(running.options.directory);
    EXPECT_TRUE(wait_until(5s, [&] {
        const auto page = reader.events({.since = WallTime{}});
        return page && page->events.size() == 2;
    })) << "written within a moment, not only at the end";
    EXPECT_EQ(journal.status().state, JournalState::writing);
    EXPECT_GT(journal.status().bytes, 100U);
    journal.stop();
    const auto page = reader.events({.since = WallTime{}});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->events.front().kind, FleetEventKind::muster_started);
    EXPECT_EQ(page->events.back().kind, FleetEventKind::muster_stopped);

    Journal next(running.options, running.clock, running.wall);
    EXPECT_FALSE(next.open()) << "the first has the directory still";
    EXPECT_THAT(next.status().reason, HasSubstr("state directory in use"));
}

TEST(Journal, RestoresOnTheSameClockWithinOneBoot) {
    TempDir dir;
    Running running(dir.path());
    {
        Journal journal(running.options, running.clock, running.wall);
        EXPECT_FALSE(journal.open());
        journal.start(running.cell);
        EXPECT_TRUE(
            wait_until(5s, [&] { return journal.status().state == JournalState::writing; }));
    }
    Journal journal(running.options, running.clock, running.wall);
    const auto restored = journal.open();
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored->workers.size(), 3U);
    EXPECT_LE(restored->heard_until, running.clock.now());
    EXPECT_GE(restored->heard_until, running.clock.now() - 60s);
    EXPECT_EQ(restored->workers[0].source, "nats-1");
}

TEST(Journal, TroubleIsToldAndTriedAgainAndLeavesAMark) {
    TempDir dir;
    dir.write("file", "");
    Running running(dir.file("file"));  // No directory can be made there.
    Journal journal(running.options, running.clock, running.wall);
    EXPECT_FALSE(journal.open());
    EXPECT_EQ(journal.status().state, JournalState::trouble);
    EXPECT_THAT(journal.status().reason, HasSubstr(dir.file("file")));
    journal.start(running.cell);
    std::filesystem::remove(dir.file("file"));
    EXPECT_TRUE(wait_until(5s, [&] { return journal.status().state == JournalState::writing; }));
    journal.stop();
    const auto page = JournalReader(dir.file("file")).events({.since = WallTime{}});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->events.front().kind, FleetEventKind::journal_gap);
    EXPECT_EQ(page->events[1].kind, FleetEventKind::muster_started) << "kept meanwhile";
}

TEST(Journal, ADirectoryThatWasTakenAwayIsMadeAgain) {
    TempDir dir;
    Running running(dir.file("state"));
    Journal journal(running.options, running.clock, running.wall);
    EXPECT_FALSE(journal.open());
    journal.start(running.cell);
    EXPECT_TRUE(wait_until(5s, [&] { return journal.status().state == JournalState::writing; }));
    std::filesystem::remove_all(dir.file("state"));
    // The open files take what is written into nowhere; a new segment would notice. So does whoever
    // looks: the next run.
    journal.stop();
    Journal again(running.options, running.clock, running.wall);
    EXPECT_FALSE(again.open());
    again.start(running.cell);
    EXPECT_TRUE(wait_until(5s, [&] {
        const auto page = JournalReader(dir.file("state")).events({.since = WallTime{}});
        return page && !page->events.empty();
    }));
}

}  // namespace
}  // namespace muster
