// The flags of `muster sim`: what they become, and what wrong ones are answered with.
#include "sim_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/child_process.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

SimFlags dynamo() {
    SimFlags flags;
    flags.engine = "dynamo";
    return flags;
}

std::string message_of(const SimFlags& flags) {
    const Result<SimOptions> options = read_sim_flags(flags);
    return options ? std::string("(accepted)") : options.error().what;
}

TEST(SimFlags, DefaultsAreASmallFleet) {
    const Result<SimOptions> options = read_sim_flags(dynamo());
    ASSERT_TRUE(options) << options.error().what;
    EXPECT_EQ(options->fleet.workers, 8U);
    EXPECT_EQ(options->fleet.component, (ComponentName{"dynamo", "backend"}));
    EXPECT_EQ(options->fleet.load.shape, LoadShape::model);
    EXPECT_EQ(options->duration, kForever);
    EXPECT_TRUE(options->fleet.push);
}

TEST(SimFlags, EveryFlagArrives) {
    const testing::TempDir dir;
    SimFlags flags = dynamo();
    flags.nats = "nats://broker:4222";
    flags.component = "lab/prefill";
    flags.workers = "100";
    flags.seed = "7";
    flags.rate = "2.5";
    flags.load = "step";
    flags.jitter = "20ms";
    flags.release = "0.4.1";
    flags.duration = "30s";
    flags.faults = {"mute@3:5s+10s"};
    flags.script = dir.write("script.txt", "# two\nnan@*\nslow=5@99\n");
    flags.print_truth = "-";
    flags.no_push = true;
    const Result<SimOptions> options = read_sim_flags(flags);
    ASSERT_TRUE(options) << options.error().what;
    EXPECT_EQ(options->fleet.nats_url, "nats://broker:4222");
    EXPECT_EQ(options->fleet.component, (ComponentName{"lab", "prefill"}));
    EXPECT_EQ(options->fleet.workers, 100U);
    EXPECT_EQ(options->fleet.seed, 7U);
    EXPECT_EQ(options->fleet.changes_per_second, 2.5);
    EXPECT_EQ(options->fleet.load.shape, LoadShape::step);
    EXPECT_EQ(options->fleet.jitter, 20ms);
    EXPECT_EQ(options->fleet.release, (DynamoRelease{0, 4, 1}));
    EXPECT_EQ(options->duration, 30s);
    ASSERT_EQ(options->fleet.faults.size(), 3U);
    EXPECT_EQ(to_text(options->fleet.faults[0]), "mute@3:5s+10s");
    EXPECT_EQ(to_text(options->fleet.faults[2]), "slow=5@99");
    EXPECT_EQ(options->truth_file, "-");
    EXPECT_FALSE(options->fleet.push);
}

TEST(SimFlags, EnginesOverHttpHaveFlagsOfTheirOwn) {
    SimFlags flags;
    flags.engine = "sglang";
    flags.workers = "4";
    flags.port = "8000";
    flags.ranks = "2";
    flags.model = "m";
    flags.faults = {"half@1", "status=503@2:1s+2s"};
    const Result<SimOptions> options = read_sim_flags(flags);
    ASSERT_TRUE(options) << options.error().what;
    ASSERT_TRUE(options->engines);
    EXPECT_EQ(options->engines->engine, Engine::sglang);
    EXPECT_EQ(options->engines->workers, 4U);
    EXPECT_EQ(options->engines->first_port, 8'000U);
    EXPECT_EQ(options->engines->ranks, 2U);
    EXPECT_EQ(options->engines->model, "m");
    EXPECT_EQ(options->engines->faults.size(), 2U);
    flags.port = "70000";
    EXPECT_THAT(message_of(flags), HasSubstr("--port 70000"));
    flags.port = "0";
    flags.ranks = "0";
    EXPECT_THAT(message_of(flags), HasSubstr("--ranks 0"));
    flags.ranks = "1";
    flags.faults = {"twice@0"};
    EXPECT_THAT(message_of(flags), HasSubstr("refuse, reset, half, drip, hang, status=CODE"));
    flags = dynamo();
    flags.faults = {"half@0"};
    EXPECT_NE(message_of(flags), "(accepted)");
    EXPECT_FALSE(read_sim_flags(dynamo())->engines);
}

TEST(SimFlags, MistakesAreAnsweredWithWhatToWrite) {
    SimFlags flags;
    EXPECT_THAT(message_of(flags), HasSubstr("give `muster sim dynamo`"));
    flags = dynamo();
    flags.workers = "0";
    EXPECT_THAT(message_of(flags), HasSubstr("--workers 0: give 1 to 100000"));
    flags = dynamo();
    flags.seed = "x";
    EXPECT_THAT(message_of(flags), HasSubstr("--seed x"));
    flags = dynamo();
    flags.rate = "nan";
    EXPECT_THAT(message_of(flags), HasSubstr("0.001 to 10000"));
    flags = dynamo();
    flags.jitter = "20";
    EXPECT_THAT(message_of(flags), HasSubstr("--jitter 20: write one like 20ms"));
    flags = dynamo();
    flags.duration = "soon";
    EXPECT_THAT(message_of(flags), HasSubstr("--for soon"));
    flags = dynamo();
    flags.release = "latest";
    EXPECT_THAT(message_of(flags), HasSubstr("write one like 0.5.1"));
    flags = dynamo();
    flags.component = "backend";
    EXPECT_NE(message_of(flags), "(accepted)");
    flags = dynamo();
    flags.faults = {"mute@8"};
    EXPECT_THAT(message_of(flags), HasSubstr("there are 8 workers"));
    flags = dynamo();
    flags.script = "/nonexistent/script.txt";
    EXPECT_THAT(message_of(flags), HasSubstr("--script /nonexistent/script.txt"));
    flags.script = "/tmp";
    EXPECT_THAT(message_of(flags), HasSubstr("give a readable file"));
}

}  // namespace
}  // namespace muster
