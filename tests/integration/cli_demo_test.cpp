// `muster demo` on a terminal: tmux gives it a real one of 80x24, of its own server and socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "support/child_process.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Duration kDeadline = 20s;

class Terminal {
public:
    Terminal() = default;
    ~Terminal() { (void)tmux("kill-server"); }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Exit code of one tmux command; its output goes to the file "said".
    int tmux(const std::string& command) const {
        ChildProcess child({"/bin/sh", "-c",
                            "exec tmux -f /dev/null -S '" + dir_.file("socket") + "' " + command +
                                " >'" + dir_.file("said") + "' 2>&1"},
                           dir_.file("shell"));
        return child.wait(kDeadline).value_or(-1);
    }
    std::string screen() const {
        if (tmux("capture-pane -p") != 0) return {};
        return said();
    }
    std::string said() const {
        std::ifstream file(dir_.file("said"));
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool shows(const std::string& text) const {
        return wait_until(
            kDeadline, [&] { return screen().find(text) != std::string::npos; }, 50ms);
    }

private:
    TempDir dir_;
};

TEST(CliDemo, LivesOnATerminalAndGivesItBack) {
    TempDir dir;
    ChildProcess probe({"/bin/sh", "-c", "tmux -V"}, dir.file("log"));
    if (probe.wait(kDeadline) != 0) {
        GTEST_SKIP() << "no tmux: `apt-get install tmux` to test the demo on a terminal";
    }
    const Terminal terminal;
    ASSERT_EQ(terminal.tmux("new-session -d -x 80 -y 24 /bin/sh"), 0) << terminal.said();
    ASSERT_EQ(terminal.tmux("send-keys 'PS1=; clear; echo before; '\"'" MUSTER_BINARY
                            "'\"' demo; echo ended $?' Enter"),
              0)
        << terminal.said();
    ASSERT_TRUE(terminal.shows("12 workers: 12 fresh")) << terminal.screen();
    EXPECT_TRUE(terminal.shows("Failed: ")) << terminal.screen();
    const std::string screen = terminal.screen();
    EXPECT_THAT(screen, HasSubstr("muster demo: 12 simulated workers"));
    EXPECT_THAT(screen, HasSubstr("WORKER"));
    EXPECT_THAT(screen, HasSubstr("Ctrl-C ends it all."));
    EXPECT_EQ(std::ranges::count(screen, '\n'), 24) << screen;

    ASSERT_EQ(terminal.tmux("send-keys C-c"), 0);
    ASSERT_TRUE(terminal.shows("ended 130")) << terminal.screen();
    const std::string after = terminal.screen();
    EXPECT_THAT(after, HasSubstr("before")) << "the screen from before is back";
    EXPECT_EQ(after.find("WORKER"), std::string::npos) << after;
}

}  // namespace
}  // namespace muster::testing
