// The journal with everything real: a nats-server, simulated workers, `muster serve` killed in the
// middle, disks that are full or cannot be written, and the commands that read it afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "muster/io/http/http_client.hpp"
#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Duration kDeadline = 30s;

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A command that ends by itself.
struct Ran {
    int code = -1;
    std::string out;
    std::string err;
};

Ran run(const std::string& arguments, const std::string& environment = "") {
    TempDir dir;
    const std::string command = environment + " exec '" MUSTER_BINARY "' " + arguments + " >'" +
                                dir.file("out") + "' 2>'" + dir.file("err") + "'";
    ChildProcess child({"/bin/sh", "-c", command}, dir.file("shell"));
    Ran ran;
    ran.code = child.wait(kDeadline).value_or(-1);
    ran.out = text_of(dir.file("out"));
    ran.err = text_of(dir.file("err"));
    return ran;
}

class Serve {
public:
    /// `before` stands before the command, as in "unshare -rm ...; exec".
    Serve(const std::string& nats, const std::string& state_dir, const std::string& before = "exec",
          const std::string& more = "")
        : port_(free_port()),
          child_(std::make_unique<ChildProcess>(
              std::vector<std::string>{"/bin/sh", "-c",
                                       before + " '" MUSTER_BINARY "' serve --nats " + nats +
                                           " --listen 127.0.0.1:" + std::to_string(port_) +
                                           " --state-dir '" + state_dir + "' " + more},
              dir_.file("log"))) {
        EXPECT_TRUE(wait_until(kDeadline, [&] { return said("serving http://"); })) << log();
    }
    void kill() { child_->kill(); }
    int stop() {
        child_->send(SIGTERM);
        return child_->wait(kDeadline).value_or(-1);
    }
    [[nodiscard]] std::string log() const { return text_of(dir_.file("log")); }
    [[nodiscard]] bool said(const std::string& words) const {
        return log().find(words) != std::string::npos;
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] json get(const std::string& target, unsigned status = 200) const {
        HttpClient client({"127.0.0.1", std::to_string(port_), ""});
        const auto answer = client.get(target, 10s);
        if (!answer) return nullptr;
        EXPECT_EQ(answer->status, status) << target << ": " << *answer->body;
        return json::parse(*answer->body, nullptr, false);
    }
    [[nodiscard]] bool shows(std::size_t workers, const std::string& state) const {
        return wait_until(kDeadline, [&] {
            const json fleet = get("/v1/fleet");
            return fleet.is_object() && fleet["workers"].size() == workers &&
                   std::ranges::all_of(fleet["workers"],
                                       [&](const json& w) { return w["state"] == state; });
        });
    }

private:
    TempDir dir_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> child_;
};

std::unique_ptr<SimulatedFleet> workers_on(const NatsServer& broker, std::uint32_t count) {
    SimulatedFleetOptions options;
    options.nats_url = broker.url();
    options.workers = count;
    auto started = SimulatedFleet::start(std::move(options));
    EXPECT_TRUE(started) << started.error().what;
    return started ? std::move(*started) : nullptr;
}

std::map<std::string, json> by_id(const json& fleet) {
    std::map<std::string, json> workers;
    for (const json& worker : fleet["workers"]) workers[worker["id"]] = worker;
    return workers;
}

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

TEST(JournalRestart, WhoDiedMeanwhileIsLostByTheRules) {
    NatsServer broker;
    auto workers = workers_on(broker, 3);
    TempDir state;
    {
        Serve serve(broker.url(), state.path());
        ASSERT_TRUE(serve.shows(3, "fresh")) << serve.log();
        ASSERT_TRUE(wait_until(
            kDeadline, [&] { return serve.get("/v1/fleet?at=0s")["workers"].size() == 3; }));
        serve.kill();
    }
    workers.reset();
    Serve again(broker.url(), state.path(), "exec", "--lost-after 1s --mass-lost-after 2s");
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
        ASSERT_TRUE(serve.shows(2, "fresh")) << serve.log();
        ASSERT_TRUE(wait_until(
            kDeadline, [&] { return serve.get("/v1/fleet?at=0s")["workers"].size() == 2; }));
        serve.kill();
    }
    NatsServer other;
    Serve again(other.url(), state.path());
    EXPECT_THAT(again.get("/v1/fleet")["workers"], IsEmpty()) << again.log();
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
        const std::string worker = during["workers"][0]["id"];
        const Ran one = run("journal --since 1h --worker " + worker + ' ' + place);
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

