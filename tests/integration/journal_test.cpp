// The journal with everything real: a nats-server, simulated workers, `muster serve` killed in the
// middle, and the commands that read it afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "integration/journal_processes.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(JournalRestart, ARestartedMusterGoesOnAndShowsNothingAsFreshThatItHasNotHeard) {
    NatsServer broker;
    auto workers = workers_on(broker, 3);
    TempDir state;
    json before;
    {
        Serve serve(broker.url(), state.path());
        ASSERT_TRUE(serve.shows(3, "fresh")) << serve.log();
        before = serve.get("/v1/fleet");
        EXPECT_EQ(run("cordon " + before["workers"][0]["id"].get<std::string>() +
                      " --why driver --by ada --server " + serve.url())
                      .code,
                  0);
        // What is on disk when the next second begins, read beside the muster that writes it.
        ASSERT_TRUE(wait_until(kDeadline, [&] {
            const Ran told = run("journal --since 1h --output json --state-dir " + state.path());
            const json cordons = serve.get("/v1/fleet?at=0s")["workers"][0]["flags"];
            return told.out.find("cordoned: driver (by ada)") != std::string::npos &&
                   cordons == json::array({"cordoned"});
        }));
        serve.kill();
    }
    // Nobody answers now, so that what is shown comes from the journal alone.
    broker.pause();
    Serve again(broker.url(), state.path());
    const json silent = again.get("/v1/fleet");
    ASSERT_EQ(silent["workers"].size(), 3U) << again.log();
    EXPECT_NE(silent["epoch"], before["epoch"]);
    EXPECT_EQ(silent["workers"][0]["flags"], json::array({"cordoned", "restored"}));
    EXPECT_EQ(silent["workers"][0]["cordon"]["why"], "driver");
    EXPECT_EQ(silent["workers"][1]["flags"], json::array({"restored"}));
    const auto known = by_id(before);
    for (const auto& [id, worker] : by_id(silent)) {
        SCOPED_TRACE(id);
        EXPECT_EQ(worker["state"], "stale");
        EXPECT_EQ(worker["generation"], known.at(id)["generation"]);
        EXPECT_EQ(worker["first_seen"], known.at(id)["first_seen"]);
    }
    EXPECT_EQ(silent["stats"]["kv_active_blocks"]["count"], 0);
    EXPECT_TRUE(silent["stats"]["kv_active_blocks"]["avg"].is_null());
    EXPECT_TRUE(again.said("workers restored")) << again.log();
    broker.resume();
    ASSERT_TRUE(again.shows(3, "fresh")) << again.log();
    const json after = again.get("/v1/fleet");
    EXPECT_EQ(after["workers"][0]["flags"], json::array({"cordoned"}));
    EXPECT_EQ(after["workers"][1]["flags"], json::array());
    for (const auto& [id, worker] : by_id(after)) {
        EXPECT_EQ(worker["generation"], known.at(id)["generation"]) << "the same processes";
        EXPECT_EQ(worker["first_seen"], known.at(id)["first_seen"]);
    }
    EXPECT_EQ(again.stop(), 0);
    const Ran told = run("journal --since 1h --worker muster --state-dir " + state.path());
    EXPECT_THAT(told.out, HasSubstr("muster started        muster: muster "));
    EXPECT_THAT(told.out, HasSubstr("the run before was last seen "));
    EXPECT_THAT(told.out, HasSubstr("muster stopped        muster\n"));
}

