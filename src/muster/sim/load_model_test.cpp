// The load model conserves, repeats exactly, and changes as often as it promises.
#include "muster/sim/load_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1'000s};

LoadModelOptions options_of(LoadShape shape, std::uint64_t seed, double rate) {
    LoadModelOptions options;
    options.plan.shape = shape;
    options.seed = seed;
    options.changes_per_second = rate;
    return options;
}

std::vector<Load> trace(LoadModel& model, Time now, Duration pace, int steps) {
    std::vector<Load> loads;
    for (int i = 0; i < steps; ++i) {
        now += pace;
        while (model.next_tick() <= now) {
            model.step(now);
            loads.push_back(model.load());
        }
    }
    return loads;
}

void expect_conserved(const LoadModel& model, const LoadModelOptions& options) {
    const LoadBooks books = model.books();
    RC_ASSERT(books.admitted == books.running + books.waiting + books.done);
    RC_ASSERT(books.running <= options.slots);
    RC_ASSERT(books.blocks_held <= options.kv_blocks);
    const Load& load = model.load();
    RC_ASSERT(load.running == books.running);
    RC_ASSERT(load.waiting == books.waiting);
    RC_ASSERT(load.kv_active_blocks == books.blocks_held);
    RC_ASSERT(model.requests_total() == books.admitted);
    RC_ASSERT(load.kv_usage >= 0.0 && load.kv_usage <= 1.0);
    RC_ASSERT(load.prefix_hit_rate >= 0.0 && load.prefix_hit_rate <= 1.0);
}

