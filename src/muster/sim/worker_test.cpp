// One worker through its faults, on a hand-moved clock: what it answers, when it is there, who it
// says it is, and when it pushes.
#include "muster/sim/worker.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1'000s};
constexpr WallTime kWall{1'700'000'000s};

ProcessPlan plan_of(LoadShape shape, double rate = 10.0) {
    ProcessPlan plan;
    plan.component = {"dynamo", "backend"};
    plan.service = "dynamo_backend";
    plan.load.plan.shape = shape;
    plan.load.changes_per_second = rate;
    return plan;
}

/// A worker with its clock, and everything that happened to it.
struct Rig {
    explicit Rig(const ProcessPlan& how, std::uint64_t seed = 7)
        : plan(how),
          worker(
              plan,
              {.index = 0, .instance_id = 42, .seed = seed, .now = kStart, .started = kWall - 1h}) {
    }
    void run_until(Time end) {
        while (worker.next_event() <= end) {
            now = std::max(now, worker.next_event());
            const SimulatedWorker::Happened happened = worker.step(now, wall());
            if (happened.truth_changed && worker.process() != nullptr)
                loads.push_back(worker.process()->load());
            if (happened.push_due) pushes.push_back(now);
            resumed += happened.resumed ? 1 : 0;
        }
        now = end;
    }
    void fault(FaultKind kind, Duration from, Duration until, std::uint32_t amount = 0) {
        worker.add_fault({kind, amount}, kStart + from, kStart + until);
    }
    [[nodiscard]] WallTime wall() const { return kWall + (now - kStart); }

    ProcessPlan plan;
    SimulatedWorker worker;
    Time now = kStart;
    std::vector<Load> loads;
    std::vector<Time> pushes;
    int resumed = 0;
};

Load load_of(std::uint64_t waiting, std::uint64_t blocks) {
    Load load;
    load.set_count(LoadField::running, 5);
    load.set_count(LoadField::waiting, waiting);
    load.set_count(LoadField::kv_active_blocks, blocks);
    load.set_count(LoadField::kv_total_blocks, 100);
    return load;
}

TEST(SimulatedWorker, SaysItsLoadFromTheStart) {
    const Rig rig(plan_of(LoadShape::model));
    const MetricsRecord record = rig.worker.process()->record();
    EXPECT_EQ(record.request_active_slots, rig.worker.process()->load().running);
    EXPECT_GT(record.kv_active_blocks, 0U);
    EXPECT_FALSE(record.data_parallel_rank);
    EXPECT_EQ(rig.worker.process()->service_id().size(), 22U);
}

TEST(SimulatedWorker, OfAnotherComponentHasAServiceIdOfItsOwnAndTheSameLoad) {
    const Rig one(plan_of(LoadShape::model));
    ProcessPlan plan = plan_of(LoadShape::model);
    plan.component.component = "prefill";
    const Rig other(plan);
    EXPECT_NE(one.worker.process()->service_id(), other.worker.process()->service_id());
    EXPECT_EQ(one.worker.process()->load(), other.worker.process()->load());
    EXPECT_EQ(Rig(plan).worker.process()->service_id(), other.worker.process()->service_id());
}

RC_GTEST_PROP(SimulatedWorker, TheSameSeedGivesTheSameTrace, ()) {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto trace = [&] {
        Rig rig(plan_of(LoadShape::model), seed);
        rig.fault(FaultKind::restart, 2s, 3s);
        rig.fault(FaultKind::ranks, 5s, 8s, 4);
        rig.run_until(kStart + 10s);
        return rig;
    };
    const Rig a = trace();
    const Rig b = trace();
    RC_ASSERT(a.loads.size() > 50U);
    RC_ASSERT(a.loads == b.loads);
    RC_ASSERT(a.pushes == b.pushes);
}

TEST(SimulatedWorker, PushesOneMillisecondAfterTheLastChangeThatMatters) {
    Rig rig(plan_of(LoadShape::fixed));
    rig.run_until(kStart + 1s);
    rig.pushes.clear();
    rig.worker.set_load(load_of(1, 10), rig.now);
    rig.run_until(rig.now + 500us);
    rig.worker.set_load(load_of(2, 10), rig.now);  // Within the millisecond: one push for both.
    const Time last = rig.now;
    rig.run_until(rig.now + 1s);
    ASSERT_EQ(rig.pushes.size(), 1U);
    EXPECT_EQ(rig.pushes[0], last + 1ms);
}

TEST(SimulatedWorker, OtherFieldsNeverPushAndBackAgainStillDoes) {
    Rig rig(plan_of(LoadShape::fixed));
    rig.worker.set_load(load_of(1, 10), rig.now);
    rig.run_until(kStart + 1s);
    rig.pushes.clear();
    Load other = load_of(1, 10);
    other.set_count(LoadField::running, 99);
    rig.worker.set_load(other, rig.now);
    rig.run_until(kStart + 2s);
    EXPECT_TRUE(rig.pushes.empty());
    rig.worker.set_load(load_of(1, 11), rig.now);
    rig.worker.set_load(load_of(1, 10), rig.now);
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.pushes.size(), 1U);
}

