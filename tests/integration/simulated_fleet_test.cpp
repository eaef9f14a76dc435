// Simulated workers on a real nats-server: what a raw NATS client sees of them, fault by fault.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "muster/sim/fleet.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/service_reply.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kLongEnough;
using testing::NatsServer;
using testing::steady_now;
using testing::wait_until;

/// A NATS client that asks and listens, and knows nothing of muster.
class RawClient {
public:
    explicit RawClient(const NatsServer& server) {
        EXPECT_EQ(natsConnection_ConnectTo(&connection_, server.url().c_str()), NATS_OK);
    }
    ~RawClient() { natsConnection_Destroy(connection_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// Publishes a question: until `wanted` answers came, or the deadline passed; with what comes
    /// within `more` after them.
    std::vector<std::string> ask(const std::string& subject, std::size_t wanted,
                                 Duration deadline = kLongEnough, Duration more = 0ms) {
        natsInbox* inbox = nullptr;
        natsInbox_Create(&inbox);
        natsSubscription* subscription = nullptr;
        natsConnection_SubscribeSync(&subscription, connection_, inbox);
        natsConnection_PublishRequest(connection_, subject.c_str(), inbox, nullptr, 0);
        std::vector<std::string> answers = take(subscription, wanted, deadline);
        std::ranges::move(take(subscription, SIZE_MAX, more), std::back_inserter(answers));
        natsSubscription_Destroy(subscription);
        natsInbox_Destroy(inbox);
        return answers;
    }
    natsSubscription* listen(const std::string& subject) {
        natsSubscription* subscription = nullptr;
        natsConnection_SubscribeSync(&subscription, connection_, subject.c_str());
        natsConnection_Flush(connection_);
        return subscription;
    }
    static std::vector<std::string> take(natsSubscription* subscription, std::size_t wanted,
                                         Duration deadline) {
        std::vector<std::string> messages;
        const Time end = steady_now() + deadline;
        while (messages.size() < wanted) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_now());
            natsMsg* message = nullptr;
            if (left <= 0ms ||
                natsSubscription_NextMsg(&message, subscription, left.count()) != NATS_OK)
                break;
            messages.emplace_back(natsMsg_GetData(message),
                                  static_cast<std::size_t>(natsMsg_GetDataLength(message)));
            natsMsg_Destroy(message);
        }
        return messages;
    }
    /// An empty `reply` is none.
    void publish(const std::string& subject, const std::string& reply) {
        if (reply.empty())
            natsConnection_Publish(connection_, subject.c_str(), nullptr, 0);
        else
            natsConnection_PublishRequest(connection_, subject.c_str(), reply.c_str(), nullptr, 0);
        natsConnection_Flush(connection_);
    }

private:
    natsConnection* connection_ = nullptr;
};

/// What one STATS answer says, kept.
struct Said {
    std::string service_id;
    std::uint64_t instance_id = 0;
    std::int64_t started = 0;
    bool has_record = false;
    LoadRecord record;
};

std::optional<Said> read_stats(const std::string& bytes) {
    ServiceReplyParser parser;
    const auto reply = parser.parse_stats(bytes);
    if (!reply) return std::nullopt;
    Said said;
    said.service_id = reply->head.id;
    said.instance_id = reply->instance_id.value_or(0);
    said.started = reply->started.value_or(0);
    said.has_record = reply->record.has_value();
    if (reply->record) said.record = *reply->record;
    return said;
}

