// The real binary, as people run it: exit codes, sentences, outputs, watching, the demo. A real
// nats-server, simulated workers in this process, a `muster serve` of its own; only loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr Duration kDeadline = kLongEnough;

using Call = MusterCall;

// A broker with a fleet of three.
struct Fleet {
    NatsServer broker;
    std::unique_ptr<SimulatedFleet> workers;
    explicit Fleet(bool push = true) {
        SimulatedFleetOptions options;
        options.nats_url = broker.url();
        options.push = push;
        auto started = SimulatedFleet::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        if (started) workers = std::move(*started);
    }
};

// A `muster serve` on a free port, ready.
struct Serve {
    std::string url;
    Call run;
    explicit Serve(const std::string& nats) : Serve(nats, free_port()) {}
    Serve(const std::string& nats, std::uint16_t port)
        : url("http://127.0.0.1:" + std::to_string(port)),
          run("serve --nats " + nats + " --listen 127.0.0.1:" + std::to_string(port)) {
        EXPECT_TRUE(wait_until(kDeadline, [&] {
            return run.err().find("serving http://") != std::string::npos;
        })) << run.err();
    }
    bool has_workers(std::size_t count) const {
        return wait_until(kDeadline, [&] {
            Call get("get --output json --server " + url);
            if (get.code() != 0) return false;
            const auto fleet = nlohmann::json::parse(get.out(), nullptr, false);
            if (!fleet.is_object() || fleet["workers"].size() != count) return false;
            return std::all_of(fleet["workers"].begin(), fleet["workers"].end(),
                               [](const auto& worker) { return worker["state"] == "fresh"; });
        });
    }
};

void expect_failure(const std::string& arguments, int code, const std::string& sentence) {
    Call run(arguments);
    EXPECT_EQ(run.code(), code) << arguments;
    EXPECT_THAT(run.err(), StartsWith("muster: " + sentence)) << arguments;
    EXPECT_EQ(std::ranges::count(run.err(), '\n'), 1) << run.err();
    EXPECT_THAT(run.out(), IsEmpty()) << "no half output: " << arguments;
}

TEST(Cli, WrongUsageIsCodeTwoAndOneLine) {
    expect_failure("", 2, "no command: muster: ");
    expect_failure("gte", 2, "unknown command: gte: did you mean get?");
    expect_failure("get --wacth", 2, "unknown flag: --wacth: did you mean --watch?");
    expect_failure("serve", 2, "no source: muster serve: ");
    expect_failure("get --nats nats://h --patience 300", 2, "not a duration: --patience 300: ");
}

TEST(Cli, HelpAndVersionGoToStdout) {
    Call help("--help");
    EXPECT_EQ(help.code(), 0);
    EXPECT_THAT(help.out(), HasSubstr("serve"));
    EXPECT_THAT(help.err(), IsEmpty());
    Call version("--version");
    EXPECT_EQ(version.code(), 0);
    EXPECT_THAT(version.out(), StartsWith("muster "));
}

TEST(Cli, WhatCannotBeReachedIsCodeThree) {
    const std::string port = std::to_string(free_port());
    expect_failure("get --server http://127.0.0.1:" + port, 3,
                   "cannot reach the server: http://127.0.0.1:" + port +
                       ": connection refused: start `muster serve`, or name its address with "
                       "--server, or collect without one with --nats or --worker\n");
    expect_failure("get --nats nats://127.0.0.1:" + port, 3,
                   "connection refused: nats://127.0.0.1:" + port + ": ");
}

TEST(Cli, StdoutThatIsFullIsCodeOne) {
    TempDir dir;
    ChildProcess full({"/bin/sh", "-c", "'" + places::muster_binary() + "' --help >/dev/full"},
                      dir.file("log"));
    EXPECT_EQ(full.wait(kDeadline), 1);
}