TEST(JournalRestart, TombstonesGoOnAndARestartedWorkerIsANewGeneration) {
    NatsServer broker;
    auto workers = workers_on(broker, 2);
    TempDir state;
    std::string lost_id;
    json stone;
    {
        Serve serve(broker.url(), state.path(), "exec", "--lost-after 1s");
        ASSERT_TRUE(serve.shows(2, "fresh")) << serve.log();
        ASSERT_TRUE(workers->set_fault(0, {.kind = FaultKind::dead}));
        ASSERT_TRUE(wait_until(kDeadline, [&] {
            const json fleet = serve.get("/v1/fleet");
            if (fleet["lost"].size() != 1) return false;
            stone = fleet["lost"][0];
            return true;
        })) << serve.log();
        lost_id = stone["id"];
        ASSERT_TRUE(wait_until(kDeadline, [&] {
            return !serve.get("/v1/fleet?at=0s")["lost"].empty();
        })) << "in the journal";
        serve.kill();
    }
    // While muster is away the other one is replaced: another process under the same id.
    ASSERT_TRUE(workers->set_fault(1, {.kind = FaultKind::restart}, 200ms));
    const std::int64_t started = workers->truth(1).started.time_since_epoch().count();
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        const WorkerTruth truth = workers->truth(1);
        return truth.alive && truth.started.time_since_epoch().count() != started;
    }));
    Serve again(broker.url(), state.path(), "exec", "--lost-after 1s");
    ASSERT_TRUE(again.shows(1, "fresh")) << again.log();
    const json fleet = again.get("/v1/fleet");
    EXPECT_EQ(fleet["workers"][0]["generation"], 2);
    ASSERT_EQ(fleet["lost"].size(), 1U) << again.log();
    EXPECT_EQ(fleet["lost"][0]["id"], lost_id);
    EXPECT_EQ(fleet["lost"][0]["since"], stone["since"]);
    EXPECT_EQ(fleet["lost"][0]["reason"], stone["reason"]);
    EXPECT_EQ(fleet["lost"][0]["generation"], stone["generation"]);
    // It returns, and its generations go on from before the restart.
    ASSERT_TRUE(workers->clear_faults(0));
    ASSERT_TRUE(again.shows(2, "fresh")) << again.log();
    EXPECT_EQ(by_id(again.get("/v1/fleet")).at(lost_id)["generation"], 2);
}

TEST(JournalRestart, AKillLosesAtMostTheLastSecondAndLeavesNothingUnreadable) {
    NatsServer broker;
    auto workers = workers_on(broker, 20, 10.0);
    TempDir state;
    constexpr std::size_t kKills = 5;
    std::vector<Duration> lost;
    for (std::size_t i = 0; i < kKills; ++i) {
        Serve serve(broker.url(), state.path());
        ASSERT_TRUE(serve.keeps(20)) << serve.log();
        // Some samples later, each time at another place of the second.
        const auto shown = [&](const std::string& query) {
            const json fleet = serve.get("/v1/fleet" + query);
            return std::pair(*parse_rfc3339(fleet["time"].get<std::string>()),
                             fleet["version"].get<std::uint64_t>());
        };
        auto [seen, version] = shown("");
        const WallTime until = seen + 2s + i * 170ms;
        while (seen < until) {
            std::tie(seen, version) = shown("?wait_version=" + std::to_string(version));
        }
        serve.kill();
        const auto run = JournalReader(state.path()).last_run();
        ASSERT_TRUE(run) << run.error().what;
        ASSERT_TRUE(*run);
        EXPECT_EQ((*run)->fleet.rows.size(), 20U);
        lost.push_back(seen - (*run)->fleet.anchor.wall);
    }
    // A busy machine may hold up the writer once, but not each time.
    std::ranges::sort(lost);
    EXPECT_LE(to_ms(lost[kKills / 2]), 1'200.0);
    EXPECT_LE(to_ms(lost.back()), 5'000.0);
    const Ran told = run("journal --since 1h --worker muster --state-dir " + state.path());
    EXPECT_EQ(told.code, 0) << told.err;
    const std::string words = "the run before was last seen ";
    std::size_t runs = 0;
    for (std::size_t at = told.out.find(words); at != std::string::npos;
         at = told.out.find(words, at + 1)) {
        ++runs;
    }
    EXPECT_EQ(runs, kKills - 1) << "every run knew the one before: " << told.out;
}

TEST(JournalRestart, WhoDiedMeanwhileIsLostByTheRules) {
    NatsServer broker;
    auto workers = workers_on(broker, 3);
    TempDir state;
    {
        Serve serve(broker.url(), state.path());
        ASSERT_TRUE(serve.keeps(3)) << serve.log();
        serve.kill();
    }
    workers.reset();
    Serve again(broker.url(), state.path(), "exec", "--lost-after 4s --mass-lost-after 8s");
    EXPECT_EQ(again.get("/v1/fleet")["workers"].size(), 3U) << "stale, until it is known";
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        const json fleet = again.get("/v1/fleet");
        return fleet["workers"].empty() && fleet["lost"].size() == 3;
    })) << again.log();
}