class SimulatedFleetTest : public ::testing::Test {
protected:
    SimulatedFleet& start(SimulatedFleetOptions options) {
        options.nats_url = server_.url();
        Result<std::unique_ptr<SimulatedFleet>> fleet = SimulatedFleet::start(std::move(options));
        if (!fleet) throw std::runtime_error(fleet.error().what);
        fleet_ = *std::move(fleet);
        return *fleet_;
    }
    static SimulatedFleetOptions still(std::uint32_t workers) {
        SimulatedFleetOptions options;
        options.workers = workers;
        options.load = parse_load_plan(R"(fixed:{"running":37,"kv_active_blocks":10234})").value();
        return options;
    }
    /// Asks one worker by its service id; absent if it does not answer.
    std::optional<std::string> ask_one(std::uint32_t worker, Duration deadline = kLongEnough) {
        const std::vector<std::string> answers = client_.ask(
            "$SRV.STATS.dynamo_backend." + fleet_->truth(worker).service_id, 1, deadline);
        if (answers.empty()) return std::nullopt;
        return answers[0];
    }

    NatsServer server_;
    RawClient client_{server_};
    std::unique_ptr<SimulatedFleet> fleet_;
};

TEST_F(SimulatedFleetTest, EveryWorkerAnswersEveryFormOfQuestion) {
    const SimulatedFleet& fleet = start(still(20));
    for (const std::string verb : {"PING", "INFO", "STATS"}) {
        EXPECT_EQ(client_.ask("$SRV." + verb, 20).size(), 20U) << verb;
        EXPECT_EQ(client_.ask("$SRV." + verb + ".dynamo_backend", 20).size(), 20U) << verb;
        const std::string one = "$SRV." + verb + ".dynamo_backend." + fleet.truth(7).service_id;
        const std::vector<std::string> answers = client_.ask(one, 1);
        ASSERT_EQ(answers.size(), 1U) << verb;
        EXPECT_THAT(answers[0], ::testing::HasSubstr(fleet.truth(7).service_id));
    }
    EXPECT_TRUE(client_.ask("$SRV.STATS.dynamo_backend.nobody", 1, 100ms).empty());
    EXPECT_EQ(fleet.counters().answers, 123U);
    EXPECT_EQ(fleet.counters().questions, 10U);
}

TEST_F(SimulatedFleetTest, WhatIsSaidIsWhatIsTrue) {
    SimulatedFleetOptions options;
    options.workers = 50;
    options.changes_per_second = 0.001;
    const SimulatedFleet& fleet = start(options);
    std::map<std::uint64_t, Said> said;
    for (const std::string& bytes : client_.ask("$SRV.STATS.dynamo_backend", 50)) {
        const std::optional<Said> one = read_stats(bytes);
        ASSERT_TRUE(one) << bytes;
        said.emplace(one->instance_id, *one);
    }
    ASSERT_EQ(said.size(), 50U);
    std::set<std::int64_t> starts;
    for (const WorkerTruth& truth : fleet.truths()) {
        ASSERT_TRUE(said.contains(truth.instance_id));
        const Said& one = said[truth.instance_id];
        EXPECT_EQ(one.record.load, truth.load);
        EXPECT_EQ(one.service_id, truth.service_id);
        EXPECT_EQ(one.started, truth.started.time_since_epoch().count());
        starts.insert(one.started);
    }
    EXPECT_EQ(starts.size(), 50U);
}

TEST_F(SimulatedFleetTest, ChangesArePushedAndTold) {
    natsSubscription* pushes = client_.listen("namespace.dynamo.kv_metrics");
    SimulatedFleetOptions options = still(3);
    std::mutex mutex;
    std::vector<WorkerTruth> told;
    options.on_truth = [&](const WorkerTruth& truth) {
        const std::lock_guard lock(mutex);
        told.push_back(truth);
    };
    SimulatedFleet& fleet = start(options);
    EXPECT_EQ(RawClient::take(pushes, 3, kLongEnough).size(), 3U);
    Load load = fleet.truth(1).load;
    load.set_count(LoadField::waiting, 9);
    ASSERT_TRUE(fleet.set_load(1, load));
    const std::vector<std::string> events = RawClient::take(pushes, 1, kLongEnough);
    ASSERT_EQ(events.size(), 1U);
    LoadEventParser parser;
    const auto event = parser.parse(events[0]);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->worker_id, fleet.truth(1).instance_id);
    EXPECT_EQ(event->record.load, load);
    const std::lock_guard lock(mutex);
    ASSERT_EQ(told.size(), 4U);
    EXPECT_EQ(told[3].worker, 1U);
    EXPECT_EQ(told[3].load, load);
    EXPECT_GE(told[3].changed_at_ns, told[2].changed_at_ns);
    natsSubscription_Destroy(pushes);
}