TEST(Cli, GetCollectsByItself) {
    const Fleet fleet;
    for (const std::string& chosen : {std::string(), std::string(" --component dynamo/backend")}) {
        Call run("get --output json --nats " + fleet.broker.url() + chosen);
        ASSERT_EQ(run.code(), 0) << run.err();
        const auto document = nlohmann::json::parse(run.out());
        ASSERT_EQ(document["workers"].size(), 3U) << run.out();
        for (const auto& worker : document["workers"]) {
            EXPECT_EQ(worker["state"], "fresh");
            EXPECT_TRUE(worker["load"]["running"].is_number_unsigned());
        }
        EXPECT_EQ(document["sources"][0]["state"], "connected");
    }
    Call table("get --nats " + fleet.broker.url());
    ASSERT_EQ(table.code(), 0) << table.err();
    EXPECT_THAT(table.out(),
                HasSubstr("connected (" + fleet.broker.url() + ") | 3 workers: 3 fresh"));
    EXPECT_THAT(table.out(), HasSubstr("\n" + fleet.workers->worker_id(2) + "  fresh"));
    EXPECT_EQ(table.out().find('\x1b'), std::string::npos) << "no colours into a file";
}

TEST(Cli, AnEmptyFleetIsSaidWithCodeZero) {
    const NatsServer broker;
    Call run("get --nats " + broker.url());
    EXPECT_EQ(run.code(), 0) << run.err();
    EXPECT_THAT(run.out(), HasSubstr("no workers"));
    Call named("get --nats " + broker.url() + " --component dynamo/backend");
    EXPECT_EQ(named.code(), 0) << named.err();
    EXPECT_THAT(named.out(), HasSubstr("no workers"));
}

TEST(Cli, ServeAndGetAgree) {
    const Fleet fleet;
    Load load;
    load.set_count(LoadField::running, 37);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, 4);
    load.set_count(LoadField::kv_active_blocks, 60);
    load.set_count(LoadField::kv_total_blocks, 27814);
    load.set_fraction(LoadField::kv_usage, 0.25);
    load.set_fraction(LoadField::prefix_hit_rate, 0.5);
    ASSERT_TRUE(fleet.workers->set_load(1, load));
    Serve serve(fleet.broker.url());
    ASSERT_TRUE(serve.has_workers(3)) << serve.run.err();
    const std::string id = fleet.workers->worker_id(1);

    Call one("get " + id + " --output json --server " + serve.url);
    ASSERT_EQ(one.code(), 0) << one.err();
    const auto worker = nlohmann::json::parse(one.out());
    EXPECT_EQ(worker["id"], id);
    EXPECT_EQ(worker["load"]["running"], 37);
    EXPECT_EQ(worker["load"]["kv_active_blocks"], 60);

    Call table("get " + id + " --server " + serve.url);
    ASSERT_EQ(table.code(), 0) << table.err();
    for (const char* cell : {"  37/256  ", "  60/27814  ", "  25.0%\n"}) {
        EXPECT_THAT(table.out(), HasSubstr(cell));
    }
    EXPECT_EQ(table.out().find(fleet.workers->worker_id(0)), std::string::npos);

    Call none("get --state lost --server " + serve.url);
    EXPECT_EQ(none.code(), 0) << none.err();
    EXPECT_THAT(none.out(), HasSubstr("no workers"));
    Call other("get --component other/one --output json --server " + serve.url);
    EXPECT_EQ(other.code(), 0) << other.err();
    EXPECT_TRUE(nlohmann::json::parse(other.out())["workers"].empty());

    expect_failure("get " + id.substr(0, id.size() - 1) + "x --server " + serve.url, 1,
                   "unknown worker: " + id.substr(0, id.size() - 1) + "x: did you mean ");
    serve.run.send(SIGTERM);
    EXPECT_EQ(serve.run.code(), 0) << "asked to stop, and did";
}

TEST(Cli, TwoServersOnOnePortIsOneClearLine) {
    const NatsServer broker;
    const Serve serve(broker.url());
    expect_failure("serve --nats " + broker.url() + " --listen " + serve.url.substr(7), 3,
                   "address in use: " + serve.url.substr(7));
}

