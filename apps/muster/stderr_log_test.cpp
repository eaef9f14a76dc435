// The form of a log line.
#include "stderr_log.hpp"

#include <gtest/gtest.h>

#include <array>

namespace muster {
namespace {

TEST(StderrLog, ALineIsWordsThenFacts) {
    const std::array<LogField, 5> fields = {{{"source", "nats-1"},
                                             {"reason", "field_null"},
                                             {"what", ""},
                                             {"from", "a \"b\"\\"},
                                             {"suppressed", "0"}}};
    EXPECT_EQ(log_line("not taken", fields),
              R"(not taken: source=nats-1 reason=field_null from="a \"b\"\\")");
    EXPECT_EQ(log_line("not taken", std::array<LogField, 1>{{{"suppressed", "7"}}}),
              "not taken: suppressed=7");
    EXPECT_EQ(log_line("words", {}), "words");
}

TEST(StderrLog, SaysNothingBelowAWarningAndOnlyErrorsWhenQuiet) {
    StderrLog log(LogLevel::info);
    ::testing::internal::CaptureStderr();
    log.write(LogLevel::info, "connected", {});
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    ::testing::internal::CaptureStderr();
    log.write(LogLevel::warning, "lost", {});
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(said.starts_with("muster: ")) << said;
    EXPECT_TRUE(said.ends_with(" lost\n")) << said;
    EXPECT_TRUE(log.just_said("lost"));
    EXPECT_FALSE(log.just_said("connected"));

    StderrLog quiet(LogLevel::error);
    ::testing::internal::CaptureStderr();
    quiet.write(LogLevel::warning, "lost", {});
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    quiet.set_level(LogLevel::debug);
    EXPECT_TRUE(quiet.tells(LogLevel::info));
    ::testing::internal::CaptureStderr();
    quiet.write(LogLevel::info, "connected", {});
    EXPECT_TRUE(::testing::internal::GetCapturedStderr().ends_with(" connected\n"));
}

}  // namespace
}  // namespace muster