TEST(SimulatedWorker, ARestartIsALaterProcessUnderTheSameId) {
    Rig rig(plan_of(LoadShape::model, 1.0));
    const std::string service_id = rig.worker.process()->service_id();
    const std::uint64_t requests = rig.worker.process()->requests_total();
    rig.fault(FaultKind::restart, 2s, 4s);
    rig.run_until(kStart + 2s);
    EXPECT_EQ(rig.worker.process(), nullptr);
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::ignore);
    const std::uint32_t incarnation = rig.worker.incarnation();
    EXPECT_GT(incarnation, 0U);
    rig.run_until(kStart + 4s);
    ASSERT_NE(rig.worker.process(), nullptr);
    EXPECT_NE(rig.worker.process()->service_id(), service_id);
    EXPECT_EQ(rig.worker.process()->started(), kWall + 4s);
    EXPECT_EQ(rig.worker.process()->record(), MetricsRecord{});  // Nothing published yet.
    EXPECT_LT(rig.worker.process()->requests_total(), requests);
    EXPECT_EQ(rig.worker.instance_id(), 42U);
    rig.run_until(kStart + 6s);
    EXPECT_GT(rig.worker.process()->record().request_total_slots, 0U);
}

TEST(SimulatedWorker, MuteLivesAndPushesOn) {
    Rig rig(plan_of(LoadShape::step));
    rig.fault(FaultKind::mute, 1s, 3s);
    rig.run_until(kStart + 1s);
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::ignore);
    rig.pushes.clear();
    rig.run_until(kStart + 2s);
    EXPECT_GT(rig.pushes.size(), 5U);
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::answer);
}

TEST(SimulatedWorker, AQuestionWithoutReplySubjectMutesItUntilItsNextProcess) {
    Rig rig(plan_of(LoadShape::model));
    rig.worker.kill_responder();
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::ignore);
    rig.fault(FaultKind::restart, 1s, 2s);
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::answer);
}

TEST(SimulatedWorker, StoppedStandsStillAndAnswersAfterwards) {
    Rig rig(plan_of(LoadShape::step));
    rig.fault(FaultKind::stopped, 1s, 3s);
    rig.run_until(kStart + 1s);
    EXPECT_EQ(rig.worker.react_to_question(), SimulatedWorker::Reaction::hold);
    for (std::size_t i = 0; i < kHeldQuestionsMax + 5; ++i)
        rig.worker.hold({ServiceVerb::stats, std::make_shared<const std::string>("_INBOX.x")});
    rig.loads.clear();
    rig.pushes.clear();
    rig.run_until(kStart + 2'999ms);
    EXPECT_TRUE(rig.loads.empty());
    EXPECT_TRUE(rig.pushes.empty());
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.resumed, 1);
    EXPECT_EQ(rig.worker.take_held().size(), kHeldQuestionsMax);
    EXPECT_TRUE(rig.worker.take_held().empty());
    rig.run_until(kStart + 4s);
    EXPECT_EQ(rig.loads.size(), 10U);  // No catching up of what was missed.
}