RC_GTEST_PROP(LoadModel, ConservesAfterEveryStep, ()) {
    LoadModelOptions options = options_of(LoadShape::model, *rc::gen::arbitrary<std::uint64_t>(),
                                          *rc::gen::element(0.1, 1.0, 7.0, 100.0, 2'000.0));
    // Small caches too: there blocks run out before slots do, and sequences are put back.
    options.slots = *rc::gen::inRange(1U, 300U);
    options.kv_blocks = *rc::gen::inRange(4U, 3'000U);
    LoadModel model(options, kStart);
    expect_conserved(model, options);
    for (int i = 0; i < 50; ++i) {
        model.step(model.next_tick());
        expect_conserved(model, options);
    }
}

RC_GTEST_PROP(LoadModel, ShapesKeepTheirBooksToo, ()) {
    const auto shape = *rc::gen::element(LoadShape::sine, LoadShape::step, LoadShape::burst);
    const LoadModelOptions options = options_of(shape, *rc::gen::arbitrary<std::uint64_t>(), 1.0);
    LoadModel model(options, kStart);
    for (int i = 0; i < 130; ++i) {
        expect_conserved(model, options);
        model.step(model.next_tick());
    }
}

RC_GTEST_PROP(LoadModel, TheSameSeedGivesTheSameTraceHoweverItIsDriven, ()) {
    const LoadModelOptions options =
        options_of(LoadShape::model, *rc::gen::arbitrary<std::uint64_t>(), 10.0);
    LoadModel often(options, kStart);
    LoadModel seldom(options, kStart + 7h);
    const std::vector<Load> a = trace(often, kStart, 1ms, 2'000);
    const std::vector<Load> b = trace(seldom, kStart + 7h, 700ms, 3);
    const std::size_t common = std::min(a.size(), b.size());
    RC_ASSERT(common > 10U);
    for (std::size_t i = 0; i < common; ++i) RC_ASSERT(a[i] == b[i]);
}

TEST(LoadModel, DifferentSeedsGiveDifferentTraces) {
    LoadModel one(options_of(LoadShape::model, 1, 10.0), kStart);
    LoadModel two(options_of(LoadShape::model, 2, 10.0), kStart);
    EXPECT_NE(trace(one, kStart, 100ms, 20), trace(two, kStart, 100ms, 20));
}

TEST(LoadModel, TheTraceIsTheSameOnEveryMachineAndCompiler) {
    LoadModel model(options_of(LoadShape::model, 42, 10.0), kStart);
    const std::vector<Load> loads = trace(model, kStart, 100ms, 101);
    const Load& last = loads.at(99);
    EXPECT_EQ(last.running, 102U);
    EXPECT_EQ(last.waiting, 0U);
    EXPECT_EQ(last.kv_active_blocks, 5759U);
}

TEST(LoadModel, EveryTickChangesTheLoad) {
    for (const LoadShape shape : {LoadShape::model, LoadShape::step}) {
        for (const double rate : {0.5, 1.0, 50.0, 5'000.0}) {
            LoadModel model(options_of(shape, 3, rate), kStart);
            int changes = 0;
            for (int i = 0; i < 500; ++i) changes += model.step(model.next_tick()) ? 1 : 0;
            EXPECT_EQ(changes, 500) << "rate " << rate;
        }
    }
}

TEST(LoadModel, TicksComeAtTheRate) {
    LoadModel model(options_of(LoadShape::model, 9, 20.0), kStart);
    const std::vector<Load> loads = trace(model, kStart, 10ms, 1'000);
    EXPECT_NEAR(static_cast<double>(loads.size()), 200.0, 1.0);
}

TEST(LoadModel, NothingIsDueBeforeItsTime) {
    LoadModel model(options_of(LoadShape::model, 9, 1.0), kStart);
    const Load before = model.load();
    EXPECT_FALSE(model.step(model.next_tick() - 1ns));
    EXPECT_EQ(model.load(), before);
}

TEST(LoadModel, AfterASleepItGoesOnFromNow) {
    LoadModel model(options_of(LoadShape::model, 9, 10.0), kStart);
    const Time woken = kStart + 1h;
    EXPECT_TRUE(model.step(woken));
    EXPECT_EQ(model.next_tick(), woken + 100ms);
}

TEST(LoadModel, AFleetStartsBusyAndSomeWorkersQueue) {
    std::uint64_t waiting = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        LoadModel model(options_of(LoadShape::model, seed, 1.0), kStart);
        EXPECT_GT(model.load().running, 20U);
        for (int i = 0; i < 100; ++i) model.step(model.next_tick());
        waiting += model.load().waiting;
    }
    EXPECT_GT(waiting, 0U);
}

TEST(LoadModel, ATightCachePutsSequencesBack) {
    LoadModelOptions options = options_of(LoadShape::model, 5, 1.0);
    options.kv_blocks = 1'000;
    LoadModel model(options, kStart);
    for (int i = 0; i < 200; ++i) model.step(model.next_tick());
    EXPECT_GT(model.books().preempted, 0U);
    EXPECT_GT(model.books().done, 100U);
    EXPECT_GT(model.load().waiting, 0U);
}

TEST(LoadModel, FixedNeverMoves) {
    LoadModelOptions options;
    options.plan = parse_load_plan(R"(fixed:{"running":37,"waiting":4})").value();
    LoadModel model(options, kStart);
    EXPECT_EQ(model.next_tick(), Time::max());
    EXPECT_FALSE(model.step(kStart + 24h));
    EXPECT_EQ(model.load().running, 37U);
}

TEST(LoadModel, SineSwingsAndStepAlternates) {
    LoadModel sine(options_of(LoadShape::sine, 5, 1.0), kStart);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 60; ++i) {
        sine.step(sine.next_tick());
        seen.insert(sine.load().running);
    }
    EXPECT_LT(*seen.begin(), 40U);
    EXPECT_GT(*seen.rbegin(), 215U);
    LoadModel step(options_of(LoadShape::step, 5, 1.0), kStart);
    const Load low = step.load();
    step.step(step.next_tick());
    EXPECT_EQ(step.load().running, 192U);
    step.step(step.next_tick());
    EXPECT_EQ(step.load(), low);
}

TEST(LoadModel, ABurstIsOverWithinItsTimeAndComesAtTheRate) {
    for (const double rate : {1.0, 2.0, 1'000.0}) {
        LoadModel model(options_of(LoadShape::burst, 5, rate), kStart);
        const Duration tick(static_cast<std::int64_t>(1e9 / rate));
        EXPECT_EQ(model.load().running, 0U);
        const Time first = model.next_tick();
        for (int i = 0; i < 5; ++i) {
            const Time begins = model.next_tick();
            EXPECT_EQ(begins, first + i * tick);
            EXPECT_TRUE(model.step(begins));
            EXPECT_EQ(model.load().running, 8U);
            const Time ends = model.next_tick();
            EXPECT_EQ(ends - begins, std::min(kBurstTime, tick / 2));
            EXPECT_TRUE(model.step(ends));
            EXPECT_EQ(model.load().running, 0U);
            EXPECT_EQ(model.load().kv_active_blocks, 0U);
        }
        EXPECT_EQ(model.requests_total(), 40U);
    }
}

TEST(LoadPlan, ReadsEveryField) {
    const Result<LoadPlan> plan =
        parse_load_plan(R"(fixed: { "running": 1, "slots":2, "waiting":3, "kv_active_blocks":4,)"
                        R"( "kv_total_blocks":8, "kv_usage":0.25, "prefix_hit_rate":1 } )");
    ASSERT_TRUE(plan) << plan.error().what;
    EXPECT_EQ(plan->shape, LoadShape::fixed);
    EXPECT_EQ(plan->fixed.running, 1U);
    EXPECT_EQ(plan->fixed.slots, 2U);
    EXPECT_EQ(plan->fixed.waiting, 3U);
    EXPECT_EQ(plan->fixed.kv_active_blocks, 4U);
    EXPECT_EQ(plan->fixed.kv_total_blocks, 8U);
    EXPECT_EQ(plan->fixed.kv_usage, 0.25);
    EXPECT_EQ(plan->fixed.prefix_hit_rate, 1.0);
}

TEST(LoadPlan, WhatIsLeftOutIsUsable) {
    const Result<LoadPlan> plan = parse_load_plan(R"(fixed:{"kv_active_blocks":13907})");
    ASSERT_TRUE(plan) << plan.error().what;
    EXPECT_EQ(plan->fixed.slots, 256U);
    EXPECT_EQ(plan->fixed.kv_usage, 0.5);
    EXPECT_TRUE(parse_load_plan("fixed:{}"));
    EXPECT_EQ(parse_load_plan("burst").value().shape, LoadShape::burst);
}

TEST(LoadPlan, ErrorsSayWhatWhereAndWhatToDo) {
    const auto message = [](std::string_view text) {
        const Result<LoadPlan> plan = parse_load_plan(text);
        return plan ? std::string("(accepted)") : plan.error().what;
    };
    using testing::HasSubstr;
    EXPECT_THAT(message("square"), HasSubstr("write model, fixed:JSON, sine, step or burst"));
    EXPECT_THAT(message(R"(fixed:{"runing":1})"), HasSubstr("the fields are running, slots"));
    EXPECT_THAT(message(R"(fixed:{"running":1.5})"), HasSubstr("whole number"));
    EXPECT_THAT(message(R"(fixed:{"running":-1})"), HasSubstr("whole number"));
    EXPECT_THAT(message(R"(fixed:{"kv_usage":1.5})"), HasSubstr("fraction from 0 to 1"));
    EXPECT_THAT(message(R"(fixed:{"kv_active_blocks":30000})"),
                HasSubstr("kv_active_blocks is 30000, kv_total_blocks 27814: give no more"));
    EXPECT_EQ(message(R"(fixed:{"kv_active_blocks":30000,"kv_usage":1})"), "(accepted)");
    for (const std::string_view broken :
         {"fixed:", "fixed:{", "fixed:37", R"(fixed:{"running"})", R"(fixed:{"running":})",
          R"(fixed:{"running":1,})", R"(fixed:{"running":1} x)", R"(fixed:{"running":nan})",
          R"(fixed:{"running)"}) {
        EXPECT_THAT(message(broken), HasSubstr("character")) << broken;
    }
}

}  // namespace
}  // namespace muster