TEST(Cli, WatchTellsAChange) {
    const Fleet fleet;
    Serve serve(fleet.broker.url());
    ASSERT_TRUE(serve.has_workers(3)) << serve.run.err();
    const std::string id = fleet.workers->worker_id(0);
    Call lines("get " + id + " --watch --server " + serve.url);
    Call documents("get --watch --output json --nats " + fleet.broker.url());
    ASSERT_TRUE(
        wait_until(kDeadline, [&] { return !lines.out().empty() && !documents.out().empty(); }))
        << lines.err() << documents.err();
    Load load;
    load.set_count(LoadField::running, 211);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::kv_active_blocks, 123);
    load.set_count(LoadField::kv_total_blocks, 27814);
    ASSERT_TRUE(fleet.workers->set_load(0, load));
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        return lines.out().find(id + " fresh age ") != std::string::npos &&
               lines.out().find("running 211/256") != std::string::npos;
    })) << lines.out();
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        return documents.out().find("\"running\":211") != std::string::npos;
    })) << documents.out();
    lines.send(SIGINT);
    EXPECT_EQ(lines.code(), 130);
    documents.send(SIGTERM);
    EXPECT_EQ(documents.code(), 143);
    EXPECT_THAT(lines.err(), IsEmpty());
}

TEST(Cli, ALostWorkerIsCodeOneWithTheReason) {
    const Fleet fleet(false);  // Who pushes lives, however mute.
    const std::uint16_t port = free_port();
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    const Call serve("serve --lost-after 1s --interval 100ms --nats " + fleet.broker.url() +
                     " --listen 127.0.0.1:" + std::to_string(port));
    const std::string id = fleet.workers->worker_id(2);
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        return Call("get " + id + " --server " + url).code() == 0;
    })) << serve.err();
    ASSERT_TRUE(fleet.workers->set_fault(2, Fault{FaultKind::mute, 0}));
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        return Call("get " + id + " --server " + url).code() == 1;
    })) << serve.err();
    expect_failure("get " + id + " --server " + url, 1, "worker lost: " + id + ": silent for ");
}

std::size_t count_of(const std::string& text, const std::string& words) {
    std::size_t count = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
        ++count;
    return count;
}

TEST(Cli, ServeTellsWhatItDoesNotTakeAndWhatBreaks) {
    Fleet fleet;
    Serve serve(fleet.broker.url());
    ASSERT_TRUE(serve.has_workers(3)) << serve.run.err();
    ASSERT_TRUE(fleet.workers->set_fault(1, Fault{FaultKind::nan, 0}));
    const std::string line =
        "warning [nats-1] not taken: reason=field_null from=" + fleet.workers->worker_id(1) +
        " what=gpu_cache_usage_perc\n";
    EXPECT_TRUE(wait_until(kDeadline, [&] { return count_of(serve.run.err(), line) == 1; }))
        << serve.run.err();
    fleet.broker.kill();
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        return count_of(serve.run.err(), "connection refused: " + fleet.broker.url()) == 1;
    })) << serve.run.err();
    EXPECT_EQ(count_of(serve.run.err(), "connection lost"), 1U) << serve.run.err();
    serve.run.send(SIGTERM);
    EXPECT_EQ(serve.run.code(), 0);
    EXPECT_EQ(count_of(serve.run.err(), line), 1U) << "once a minute: " << serve.run.err();
}

TEST(Cli, DemoOnceIsOneDocument) {
    Call demo("demo --once --json");
    ASSERT_EQ(demo.code(), 0) << demo.err();
    const auto document = nlohmann::json::parse(demo.out());
    EXPECT_EQ(document["workers"].size(), 12U);
    std::map<std::string, int> engines;
    for (const auto& worker : document["workers"]) {
        ++engines[worker["engine"].get<std::string>()];
        EXPECT_EQ(worker["state"], "fresh") << worker;
    }
    EXPECT_EQ(engines, (std::map<std::string, int>{
                           {"dynamo", 6}, {"llamacpp", 2}, {"sglang", 2}, {"vllm", 2}}));
    ASSERT_EQ(document["sources"].size(), 2U);
    for (const auto& source : document["sources"]) EXPECT_EQ(source["state"], "connected");
}

TEST(Cli, DemoWithoutATerminalEndsByItself) {
    Call demo("demo");
    ASSERT_EQ(demo.code(), 0) << demo.err();
    EXPECT_THAT(demo.out(), HasSubstr("12 workers: 12 fresh"));
    EXPECT_THAT(demo.out(), HasSubstr("Failed: "));
    EXPECT_EQ(demo.out().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace muster::testing