TEST(JournalTrouble, TwoOnOneDirectoryGiveOneClearLineAndBothServe) {
    NatsServer broker;
    auto workers = workers_on(broker, 2);
    TempDir state;
    Serve first(broker.url(), state.path());
    Serve second(broker.url(), state.path());
    EXPECT_TRUE(second.shows(2, "fresh")) << second.log();
    ASSERT_TRUE(wait_until(kDeadline, [&] { return second.said("state directory in use"); }));
    EXPECT_THAT(second.log(),
                HasSubstr("state directory in use: " + state.path() + ": by process "));
    const json journal = second.get("/v1/journal")["journal"];
    EXPECT_EQ(journal["state"], "trouble");
    EXPECT_THAT(journal["reason"], HasSubstr("give this one its own with --state-dir"));
    // When the first is gone the second takes over.
    EXPECT_EQ(first.stop(), 0);
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        return second.get("/v1/journal")["journal"]["state"] == "writing";
    })) << second.log();
    EXPECT_TRUE(wait_until(kDeadline, [&] { return second.said("written again"); }));
}

TEST(JournalTrouble, ADirectoryThatCannotBeWrittenIsToldAndTheViewGoesOn) {
    NatsServer broker;
    auto workers = workers_on(broker, 2);
    // Root may write anywhere, so the directory lies where nobody may: in /proc.
    Serve serve(broker.url(), "/proc/muster");
    EXPECT_TRUE(serve.shows(2, "fresh")) << serve.log();
    EXPECT_TRUE(serve.said("/proc/muster: ")) << serve.log();
    EXPECT_EQ(serve.get("/readyz")["status"], "ready");
    EXPECT_EQ(serve.stop(), 0);
}

TEST(JournalTrouble, AFullDiskIsToldTheViewGoesOnAndSoDoesTheJournalWhenThereIsRoom) {
    NatsServer broker;
    auto workers = workers_on(broker, 40);
    TempDir dir;
    const std::string disk = dir.file("disk");
    ASSERT_EQ(::mkdir(disk.c_str(), 0700), 0);
    // A disk of its own, in a name space of its own: it is gone with the process.
    const std::string mount = "mount -t tmpfs -o size=64k muster '" + disk + "'";
    TempDir probe;
    ChildProcess able({"unshare", "-rm", "sh", "-c", mount}, probe.file("log"));
    if (able.wait(kDeadline) != 0) {
        GTEST_SKIP() << "no disk can be mounted here (unshare -rm " << mount
                     << "): run it where user name spaces are allowed, or as root";
    }
    // A file takes the room; it goes when the test says so.
    const std::string room = dir.file("make_room");
    const std::string script =
        dir.write("on_full_disk", mount + " && dd if=/dev/zero of='" + disk +
                                      "/ballast' bs=1k count=48 2>/dev/null\n"
                                      "(while [ ! -e '" +
                                      room +
                                      "' ] && kill -0 $$; do sleep 0.1; done\n"
                                      "rm '" +
                                      disk + "/ballast') &\nexec \"$@\"\n");
    const std::string before = "exec unshare -rm sh '" + script + "'";
    Serve serve(broker.url(), disk + "/state", before, "--interval 100ms");
    EXPECT_TRUE(serve.shows(40, "fresh")) << serve.log();
    ASSERT_TRUE(wait_until(60s, [&] { return serve.said("No space left on device"); }))
        << serve.log();
    const json journal = serve.get("/v1/journal")["journal"];
    EXPECT_EQ(journal["state"], "trouble");
    EXPECT_EQ(serve.get("/readyz")["status"], "ready");
    EXPECT_TRUE(serve.shows(40, "fresh")) << "the view does not notice";
    // What was written before can be read.
    EXPECT_FALSE(serve.get("/v1/journal?since=1h")["events"].empty());
    std::ofstream(room) << "now";
    EXPECT_TRUE(wait_until(60s, [&] {
        return serve.get("/v1/journal")["journal"]["state"] == "writing";
    })) << serve.log();
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        const json events = serve.get("/v1/journal?since=1h&worker=journal")["events"];
        return !events.empty() && events[0]["event"] == "journal_gap" &&
               events[0]["detail"].get<std::string>().find("No space left") != std::string::npos;
    })) << "the gap is told to whoever reads the journal";
    EXPECT_EQ(serve.stop(), 0);
}

}  // namespace
}  // namespace muster::testing