TEST_F(SimulatedFleetTest, SlowAnswersLateWithTheLoadOfTheQuestion) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::slow, 300}));
    const Load before = fleet.truth(0).load;
    natsSubscription* answers = client_.listen("answers.here");
    const Time asked = steady_now();
    client_.publish("$SRV.STATS", "answers.here");
    ASSERT_TRUE(wait_until(kLongEnough, [&] { return fleet.counters().questions == 1; }));
    Load after = before;
    after.set_count(LoadField::waiting, 77);
    ASSERT_TRUE(fleet.set_load(0, after));
    const std::vector<std::string> late = RawClient::take(answers, 1, kLongEnough);
    ASSERT_EQ(late.size(), 1U);
    EXPECT_GE(steady_now() - asked, 300ms);
    EXPECT_EQ(read_stats(late[0])->record.load, before);
    natsSubscription_Destroy(answers);
}

TEST_F(SimulatedFleetTest, FrozenRepeatsItsRecord) {
    SimulatedFleet& fleet = start(still(1));
    const Load before = fleet.truth(0).load;
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::frozen, 0}));
    Load after = before;
    after.set_count(LoadField::waiting, 77);
    ASSERT_TRUE(fleet.set_load(0, after));
    EXPECT_EQ(read_stats(ask_one(0).value())->record.load, before);
    ASSERT_TRUE(fleet.clear_faults(0));
    EXPECT_EQ(read_stats(ask_one(0).value())->record.load, after);
}

TEST_F(SimulatedFleetTest, MuteAnswersNothingButPushes) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::mute, 0}));
    EXPECT_FALSE(ask_one(0, 100ms));
    natsSubscription* pushes = client_.listen("namespace.dynamo.kv_metrics");
    Load load = fleet.truth(0).load;
    load.set_count(LoadField::waiting, 3);
    ASSERT_TRUE(fleet.set_load(0, load));
    EXPECT_EQ(RawClient::take(pushes, 1, kLongEnough).size(), 1U);
    ASSERT_TRUE(fleet.clear_faults(0));
    EXPECT_TRUE(ask_one(0));
    natsSubscription_Destroy(pushes);
}

TEST_F(SimulatedFleetTest, AReplyLessQuestionKillsTheResponders) {
    SimulatedFleet& fleet = start(still(2));
    client_.publish("$SRV.PING", "");
    ASSERT_TRUE(wait_until(kLongEnough, [&] { return fleet.counters().reply_less == 1; }));
    EXPECT_TRUE(client_.ask("$SRV.STATS", 1, 100ms).empty());
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::dead, 0}));
    ASSERT_TRUE(fleet.clear_faults(0));
    EXPECT_EQ(client_.ask("$SRV.STATS", 1, kLongEnough, 100ms).size(), 1U);
}

TEST_F(SimulatedFleetTest, DeadIsGoneAndARestartHasALaterStart) {
    SimulatedFleet& fleet = start(still(2));
    const std::string service_id = fleet.truth(1).service_id;
    const WallTime started = fleet.truth(1).started;
    ASSERT_TRUE(fleet.set_fault(1, {FaultKind::dead, 0}));
    EXPECT_FALSE(fleet.truth(1).alive);
    EXPECT_EQ(client_.ask("$SRV.STATS", 1, kLongEnough, 100ms).size(), 1U);
    ASSERT_TRUE(fleet.clear_faults(1));
    EXPECT_TRUE(fleet.truth(1).alive);
    EXPECT_TRUE(client_.ask("$SRV.STATS.dynamo_backend." + service_id, 1, 100ms).empty());
    const std::optional<Said> said = read_stats(ask_one(1).value());
    ASSERT_TRUE(said);
    EXPECT_NE(said->service_id, service_id);
    EXPECT_GT(said->started, started.time_since_epoch().count());
    EXPECT_EQ(said->instance_id, fleet.truth(1).instance_id);
}

