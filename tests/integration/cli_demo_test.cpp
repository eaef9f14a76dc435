// `muster demo` on a terminal: tmux gives it a real one of 80x24, of its own server and socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/places.hpp"
#include "support/tmux_terminal.hpp"

namespace muster::testing {
namespace {

using ::testing::HasSubstr;

TEST(CliDemo, LivesOnATerminalAndGivesItBack) {
    if (const std::string why = TmuxTerminal::missing(); !why.empty()) GTEST_SKIP() << why;
    const TmuxTerminal terminal;
    terminal.run("clear; echo before; '" + places::muster_binary() + "' demo; echo ended $?");
    ASSERT_TRUE(terminal.shows("12 workers: 12 fresh")) << terminal.screen();
    EXPECT_TRUE(terminal.shows_all({"muster demo: 12 simulated workers, http://127.0.0.1:",
                                    "/v1/fleet\n", "2 of 2 sources connected", "WORKER", " dynamo",
                                    " http/1", "Failed: ", "Ctrl-C ends it all."}))
        << terminal.screen();
    EXPECT_TRUE(terminal.shows_all({"dynamo", "vllm", "sglang", "llamacpp"}))
        << "a mixed fleet: " << terminal.screen();
    const std::string screen = terminal.screen();
    EXPECT_EQ(std::ranges::count(screen, '\n'), 24) << screen;
    // It is the live table, with its keys.
    terminal.type("7");
    EXPECT_TRUE(terminal.shows_all({"KV USE\u25bc", "Failed: "})) << terminal.screen();

    terminal.press("C-c");
    ASSERT_TRUE(terminal.shows_all({"before", "ended 130"})) << terminal.screen();
    const std::string after = terminal.screen();
    EXPECT_THAT(after, HasSubstr("before\nended 130\n")) << "the screen from before is back";
    EXPECT_EQ(after.find("WORKER"), std::string::npos) << after;
    EXPECT_EQ(terminal.ask("#{cursor_flag}"), "1");
}

}  // namespace
}  // namespace muster::testing