TEST(SimulatedWorker, TwiceIsASecondLaterProcess) {
    Rig rig(plan_of(LoadShape::model));
    rig.fault(FaultKind::twice, 1s, 3s);
    rig.run_until(kStart + 2s);
    ASSERT_NE(rig.worker.twin(), nullptr);
    EXPECT_NE(rig.worker.twin()->service_id(), rig.worker.process()->service_id());
    EXPECT_GT(rig.worker.twin()->started(), rig.worker.process()->started());
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.worker.twin(), nullptr);
    EXPECT_EQ(rig.worker.incarnation(), 0U);
}

TEST(SimulatedWorker, NanAndZerosLieAboutTheRecordOnly) {
    Rig rig(plan_of(LoadShape::model));
    rig.fault(FaultKind::nan, 1s, 2s);
    rig.fault(FaultKind::zeros, 2s, 3s);
    rig.run_until(kStart + 1s);
    EXPECT_TRUE(std::isnan(rig.worker.process()->record().gpu_cache_usage_perc));
    EXPECT_TRUE(std::isnan(rig.worker.process()->record().gpu_prefix_cache_hit_rate));
    EXPECT_GT(rig.worker.process()->record().kv_active_blocks, 0U);
    rig.run_until(kStart + 2s);
    EXPECT_EQ(rig.worker.process()->record(), MetricsRecord{});
    EXPECT_GT(rig.worker.process()->load().kv_active_blocks, 0U);
    rig.run_until(kStart + 3s);
    EXPECT_EQ(rig.worker.process()->record().kv_active_blocks,
              rig.worker.process()->load().kv_active_blocks);
}

TEST(SimulatedWorker, FrozenKeepsItsRecordWhileRequestsAreCounted) {
    Rig rig(plan_of(LoadShape::model));
    rig.fault(FaultKind::frozen, 1s, 5s);
    rig.run_until(kStart + 1s);
    const MetricsRecord record = rig.worker.process()->record();
    const std::uint64_t requests = rig.worker.process()->requests_total();
    rig.run_until(kStart + 4s);
    EXPECT_EQ(rig.worker.process()->record(), record);
    EXPECT_GT(rig.worker.process()->requests_total(), requests);
    rig.run_until(kStart + 5s);
    EXPECT_NE(rig.worker.process()->record(), record);
}

TEST(SimulatedWorker, RanksTakeTurns) {
    Rig rig(plan_of(LoadShape::model));
    rig.fault(FaultKind::ranks, 1s, 5s, 3);
    rig.run_until(kStart + 1s);
    std::vector<int> seen(3, 0);
    for (int i = 0; i < 100; ++i) {
        rig.run_until(rig.now + 10ms);
        const std::optional<std::uint32_t> rank = rig.worker.process()->record().data_parallel_rank;
        ASSERT_TRUE(rank);
        ASSERT_LT(*rank, 3U);
        ++seen[*rank];
    }
    for (const int count : seen) EXPECT_GT(count, 0);
    rig.run_until(kStart + 5s);
    EXPECT_FALSE(rig.worker.process()->record().data_parallel_rank);
}

TEST(SimulatedWorker, FaultsAddUpAndAreCleared) {
    Rig rig(plan_of(LoadShape::model));
    rig.fault(FaultKind::slow, 0s, 9s, 100);
    rig.fault(FaultKind::slow, 0s, 9s, 50);
    rig.fault(FaultKind::flood, 0s, 9s, 1'000);
    rig.fault(FaultKind::garbage, 0s, 9s);
    rig.run_until(kStart + 1s);
    EXPECT_EQ(rig.worker.faults().slow, 150ms);
    EXPECT_EQ(rig.worker.faults().flood, 1'000U);
    EXPECT_TRUE(rig.worker.faults().garbage);
    rig.worker.clear_faults(rig.now);
    rig.run_until(rig.now);
    EXPECT_EQ(rig.worker.faults(), ActiveFaults{});
}

}  // namespace
}  // namespace muster
