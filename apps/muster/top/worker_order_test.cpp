// Who is worst, who is chosen by words, and what is not known.
#include "top/worker_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::ElementsAre;

WorkerEntry worker(const std::string& id, const std::string& state = "fresh") {
    WorkerEntry entry;
    entry.id = id;
    entry.state = state;
    entry.age_ms = 10.0;
    return entry;
}

std::vector<std::string> ids(const std::vector<WorkerEntry>& workers, WorkerOrder order,
                             std::string_view filter = {}) {
    std::vector<std::string> names;
    for (const std::size_t index : chosen_workers(workers, filter, order)) {
        names.push_back(workers[index].id);
    }
    return names;
}

TEST(WorkerOrder, WorstFirstGoesByWhatIsWrong) {
    std::vector<WorkerEntry> workers = {worker("a"),          worker("b", "late"),
                                        worker("c", "stale"), worker("d", "unknown"),
                                        worker("e"),          worker("f")};
    workers[4].flags = {"zombie"};
    workers[5].flags = {"cordoned"};
    EXPECT_THAT(ids(workers, {}), ElementsAre("c", "e", "d", "b", "f", "a"));
    EXPECT_THAT(ids(workers, {SortKey::worst, true}), ElementsAre("a", "f", "b", "d", "e", "c"));
}

TEST(WorkerOrder, AnotherEngineIsOddThoughItsLoadIsFresh) {
    WorkerEntry other = worker("a");
    other.trouble = TroubleEntry{.kind = "other_engine", .since = {}, .what = "x"};
    EXPECT_EQ(severity_of(other), Severity::odd);
    other.state = "stale";
    EXPECT_EQ(severity_of(other), Severity::stale);
    // One that still has a young load is not worse for a single answer that did not come.
    other.state = "fresh";
    other.trouble->kind = "timeout";
    EXPECT_EQ(severity_of(other), Severity::well);
}

TEST(WorkerOrder, AStateOrFlagOfANewerMusterIsNotTakenForWell) {
    WorkerEntry odd = worker("a");
    odd.flags = {"invented"};
    EXPECT_EQ(severity_of(odd), Severity::odd);
    EXPECT_EQ(severity_of(worker("a", "invented")), Severity::stale);
}

TEST(WorkerOrder, AmongTheWellTheMoreLoadedIsWorseInCoarseSteps) {
    std::vector<WorkerEntry> workers = {worker("a"), worker("b"), worker("c"), worker("d")};
    workers[0].load.set_count(LoadField::waiting, 9);
    workers[1].load.set_count(LoadField::waiting, 40);
    workers[2].load.set_fraction(LoadField::kv_usage, 0.71);
    workers[3].load.set_fraction(LoadField::kv_usage, 0.79);
    EXPECT_THAT(ids(workers, {}), ElementsAre("b", "a", "c", "d"));
    // A small change of a number does not move a row.
    workers[0].load.set_count(LoadField::waiting, 15);
    workers[3].load.set_fraction(LoadField::kv_usage, 0.72);
    EXPECT_THAT(ids(workers, {}), ElementsAre("b", "a", "c", "d"));
}

TEST(WorkerOrder, WhatIsNotKnownComesLastInEitherDirection) {
    std::vector<WorkerEntry> workers = {worker("a"), worker("b"), worker("c")};
    workers[0].age_ms.reset();
    workers[1].age_ms = 5.0;
    workers[2].age_ms = 50.0;
    EXPECT_THAT(ids(workers, {SortKey::age, false}), ElementsAre("c", "b", "a"));
    EXPECT_THAT(ids(workers, {SortKey::age, true}), ElementsAre("b", "c", "a"));
    EXPECT_THAT(ids(workers, {SortKey::worker, false}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(ids(workers, {SortKey::worker, true}), ElementsAre("c", "b", "a"));
    EXPECT_THAT(ids(workers, {SortKey::kv_usage, false}), ElementsAre("a", "b", "c"));
}

TEST(WorkerOrder, EveryWordMustStandSomewhere) {
    WorkerEntry entry = worker("dynamo/backend/77", "stale");
    entry.labels = {{"zone", "a"}};
    entry.models = {"Llama-3"};
    entry.flags = {"frozen"};
    for (const char* filter : {"", "  ", "77", "BACKEND", "stale 77", "zone=a", "llama", "!fresh",
                               "frozen !zone=b", "!"}) {
        EXPECT_TRUE(matches(entry, filter)) << filter;
    }
    for (const char* filter : {"78", "stale 78", "!stale", "77 !frozen", "zone=b"}) {
        EXPECT_FALSE(matches(entry, filter)) << filter;
    }
    EXPECT_TRUE(matches(LostEntry{"a/b/1", {}, "silent for 10 s", {}}, "lost silent"));
    EXPECT_FALSE(matches(LostEntry{"a/b/1", {}, "silent for 10 s", {}}, "a/b/2"));
}

}  // namespace
}  // namespace muster
