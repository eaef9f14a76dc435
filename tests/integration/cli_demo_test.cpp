// `muster demo` on a terminal: tmux gives it a real one of 80x24, of its own server and socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

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

    /// Exit code of one tmux command; its output goes to the file "said". The socket is named by
    /// a relative path, for a long TMPDIR would not fit an address.
    int tmux(const std::string& command) const {
        ChildProcess child({"/bin/sh", "-c",
                            "cd '" + dir_.file("") + "' && exec tmux -f /dev/null -S socket " +
                                command + " >said 2>&1"},
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
    /// Waits until one screen shows all of it: while a page is drawn, it is half of two pages.
    bool shows(const std::vector<std::string>& texts) const {
        return wait_until(
            kDeadline,
            [&] {
                const std::string now = screen();
                return std::ranges::all_of(texts, [&](const std::string& text) {
                    return now.find(text) != std::string::npos;
                });
            },
            50ms);
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
    // With an argument tmux starts it itself, and not by the login shell, which may be none.
    ASSERT_EQ(terminal.tmux("new-session -d -x 80 -y 24 /bin/sh -i"), 0) << terminal.said();
    ASSERT_EQ(terminal.tmux("send-keys 'PS1=; clear; echo before; '\"'" MUSTER_BINARY
                            "'\"' demo; echo ended $?' Enter"),
              0)
        << terminal.said();
    ASSERT_TRUE(terminal.shows({"12 workers: 12 fresh"})) << terminal.screen();
    EXPECT_TRUE(terminal.shows(
        {"muster demo: 12 simulated workers, http://127.0.0.1:", "/v1/fleet\n",
         " connected (nats://127.0.0.1:", "WORKER", "Failed: ", "Ctrl-C ends it all."}))
        << terminal.screen();
    const std::string screen = terminal.screen();
    EXPECT_EQ(std::ranges::count(screen, '\n'), 24) << screen;

    ASSERT_EQ(terminal.tmux("send-keys C-c"), 0);
    ASSERT_TRUE(terminal.shows({"before", "ended 130"})) << terminal.screen();
    const std::string after = terminal.screen();
    EXPECT_THAT(after, HasSubstr("before\nended 130\n")) << "the screen from before is back";
    EXPECT_EQ(after.find("WORKER"), std::string::npos) << after;
}

}  // namespace
}  // namespace muster::testing