TEST_F(SimulatedFleetTest, ARestartComesBackByItself) {
    SimulatedFleet& fleet = start(still(1));
    const WallTime started = fleet.truth(0).started;
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::restart, 0}, 50ms));
    ASSERT_TRUE(wait_until(kLongEnough, [&] { return fleet.truth(0).alive; }));
    EXPECT_GT(fleet.truth(0).started, started);
}

TEST_F(SimulatedFleetTest, TwiceIsTwoProcessesWithOneId) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::twice, 0}));
    const std::vector<std::string> answers = client_.ask("$SRV.STATS.dynamo_backend", 2);
    ASSERT_EQ(answers.size(), 2U);
    const Said one = read_stats(answers[0]).value();
    const Said two = read_stats(answers[1]).value();
    EXPECT_EQ(one.instance_id, two.instance_id);
    EXPECT_NE(one.service_id, two.service_id);
    EXPECT_NE(one.started, two.started);
    EXPECT_EQ(
        client_.ask("$SRV.STATS.dynamo_backend." + two.service_id, 1, kLongEnough, 100ms).size(),
        1U);
}

TEST_F(SimulatedFleetTest, TwoComponentsOfOneSeedHaveNoIdInCommon) {
    SimulatedFleetOptions other = still(3);
    other.nats_url = server_.url();
    other.component = {"dynamo", "prefill"};
    const auto prefill = SimulatedFleet::start(std::move(other));
    ASSERT_TRUE(prefill) << prefill.error().what;
    SimulatedFleet& backend = start(still(3));
    std::set<std::string> services;
    std::set<std::uint64_t> instances;
    for (const SimulatedFleet* const fleet : {&backend, prefill->get()}) {
        for (const WorkerTruth& truth : fleet->truths()) {
            services.insert(truth.service_id);
            instances.insert(truth.instance_id);
        }
    }
    EXPECT_EQ(services.size(), 6U);
    EXPECT_EQ(instances.size(), 6U);
}

TEST_F(SimulatedFleetTest, GarbageNeverCarriesALoad) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::garbage, 0}));
    std::set<std::string> kinds;
    for (int i = 0; i < 12; ++i) {
        const std::vector<std::string> answers = client_.ask("$SRV.STATS", 1);
        ASSERT_EQ(answers.size(), 1U);
        const std::optional<Said> said = read_stats(answers[0]);
        EXPECT_FALSE(said && said->has_record) << answers[0];
        kinds.insert(answers[0]);
    }
    EXPECT_EQ(kinds.size(), 12U);
}

TEST_F(SimulatedFleetTest, NanIsNullZerosAreZerosAndRanksAreNamed) {
    SimulatedFleet& fleet = start(still(3));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::nan, 0}));
    ASSERT_TRUE(fleet.set_fault(1, {FaultKind::zeros, 0}));
    ASSERT_TRUE(fleet.set_fault(2, {FaultKind::ranks, 4}));
    EXPECT_THAT(ask_one(0).value(), ::testing::HasSubstr(R"("gpu_cache_usage_perc":null)"));
    EXPECT_THAT(ask_one(1).value(), ::testing::HasSubstr(R"("kv_total_blocks":0)"));
    EXPECT_EQ(read_stats(ask_one(2).value())->record.rank, 0U);
}

TEST_F(SimulatedFleetTest, StoppedAnswersEverythingAtItsEnd) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::stopped, 0}));
    EXPECT_FALSE(ask_one(0, 100ms));
    EXPECT_EQ(fleet.counters().answers, 0U);
    ASSERT_TRUE(fleet.clear_faults(0));
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return fleet.counters().answers == 1; }));
}

