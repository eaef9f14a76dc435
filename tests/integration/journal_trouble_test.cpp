// A journal that cannot be written, with real disks: in use by another muster, without a place,
// full, read-only. The view does not notice; whoever asks is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "integration/journal_processes.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

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

TEST(JournalTrouble, ADiskThatIsReadOnlyIsToldAndWrittenOnceItIsNotAnyMore) {
    NatsServer broker;
    auto workers = workers_on(broker, 2);
    TempDir dir;
    const std::string disk = dir.file("disk");
    ASSERT_EQ(::mkdir(disk.c_str(), 0700), 0);
    const std::string mount = "mount -t tmpfs -o ro muster '" + disk + "'";
    if (const std::string why = cannot_mount(mount); !why.empty()) GTEST_SKIP() << why;
    const std::string writable = dir.file("writable");
    const std::string script =
        dir.write("on_read_only_disk", mount + "\n(while [ ! -e '" + writable +
                                           "' ] && kill -0 $$; do sleep 0.1; done\n"
                                           "mount -o remount,rw '" +
                                           disk + "') &\nexec \"$@\"\n");
    Serve serve(broker.url(), disk + "/state", "exec unshare -rm sh '" + script + "'");
    EXPECT_TRUE(serve.shows(2, "fresh")) << serve.log();
    EXPECT_TRUE(serve.said(disk + "/state: Read-only file system")) << serve.log();
    EXPECT_EQ(serve.get("/v1/journal", 503)["type"], "/problems/journal-unreadable");
    EXPECT_EQ(serve.get("/readyz")["status"], "ready");
    std::ofstream(writable) << "now";
    EXPECT_TRUE(wait_until(60s, [&] { return serve.said("the journal is written again"); }))
        << serve.log();
    EXPECT_TRUE(serve.keeps(2)) << serve.log();
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
    if (const std::string why = cannot_mount(mount); !why.empty()) GTEST_SKIP() << why;
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
