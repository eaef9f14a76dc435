// Work that came and went between two scrapes, through the real binary: a simulated vLLM whose
// gauges never show its bursts, a `muster serve` that watches it, and who reads that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/engine_programs.hpp"
#include "support/muster_call.hpp"

namespace muster::testing {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CliEngineBursts, WhatNoGaugeShowedIsToldAsWasBusy) {
    const SimCall sim("vllm", "--load burst --rate 2");
    const ServeCall serve("--worker " + sim.address());
    json worker;
    ASSERT_TRUE(comes_true([&] {
        worker = serve.worker(sim.worker_id());
        if (!worker["load"]["running"].is_number()) return false;
        EXPECT_EQ(worker["load"]["running"], 0) << "the gauges were to miss it";
        return worker.contains("activity") && worker["activity"]["unseen_bursts"] >= 2;
    })) << worker;
    EXPECT_NE(worker["state"], "stale");
    EXPECT_EQ(worker["flags"], json::array());
    EXPECT_TRUE(worker["activity"]["last_unseen_burst"].is_string()) << worker;

    EXPECT_THAT(serve.text("/metrics"),
                ContainsRegex("muster_worker_unseen_bursts_total\\{[^}]*\\} [2-9]"));
    MusterCall get("get --output wide --server " + serve.url());
    EXPECT_EQ(get.code(), 0) << get.err();
    EXPECT_THAT(get.out(), ContainsRegex("was busy " + sim.worker_id() +
                                         " [0-9]+ times between two answers, last "));
}

TEST(CliEngineBursts, AnIdleEngineWasNotBusy) {
    const SimCall sim("vllm", "--load fixed:'{\"running\":0}'");
    const ServeCall serve("--worker " + sim.address());
    ASSERT_TRUE(
        comes_true([&] { return serve.json("/v1/sources")["sources"][0]["answered"] >= 5; }));
    json worker = serve.worker(sim.worker_id());
    EXPECT_EQ(worker["load"]["running"], 0);
    // Its counters are told, so that its rates are; nothing else is.
    if (worker.contains("activity")) {
        EXPECT_EQ(worker["activity"]["unseen_bursts"], 0);
    }
    EXPECT_THAT(serve.text("/metrics"),
                Not(ContainsRegex("muster_worker_unseen_bursts_total\\{[^}]*\\} [1-9]")));
    MusterCall get("get --output wide --server " + serve.url());
    EXPECT_EQ(get.code(), 0) << get.err();
    EXPECT_THAT(get.out(), HasSubstr(sim.worker_id()));
    EXPECT_THAT(get.out(), Not(HasSubstr("was busy")));
}

}  // namespace
}  // namespace muster::testing