TEST(JournalRestart, AnotherBrokerIsNotTakenForTheOneBefore) {
    TempDir state;
    {
        NatsServer broker;
        auto workers = workers_on(broker, 2);
        Serve serve(broker.url(), state.path());
        ASSERT_TRUE(serve.keeps(2)) << serve.log();
        serve.kill();
    }
    NatsServer other;
    Serve again(other.url(), state.path());
    EXPECT_THAT(again.get("/v1/fleet")["workers"], IsEmpty()) << again.log();
}

// More come at once than are told one by one; the rest is counted for ten seconds, of which a
// muster that is stopped does not see the end.
TEST(JournalStop, WhatIsStillCountedIsWritten) {
    NatsServer broker;
    auto workers = workers_on(broker, 60);
    TempDir state;
    Serve serve(broker.url(), state.path());
    ASSERT_TRUE(serve.shows(60, "fresh")) << serve.log();
    EXPECT_EQ(serve.stop(), 0);
    const Ran told = run("journal --since 1h --output json --state-dir " + state.path());
    ASSERT_EQ(told.code, 0) << told.err;
    std::vector<std::string> sums;
    std::size_t singly = 0;
    const json document = json::parse(told.out);
    for (const json& event : document["events"]) {
        if (event["event"] == "workers_state") sums.push_back(event["detail"]);
        if (event["event"] == "worker_state" && event["detail"] == "unknown -> fresh") ++singly;
    }
    EXPECT_EQ(singly, 20U);
    ASSERT_FALSE(sums.empty()) << told.out;
    EXPECT_THAT(sums[0], HasSubstr("unknown -> fresh 40"));
}

TEST(JournalOutage, ABrokerThatWasAwayIsToldInWords) {
    NatsServer broker;
    auto workers = workers_on(broker, 2);
    TempDir state;
    Serve serve(broker.url(), state.path());
    ASSERT_TRUE(serve.shows(2, "fresh")) << serve.log();
    broker.pause();
    ASSERT_TRUE(serve.shows(2, "stale")) << serve.log();
    const json during = serve.get("/v1/fleet");
    json past;
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        past = serve.get("/v1/fleet?at=0s");
        return past["workers"].size() == 2 && past["workers"][0]["state"] == "stale" &&
               past["sources"][0]["state"] == "suspect";
    })) << past;
    broker.resume();
    ASSERT_TRUE(serve.shows(2, "fresh")) << serve.log();
    const std::string worker = during["workers"][0]["id"];
    const std::string of_one = "journal --since 1h --worker " + worker + ' ';
    // Through the server, and from the files beside it.
    for (const std::string& place :
         {"--server " + serve.url(), "--state-dir '" + state.path() + "'"}) {
        SCOPED_TRACE(place);
        Ran told;
        ASSERT_TRUE(wait_until(kDeadline,
                               [&] {
                                   told = run("journal --since 1h " + place, "TZ=UTC-1;export TZ;");
                                   return told.out.find("stale -> fresh") != std::string::npos;
                               }))
            << told.out << told.err;
        EXPECT_EQ(told.code, 0);
        EXPECT_THAT(told.out, HasSubstr("source suspect        nats-1: our own echo is not back"));
        EXPECT_THAT(told.out, HasSubstr("late -> stale"));
        EXPECT_THAT(told.out, HasSubstr("source connected      nats-1"));
        EXPECT_THAT(told.out, HasSubstr("+01:00  ")) << "in the zone of who reads";
        const Ran one = run(of_one + place);
        EXPECT_THAT(one.out, HasSubstr(worker + ": unknown -> fresh"));
        EXPECT_THAT(one.out, Not(HasSubstr("nats-1")));
        EXPECT_THAT(one.out, Not(HasSubstr(during["workers"][1]["id"].get<std::string>())));
    }
    // The fleet as it was then: the moment is in the document, and ages are as of it.
    EXPECT_EQ(past["as_of"], past["time"]);
    EXPECT_GT(past["workers"][0]["age_ms"].get<double>(), 2'000.0);
    EXPECT_EQ(past["workers"][0]["load"], during["workers"][0]["load"]);
    const std::string then = past["time"];
    const json again = serve.get("/v1/fleet?at=" + then);
    EXPECT_EQ(again["workers"][0]["load"], past["workers"][0]["load"]) << "the past stays";
    EXPECT_EQ(again["workers"][0]["state"], "stale");
    const json filtered = serve.get("/v1/fleet?at=" + then + "&fields=state&state=stale");
    ASSERT_EQ(filtered["workers"].size(), 2U);
    EXPECT_EQ(filtered["workers"][0].size(), 2U) << "id and state";
    const json events = serve.get("/v1/journal?since=1h&limit=1");
    EXPECT_EQ(events["events"].size(), 1U);
    ASSERT_TRUE(events["next"].is_string());
    const json rest = serve.get("/v1/journal?since=1h&after=" + events["next"].get<std::string>());
    ASSERT_FALSE(rest["events"].empty());
    EXPECT_NE(rest["events"][0], events["events"][0]);
}