TEST_F(SimulatedFleetTest, AFloodTooLargeForTheServerIsNotSentAndCounted) {
    SimulatedFleet& fleet = start(still(1));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::flood, 1'000}));
    EXPECT_GT(ask_one(0).value().size(), 100'000U);
    ASSERT_TRUE(fleet.clear_faults(0));
    ASSERT_TRUE(fleet.set_fault(0, {FaultKind::flood, 20'000}));
    EXPECT_FALSE(ask_one(0, 500ms));
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return fleet.counters().send_failures == 1; }));
}

TEST_F(SimulatedFleetTest, PlannedFaultsBeginAndEnd) {
    SimulatedFleetOptions options = still(2);
    options.faults = {parse_planned_fault("mute@1:0+1500ms", 2).value()};
    start(options);
    EXPECT_EQ(client_.ask("$SRV.STATS", 1, kLongEnough, 100ms).size(), 1U);
    EXPECT_TRUE(
        wait_until(kLongEnough, [&] { return client_.ask("$SRV.STATS", 2, 500ms).size() == 2; }));
}

TEST_F(SimulatedFleetTest, JitterSpreadsTheAnswers) {
    SimulatedFleetOptions options = still(200);
    options.jitter = 100ms;
    start(options);
    const Time asked = steady_now();
    EXPECT_EQ(client_.ask("$SRV.STATS", 200).size(), 200U);
    EXPECT_GE(steady_now() - asked, 60ms);
}

TEST_F(SimulatedFleetTest, TwoThousandWorkersAnswerOneQuestion) {
    start(still(2'000));
    std::set<std::uint64_t> ids;
    for (const std::string& bytes : client_.ask("$SRV.STATS.dynamo_backend", 2'000, kLongEnough)) {
        const std::optional<Said> said = read_stats(bytes);
        ASSERT_TRUE(said);
        ids.insert(said->instance_id);
    }
    EXPECT_EQ(ids.size(), 2'000U);
}

TEST_F(SimulatedFleetTest, ItComesBackAfterTheBroker) {
    start(still(2));
    server_.kill();
    server_.restart();
    RawClient later(server_);
    EXPECT_TRUE(
        wait_until(kLongEnough, [&] { return later.ask("$SRV.STATS", 2, 500ms).size() == 2; }));
}

TEST_F(SimulatedFleetTest, StoppingIsBoundedWhileTheBrokerStandsStill) {
    SimulatedFleetOptions options;
    options.workers = 500;
    options.changes_per_second = 100.0;
    SimulatedFleet& fleet = start(options);
    server_.pause();
    // Long enough for sockets and buffers to fill: the fleet's thread is held up by then.
    const SimulatedFleetCounters before = fleet.counters();
    EXPECT_TRUE(wait_until(kLongEnough,
                           [&] { return fleet.counters().changes > before.changes + 50'000; }));
    const Time asked = steady_now();
    fleet.stop();
    EXPECT_LT(steady_now() - asked, 5s);
    server_.resume();
}

TEST(SimulatedFleetStart, NoServerIsAnErrorThatSaysWhatToDo) {
    SimulatedFleetOptions options;
    const auto server = NatsServer::not_started({});
    options.nats_url = fmt::format("nats://user:secret@127.0.0.1:{}", server->port());
    const auto fleet = SimulatedFleet::start(options);
    ASSERT_FALSE(fleet);
    EXPECT_EQ(fleet.error().kind, ErrorKind::closed);
    EXPECT_THAT(fleet.error().what, ::testing::HasSubstr("start a nats-server there"));
    EXPECT_THAT(fleet.error().what, ::testing::Not(::testing::HasSubstr("secret")));
    options.workers = 0;
    EXPECT_EQ(SimulatedFleet::start(options).error().kind, ErrorKind::bad_input);
}

}  // namespace
}  // namespace muster
