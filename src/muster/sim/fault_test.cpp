// Faults as people write them: everything readable is read back as printed, and every mistake is
// answered with what to write instead.
#include "muster/sim/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::uint32_t kWorkers = 10;

TEST(Fault, ReadsEveryKind) {
    const std::vector<std::string_view> texts = {"slow=350", "mute",    "dead",    "restart",
                                                 "twice",    "garbage", "nan",     "zeros",
                                                 "stopped",  "frozen",  "ranks=4", "flood=10000"};
    std::uint8_t kind = 0;
    for (const std::string_view text : texts) {
        const Result<Fault> fault = parse_fault(text);
        ASSERT_TRUE(fault) << fault.error().what;
        EXPECT_EQ(fault->kind, static_cast<FaultKind>(kind++));
        EXPECT_EQ(name_of(fault->kind), text.substr(0, text.find('=')));
    }
    EXPECT_EQ(parse_fault("slow=350")->amount, 350U);
    EXPECT_EQ(parse_fault("ranks=4")->amount, 4U);
    EXPECT_EQ(parse_fault("flood=10000")->amount, 10'000U);
}

TEST(Fault, ReadsWorkersAndWindow) {
    const Result<PlannedFault> planned = parse_planned_fault("slow=350@3:5s+1m30s", kWorkers);
    ASSERT_TRUE(planned) << planned.error().what;
    EXPECT_EQ(planned->first_worker, 3U);
    EXPECT_EQ(planned->last_worker, 3U);
    EXPECT_EQ(planned->start, 5s);
    EXPECT_EQ(planned->duration, 90s);

    const Result<PlannedFault> range = parse_planned_fault("mute@2-9", kWorkers);
    ASSERT_TRUE(range) << range.error().what;
    EXPECT_EQ(range->first_worker, 2U);
    EXPECT_EQ(range->last_worker, 9U);
    EXPECT_EQ(range->start, 0s);
    EXPECT_EQ(range->duration, kForever);

    const Result<PlannedFault> all = parse_planned_fault("dead@*:500ms", kWorkers);
    ASSERT_TRUE(all) << all.error().what;
    EXPECT_EQ(all->last_worker, std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(all->start, 500ms);
    EXPECT_EQ(all->duration, kForever);
}

TEST(Fault, ARestartIsBrief) {
    EXPECT_EQ(parse_planned_fault("restart@0", kWorkers)->duration, 1s);
    EXPECT_EQ(parse_planned_fault("restart@0:1s+3s", kWorkers)->duration, 3s);
}

TEST(Fault, IsPrintedAsItIsRead) {
    for (const std::string_view text :
         {"slow=350@3:5s+1m30s", "mute@2-9", "dead@*:500ms", "restart@0:0+1s", "ranks=4@*"}) {
        EXPECT_EQ(to_text(parse_planned_fault(text, kWorkers).value()), text);
    }
}

TEST(Fault, MistakesAreAnsweredWithWhatToWrite) {
    const auto message = [](std::string_view text) {
        const Result<PlannedFault> planned = parse_planned_fault(text, kWorkers);
        return planned ? std::string("(accepted)") : planned.error().what;
    };
    EXPECT_THAT(message("mute"), HasSubstr("KIND@WORKER:START+DURATION"));
    EXPECT_THAT(message("mut@3"), HasSubstr("the faults are slow=MS, mute, dead"));
    EXPECT_THAT(message("mute=3@3"), HasSubstr("mute takes no amount"));
    EXPECT_THAT(message("slow@3"), HasSubstr("write slow=MS with MS from 1 to 60000"));
    EXPECT_THAT(message("slow=60001@3"), HasSubstr("from 1 to 60000"));
    EXPECT_THAT(message("ranks=1@3"), HasSubstr("from 2 to 4096"));
    EXPECT_THAT(message("mute@10"), HasSubstr("there are 10 workers, so the last one is 9"));
    for (const std::string_view text : {"mute@", "mute@x", "mute@-1", "mute@5-2", "mute@3x"})
        EXPECT_THAT(message(text), HasSubstr("the worker is a number from 0")) << text;
    for (const std::string_view text : {"mute@3:", "mute@3:5", "mute@3:-5s", "mute@3:+5s"})
        EXPECT_THAT(message(text), HasSubstr("START carries its unit")) << text;
    for (const std::string_view text : {"mute@3:5s+", "mute@3:5s+10", "mute@3:5s+0s"})
        EXPECT_THAT(message(text), HasSubstr("DURATION is above 0")) << text;
}

TEST(FaultScript, OneFaultPerLine) {
    const Result<std::vector<PlannedFault>> script = parse_fault_script(
        "# a bad day\n"
        "\n"
        "mute@3:5s+10s   # the responder was killed\r\n"
        "  restart@*:30s",
        "bad-day.txt", kWorkers);
    ASSERT_TRUE(script) << script.error().what;
    ASSERT_EQ(script->size(), 2U);
    EXPECT_EQ(to_text(script->at(0)), "mute@3:5s+10s");
    EXPECT_EQ(to_text(script->at(1)), "restart@*:30s+1s");
    EXPECT_TRUE(parse_fault_script("", "empty.txt", kWorkers)->empty());
}

TEST(FaultScript, AnErrorNamesFileAndLine) {
    const Result<std::vector<PlannedFault>> script =
        parse_fault_script("mute@3\n\nmut@4\n", "bad-day.txt", kWorkers);
    ASSERT_FALSE(script);
    EXPECT_THAT(script.error().what, HasSubstr("bad-day.txt, line 3: fault cannot be read"));
    EXPECT_EQ(script.error().kind, ErrorKind::bad_input);
}

}  // namespace
}  // namespace muster
