// What simulated workers send is what the wire's readers and the recordings know.
#include "muster/sim/answers.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "muster/sim/fleet.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/service_reply.hpp"
#include "muster/wire/stats_writer.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kId = 0x694d988806b92e39ULL;

struct Answered {
    Answered() {
        plan.component = {"dynamo", "backend"};
        plan.service = "dynamo_backend";
        process.emplace(plan, SimulatedProcess::Birth{}, LoadPlan{});
        answer.instance_id = kId;
        answer.record = process->record();
        answer.requests_total = process->requests_total();
    }
    [[nodiscard]] std::string bytes(ServiceVerb verb) const {
        SimulatedAnswer asked = answer;
        asked.verb = verb;
        std::string out;
        write_answer(out, plan, *process, asked);
        return out;
    }
    ProcessPlan plan;
    std::optional<SimulatedProcess> process;
    SimulatedAnswer answer;
};

TEST(SimulatedAnswer, StatsIsReadBackAsWhatWasTrue) {
    const Answered a;
    ServiceReplyParser parser;
    const auto reply = parser.parse_stats(a.bytes(ServiceVerb::stats));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->head.name, "dynamo_backend");
    EXPECT_EQ(reply->head.id, a.process->service_id());
    EXPECT_EQ(reply->instance_id, kId);
    EXPECT_TRUE(reply->offers_load);
    EXPECT_EQ(reply->requests_total, a.process->requests_total());
    ASSERT_TRUE(reply->record);
    EXPECT_EQ(reply->record->load, a.process->load());
    EXPECT_TRUE(reply->rejections.empty());
}

TEST(SimulatedAnswer, PingAndInfoAreReadToo) {
    const Answered a;
    ServiceReplyParser parser;
    EXPECT_EQ(parser.parse_ping(a.bytes(ServiceVerb::ping))->id, a.process->service_id());
    const std::string info = a.bytes(ServiceVerb::info);
    const auto reply = parser.parse_info(info);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->description, "Dynamo component backend in namespace dynamo");
    EXPECT_EQ(reply->endpoints.size(), 3U);
}

TEST(SimulatedAnswer, APushIsReadBackAsTheSameLoad) {
    const Answered a;
    std::string bytes;
    write_load_event(bytes, kId, a.process->record());
    LoadEventParser parser;
    const auto event = parser.parse(bytes);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->worker_id, kId);
    EXPECT_EQ(event->record.load, a.process->load());
}

TEST(SimulatedAnswer, FloodListsMoreEndpoints) {
    Answered a;
    a.answer.flood = 500;
    const nlohmann::json reply = nlohmann::json::parse(a.bytes(ServiceVerb::stats));
    EXPECT_EQ(reply["endpoints"].size(), 503U);
}

TEST(SimulatedAnswer, NewReleasesOfferNoLoad) {
    Answered a;
    a.plan.release = {0, 6, 1};
    ServiceReplyParser parser;
    const auto reply = parser.parse_stats(a.bytes(ServiceVerb::stats));
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->offers_load);
}

TEST(Garbage, NoKindGivesALoad) {
    const Answered a;
    ServiceReplyParser replies;
    LoadEventParser events;
    for (std::uint32_t turn = 0; turn < 2 * kGarbageKinds; ++turn) {
        std::string bytes;
        write_garbage_answer(bytes, a.plan, *a.process, a.answer, turn);
        const auto reply = replies.parse_stats(bytes);
        EXPECT_TRUE(!reply || !reply->record) << "kind " << turn << ": " << bytes;
        bytes.clear();
        write_garbage_event(bytes, kId, a.answer.record, turn);
        EXPECT_FALSE(events.parse(bytes)) << "kind " << turn << ": " << bytes;
    }
}

TEST(TruthLine, IsOneJsonObjectPerLine) {
    WorkerTruth truth;
    truth.instance_id = kId;
    truth.changed_at_ns = 123;
    truth.changes = 4;
    truth.load = Answered().process->load();
    std::string out;
    append_truth_line(out, truth, {"dynamo", "backend"});
    truth.rank = 3;
    append_truth_line(out, truth, {"dynamo", "backend"});
    truth.alive = false;
    append_truth_line(out, truth, {"dynamo", "backend"});
    std::istringstream lines(out);
    std::string line;
    std::vector<nlohmann::json> read;
    while (std::getline(lines, line)) read.push_back(nlohmann::json::parse(line));
    ASSERT_EQ(read.size(), 3U);
    EXPECT_EQ(read[0]["t_ns"], 123);
    EXPECT_EQ(read[0]["worker"], "dynamo/backend/" + std::to_string(kId));
    EXPECT_TRUE(read[0]["rank"].is_null());
    EXPECT_EQ(read[0]["load"]["running"], truth.load.running);
    EXPECT_EQ(read[0]["load"]["kv_usage"].get<float>(), static_cast<float>(truth.load.kv_usage));
    EXPECT_EQ(read[1]["rank"], 3);
    EXPECT_FALSE(read[2]["alive"]);
    EXPECT_TRUE(read[2]["load"].is_null());
}

}  // namespace
}  // namespace muster