TEST(JournalOutage, WrongQuestionsAreAnsweredWithWhatToDo) {
    NatsServer broker;
    TempDir state;
    Serve serve(broker.url(), state.path());
    ASSERT_TRUE(
        wait_until(kDeadline, [&] { return serve.get("/v1/journal")["begins"].is_string(); }));
    EXPECT_THAT(serve.get("/v1/fleet?at=2h", 404)["detail"],
                HasSubstr("before the journal begins"));
    EXPECT_THAT(serve.get("/v1/fleet?at=2h", 404)["type"], "/problems/not-in-journal");
    EXPECT_THAT(serve.get("/v1/fleet?at=2100-01-01T00:00:00Z", 404)["detail"],
                HasSubstr("in the future"));
    EXPECT_THAT(serve.get("/v1/fleet?at=yesterday", 400)["detail"], HasSubstr("at: not a moment"));
    EXPECT_THAT(serve.get("/v1/journal?since=2100-01-01T00:00:00Z", 404)["detail"],
                HasSubstr("since: in the future"));
    EXPECT_THAT(serve.get("/v1/journal?since=1h&until=2h", 404)["detail"],
                HasSubstr("until: not after since"));
    EXPECT_THAT(serve.get("/v1/journal?limit=1000000", 400)["detail"], HasSubstr("limit: "));
    EXPECT_THAT(serve.get("/v1/journal?after=x", 400)["detail"], HasSubstr("after: "));
    EXPECT_THAT(serve.get("/v1/journal?worker=a&wrong=1", 400)["detail"],
                HasSubstr("choose among since, until"));
    const Ran future = run("journal --since 2100-01-01T00:00:00Z --state-dir " + state.path());
    EXPECT_EQ(future.code, 2);
    EXPECT_THAT(future.err, HasSubstr("in the future: --since 2100"));
    EXPECT_THAT(run("journal --since noon").err, HasSubstr("not a moment: --since noon: write "));
    const Ran none = run("journal --state-dir " + state.file("none"));
    EXPECT_EQ(none.code, 3);
    EXPECT_THAT(none.err, HasSubstr("/none: No such file or directory"));
    Serve off(broker.url(), state.file("off"), "exec", "--journal-size 0");
    EXPECT_EQ(off.get("/v1/journal", 404)["type"], "/problems/no-journal");
    EXPECT_EQ(off.get("/v1/fleet?at=1s", 404)["type"], "/problems/no-journal");
    EXPECT_FALSE(std::filesystem::exists(state.file("off")));
}

}  // namespace
}  // namespace muster::testing
