// `muster top` as people run it: on a real terminal that tmux gives it, over a real nats-server and
// simulated workers, with and without a `muster serve`.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <utility>

#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/tmux_terminal.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Duration kDeadline = kLongEnough;
const std::string kBinary = "'" + places::muster_binary() + "'";

// The binary in the background, until the test ends.
class Daemon {
public:
    explicit Daemon(const std::string& arguments)
        : child_({"/bin/sh", "-c", "exec " + kBinary + ' ' + arguments}, dir_.file("log")) {}
    [[nodiscard]] std::string log() const { return text_of(dir_.file("log")); }
    void kill() { child_.kill(); }
    void send(int number) const { child_.send(number); }

private:
    TempDir dir_;
    ChildProcess child_;
};

struct Workers : Daemon {
    Workers(const NatsServer& broker, int count, const std::string& more = "")
        : Daemon("sim dynamo --nats " + broker.url() + " --workers " + std::to_string(count) + ' ' +
                 more) {
        EXPECT_TRUE(wait_until(kDeadline, [&] {
            return log().find("simulating ") != std::string::npos;
        })) << log();
    }
};

struct Serve : Daemon {
    std::string url;
    Serve(const NatsServer& broker, std::uint16_t port, const std::string& more = "")
        : Daemon("serve --nats " + broker.url() + " --listen 127.0.0.1:" + std::to_string(port) +
                 more),
          url("http://127.0.0.1:" + std::to_string(port)) {
        EXPECT_TRUE(wait_until(kDeadline, [&] {
            return log().find("serving http://") != std::string::npos;
        })) << log();
    }
};

class CliTop : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string why = TmuxTerminal::missing(); !why.empty()) GTEST_SKIP() << why;
        terminal_.emplace();
    }
    TmuxTerminal& terminal() { return *terminal_; }
    /// Starts it; the shell says how it ended, and keeps the terminal's modes before and after.
    void top(const std::string& arguments, const std::string& environment = "") {
        terminal().run("clear; echo before; stty -g >" + terminal().file("modes_before") + "; " +
                       environment + " sh -c 'echo $$ >" + terminal().file("pid") + "; exec " +
                       places::muster_binary() + " top " + arguments +
                       "'; echo ended $?; stty -g >" + terminal().file("modes_after"));
    }
    pid_t pid() { return static_cast<pid_t>(std::stol(text_of(terminal().file("pid")))); }
    void expect_terminal_is_back(const std::string& ended) {
        ASSERT_TRUE(terminal().shows(ended)) << terminal().screen();
        EXPECT_TRUE(wait_until(kDeadline,
                               [&] { return !text_of(terminal().file("modes_after")).empty(); }));
        EXPECT_EQ(text_of(terminal().file("modes_after")),
                  text_of(terminal().file("modes_before")));
        EXPECT_EQ(terminal().ask("#{alternate_on}"), "0") << "the screen from before";
        EXPECT_EQ(terminal().ask("#{cursor_flag}"), "1") << "a cursor";
        EXPECT_EQ(terminal().ask("#{wrap_flag}"), "1") << "long lines wrap";
        EXPECT_THAT(terminal().screen(), HasSubstr("before"));
        EXPECT_THAT(terminal().screen(), Not(HasSubstr("WORKER")));
    }

    NatsServer broker_;

private:
    std::optional<TmuxTerminal> terminal_;
};

TEST_F(CliTop, ShowsSortsFiltersPausesAndExplains) {
    const Workers workers(broker_, 12);
    const Serve serve(broker_, free_port());
    top("--server " + serve.url);
    ASSERT_TRUE(terminal().shows("12 workers")) << terminal().screen();
    ASSERT_TRUE(terminal().shows("12 fresh")) << terminal().screen();
    EXPECT_THAT(terminal().screen(), HasSubstr("WORKER"));
    EXPECT_EQ(std::ranges::count(terminal().screen(), '\n'), 24);

    terminal().type("7");
    EXPECT_TRUE(terminal().shows("KV USE\u25bc")) << terminal().screen();
    terminal().type("2");
    EXPECT_TRUE(terminal().shows("WORKER\u25b2")) << terminal().screen();
    terminal().type("r");
    EXPECT_TRUE(terminal().shows("WORKER\u25bc")) << terminal().screen();

    terminal().type("/backend !nobody");
    EXPECT_TRUE(terminal().shows("Filter: backend !nobody_")) << terminal().screen();
    terminal().press("Enter");
    EXPECT_TRUE(terminal().shows("(12 of 12), Esc clears")) << terminal().screen();
    terminal().press("Escape");
    EXPECT_TRUE(terminal().hides("Esc clears")) << terminal().screen();

    terminal().type("p");
    ASSERT_TRUE(terminal().shows("PAUSED for ")) << terminal().screen();
    const std::string clock = terminal().screen().substr(terminal().screen().rfind(' '));
    EXPECT_TRUE(terminal().shows("PAUSED for 1.")) << terminal().screen();
    EXPECT_THAT(terminal().screen(), HasSubstr(clock)) << "the picture stands still";
    terminal().type("p");
    EXPECT_TRUE(terminal().hides(clock)) << "and goes on";

    terminal().press("Down");
    EXPECT_TRUE(terminal().shows("> dynamo")) << terminal().screen();
    terminal().press("Enter");
    EXPECT_TRUE(terminal().shows("questions missed")) << terminal().screen();
    terminal().press("Escape");
    EXPECT_TRUE(terminal().hides("questions missed")) << terminal().screen();
    terminal().type("?");
    EXPECT_TRUE(terminal().shows("turn the order round")) << terminal().screen();

    terminal().type("q");
    expect_terminal_is_back("ended 0");
}

TEST_F(CliTop, FollowsTheSizeOfTheTerminal) {
    const Workers workers(broker_, 12);
    top("--nats " + broker_.url());
    ASSERT_TRUE(terminal().shows("12 workers")) << terminal().screen();
    terminal().resize(200, 60);
    EXPECT_TRUE(terminal().shows("MISSED")) << terminal().screen();
    EXPECT_EQ(std::ranges::count(terminal().screen(), '\n'), 60);
    terminal().resize(40, 8);
    EXPECT_TRUE(terminal().hides("RUN")) << terminal().screen();
    EXPECT_TRUE(terminal().shows("KV USE")) << terminal().screen();
    terminal().resize(3, 2);
    terminal().resize(80, 24);
    EXPECT_TRUE(terminal().shows("RUN/SLOTS")) << terminal().screen();
    terminal().press("C-c");
    expect_terminal_is_back("ended 130");
}

TEST_F(CliTop, ABrokerThatDiesIsToldAndTheViewComesBackByItself) {
    const Workers workers(broker_, 3, "--no-push");
    top("--nats " + broker_.url());
    ASSERT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
    broker_.kill();
    ASSERT_TRUE(wait_until(
        kDeadline, [&] { return terminal().first_line().find("! nats-1 disconnected for ") == 0; },
        50ms))
        << terminal().screen();
    EXPECT_TRUE(terminal().shows("3 workers: 3 stale")) << terminal().screen();
    broker_.restart();
    EXPECT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
    EXPECT_TRUE(terminal().shows("All is well.")) << terminal().screen();
}

TEST_F(CliTop, AServerThatGoesAwayIsToldAndTheViewComesBackByItself) {
    const Workers workers(broker_, 3);
    const std::uint16_t port = free_port();
    std::optional<Serve> serve(std::in_place, broker_, port);
    top("--server " + serve->url);
    ASSERT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
    const std::string url = serve->url;

    serve->send(SIGSTOP);
    ASSERT_TRUE(wait_until(
        kDeadline, [&] { return terminal().first_line().find("! NO VIEW for ") == 0; }, 50ms))
        << terminal().screen();
    EXPECT_TRUE(terminal().shows("3 workers: 3 stale")) << "old numbers are not called fresh";
    serve->send(SIGCONT);
    EXPECT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();

    serve.reset();
    terminal().resize(120, 24);
    EXPECT_TRUE(terminal().shows("from " + url + ": connection refused; below is what was seen"))
        << terminal().screen();
    serve.emplace(broker_, port);
    EXPECT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
    EXPECT_TRUE(terminal().hides("NO VIEW")) << terminal().screen();
}

TEST_F(CliTop, TellsHowManyOfThoseExpectedAreMissing) {
    const Workers workers(broker_, 3);
    const TempDir dir;
    const std::string file = dir.write("muster.toml", "[expect]\n\"dynamo/backend\" = 5\n");
    top("--config " + file + " --nats " + broker_.url());
    EXPECT_TRUE(terminal().shows_all({"! 2 of 5 of dynamo/backend missing", "3 of 5 expected"}))
        << terminal().screen();
    const Workers more(broker_, 2, "--seed 9");
    EXPECT_TRUE(terminal().shows_all({"All is well.", "5 of 5 expected"})) << terminal().screen();
}

TEST_F(CliTop, ThePastIsShownAsSuchAndSteppedThrough) {
    const TempDir state;
    const std::string at_state = " --state-dir " + state.path();
    std::optional<Workers> workers(std::in_place, broker_, 3, "--no-push");
    std::optional<Serve> serve(std::in_place, broker_, free_port(),
                               at_state + " --lost-after 1s --mass-lost-after 1s");
    // What the table of the past shows at a moment, printed once.
    const auto past = [&](const std::string& when) {
        MusterCall call("top --at " + when + at_state);
        EXPECT_GE(call.code(), 0);
        return call.out() + call.err();
    };
    std::string shown;
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        shown = past("4s");
        return shown.find("3 workers: 3 fresh") != std::string::npos;
    })) << shown;
    // "THE PAST: 2026-11-23T03:12:00+01:00, ...": whole seconds, so up to a second before the one
    // that is shown, and still well after they were fresh.
    shown = past("1s");
    const std::size_t begin = std::string("THE PAST: ").size();
    const std::string then = shown.substr(begin, shown.find(',') - begin);
    workers.reset();
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        return past("0s").find("no workers; 3 lost") != std::string::npos;
    })) << past("0s");

    // Beside the muster that writes it, by its files, then by its server.
    for (const std::string& place : {at_state, " --server " + serve->url}) {
        SCOPED_TRACE(place);
        top(std::string("--at ").append(then).append(place));
        ASSERT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
        EXPECT_EQ(terminal().first_line().find("THE PAST: 20"), 0U) << terminal().screen();
        terminal().type("p");
        terminal().type("]");
        ASSERT_TRUE(terminal().shows("no workers; 3 lost")) << terminal().screen();
        EXPECT_THAT(terminal().screen(), Not(HasSubstr("PAUSED")));
        terminal().type("{");
        EXPECT_TRUE(terminal().shows("; before the journal begins")) << terminal().screen();
        EXPECT_THAT(terminal().screen(), HasSubstr("3 lost")) << "the picture stays";
        terminal().type("q");
        expect_terminal_is_back("ended 0");
    }
    // And when nobody writes any more.
    serve.reset();
    const std::string printed = past(then);
    EXPECT_THAT(printed, StartsWith("THE PAST: 20"));
    EXPECT_THAT(printed, HasSubstr("3 workers: 3 fresh"));
    EXPECT_THAT(past("2h"), HasSubstr("muster: before the journal begins: "));
    MusterCall wrong("top --at 2h" + at_state);
    EXPECT_EQ(wrong.code(), 1);
    MusterCall both("top --at 2h --nats nats://h" + at_state);
    EXPECT_EQ(both.code(), 2);
    EXPECT_THAT(both.err(), StartsWith("muster: contradiction: --at and --nats: "));
    MusterCall idle("top" + at_state);
    EXPECT_EQ(idle.code(), 2);
    MusterCall none("top --at 1s --state-dir " + state.file("none"));
    EXPECT_EQ(none.code(), 3);
}

TEST_F(CliTop, AThousandWorkersCanBeLookedThrough) {
    const Workers workers(broker_, 1000);
    const Serve serve(broker_, free_port());
    top("--server " + serve.url);
    ASSERT_TRUE(terminal().shows("1000 workers")) << terminal().screen();
    terminal().type("2");
    terminal().press("End");
    ASSERT_TRUE(terminal().shows("> dynamo") || terminal().shows(">~dynamo"));
    const std::string last = terminal().screen();
    terminal().press("Home");
    EXPECT_TRUE(wait_until(kDeadline, [&] { return terminal().screen() != last; }, 50ms));
    terminal().resize(200, 60);
    EXPECT_TRUE(terminal().shows_all({"1000 workers", "MISSED"})) << terminal().screen();
    EXPECT_EQ(std::ranges::count(terminal().screen(), '\n'), 60);
    terminal().type("q");
    expect_terminal_is_back("ended 0");
}

TEST_F(CliTop, TheTerminalIsGivenBackHoweverItEnds) {
    const Workers workers(broker_, 3);
    // 128 + the signal, as shells say; a crash ends by its signal, as if nobody had caught it.
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGABRT, SIGQUIT, SIGBUS}) {
        top("--nats " + broker_.url());
        ASSERT_TRUE(terminal().shows("3 workers")) << terminal().screen();
        EXPECT_EQ(terminal().ask("#{alternate_on}"), "1");
        ::kill(pid(), number);
        expect_terminal_is_back("ended " + std::to_string(128 + number));
        ::unlink(terminal().file("modes_after").c_str());
    }
}

TEST_F(CliTop, CanBePutAsideAndCalledBack) {
    const Workers workers(broker_, 3);
    top("--nats " + broker_.url());
    ASSERT_TRUE(terminal().shows("3 workers")) << terminal().screen();
    terminal().press("C-z");
    ASSERT_TRUE(terminal().shows("Stopped")) << terminal().screen();
    EXPECT_EQ(terminal().ask("#{alternate_on}"), "0");
    EXPECT_EQ(terminal().ask("#{cursor_flag}"), "1");
    terminal().run("stty -g >" + terminal().file("modes_aside"));
    EXPECT_TRUE(wait_until(kDeadline, [&] {
        return text_of(terminal().file("modes_aside")) == text_of(terminal().file("modes_before"));
    }));
    terminal().run("fg");
    ASSERT_TRUE(terminal().shows("3 workers")) << terminal().screen();
    EXPECT_EQ(terminal().ask("#{alternate_on}"), "1");
    terminal().type("q");
    ASSERT_TRUE(terminal().hides("WORKER")) << terminal().screen();
    EXPECT_EQ(terminal().ask("#{alternate_on}"), "0");
}

TEST_F(CliTop, IsItselfAgainAfterAStopThatNobodyCanCatch) {
    const Workers workers(broker_, 3);
    terminal().run("echo $$ >" + terminal().file("pid") + "; exec " + kBinary + " top --nats " +
                   broker_.url());
    ASSERT_TRUE(terminal().shows("3 workers")) << terminal().screen();
    ::kill(pid(), SIGSTOP);
    // What a shell does to the terminal meanwhile.
    const TempDir dir;
    ChildProcess stty({"stty", "-F", terminal().ask("#{pane_tty}"), "sane"}, dir.file("log"));
    ASSERT_EQ(stty.wait(kDeadline), 0) << text_of(dir.file("log"));
    ::kill(pid(), SIGCONT);
    ASSERT_TRUE(wait_until(
        kDeadline,
        [&] {
            terminal().type("?");
            return terminal().screen().find("turn the order round") != std::string::npos;
        },
        300ms))
        << terminal().screen();
}

/// Whether a sequence of the text sets a colour, of letters or behind them.
bool has_color(const std::string& text) {
    static const std::regex kStyle("\x1b\\[([0-9;]*)m");
    for (std::sregex_iterator style(text.begin(), text.end(), kStyle), end; style != end; ++style) {
        std::istringstream codes((*style)[1].str());
        for (std::string code; std::getline(codes, code, ';');) {
            const int number = code.empty() ? 0 : std::stoi(code);
            const bool other = number != 39 && number != 49;  // Back to the terminal's own.
            if (other && ((number >= 30 && number <= 49) || number >= 90)) return true;
        }
    }
    return false;
}

TEST_F(CliTop, ColoursAreShownUnlessTheyAreRefused) {
    const Workers workers(broker_, 3);
    const std::string source = "--nats " + broker_.url();
    for (const auto& [flag, environment] :
         {std::pair{"", ""}, std::pair{"", "NO_COLOR=1"}, std::pair{" --no-color", ""}}) {
        top(source + flag, environment);
        ASSERT_TRUE(terminal().shows("3 workers: 3 fresh")) << terminal().screen();
        const bool plain = *flag != '\0' || *environment != '\0';
        EXPECT_EQ(has_color(terminal().styled_screen()), !plain) << terminal().styled_screen();
        terminal().type("q");
        ASSERT_TRUE(terminal().shows("ended 0")) << terminal().screen();
    }
}

TEST_F(CliTop, WithoutColoursStatesAreStillRead) {
    const Workers workers(broker_, 3);
    // Stopped, not ended: nobody says goodbye for it.
    const Workers still(broker_, 1, "--seed 9");
    top("--lost-after 1h --mass-lost-after 1h --nats " + broker_.url(), "NO_COLOR=1");
    ASSERT_TRUE(terminal().shows("4 workers: 4 fresh")) << terminal().screen();
    still.send(SIGSTOP);
    // In words on top, and by sign and word in the worker's own row.
    ASSERT_TRUE(terminal().shows_all({"! 1 of 4 stale", "3 fresh, 1 stale"}))
        << terminal().screen();
    for (const auto& [columns, rows] : {std::pair{80, 24}, std::pair{200, 60}}) {
        terminal().resize(static_cast<std::size_t>(columns), static_cast<std::size_t>(rows));
        ASSERT_TRUE(wait_until(kDeadline, [&] {
            const std::string now = terminal().screen();
            static const std::regex kRow("\n.?!dynamo[^\n]* stale");
            return std::ranges::count(now, '\n') == rows && std::regex_search(now, kRow);
        })) << terminal().screen();
        EXPECT_FALSE(has_color(terminal().styled_screen())) << terminal().styled_screen();
    }
    still.send(SIGCONT);
}

TEST_F(CliTop, WithoutAScreenItPrintsTheTableOnce) {
    const Workers workers(broker_, 3);
    terminal().run(kBinary + " top --nats " + broker_.url() + " >" + terminal().file("out") +
                   "; echo ended $?");
    ASSERT_TRUE(terminal().shows("ended 0")) << terminal().screen();
    const std::string out = text_of(terminal().file("out"));
    EXPECT_THAT(out, HasSubstr("3 workers"));
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << "no sequences into a file";
    terminal().run("clear; TERM=dumb LC_ALL=C " + kBinary + " top --nats " + broker_.url() +
                   "; echo ended dumb $?");
    ASSERT_TRUE(terminal().shows("ended dumb 0")) << terminal().screen();
    EXPECT_THAT(terminal().screen(), HasSubstr("WORKER"));
    EXPECT_TRUE(std::ranges::all_of(terminal().screen(), [](char c) {
        return static_cast<signed char>(c) > 0;
    })) << "ASCII where the locale says so";
}

TEST_F(CliTop, WhatCannotBeReachedIsOneLineOnAnUntouchedScreen) {
    top("--server http://127.0.0.1:" + std::to_string(free_port()));
    ASSERT_TRUE(terminal().shows("ended 3")) << terminal().screen();
    EXPECT_THAT(terminal().screen(),
                HasSubstr("muster: cannot reach the server: http://127.0.0.1"));
    EXPECT_THAT(terminal().screen(), HasSubstr("before"));
}

// A terminal that nobody reads from, as behind a line that hangs.
TEST(CliTopStuck, EndsThoughTheTerminalTakesNothingMore) {
    const NatsServer broker;
    const Workers workers(broker, 30);
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(master, 0);
    ASSERT_EQ(::grantpt(master), 0);
    ASSERT_EQ(::unlockpt(master), 0);
    const std::string name = ::ptsname(master);
    const int slave = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(slave, 0);
    const TempDir dir;
    ChildProcess child({"/bin/sh", "-c",
                        "exec env TERM=xterm LC_ALL=C.UTF-8 " + kBinary + " top --nats " +
                            broker.url() + " <" + name + " >" + name + " 2>" + dir.file("err")},
                       dir.file("log"));
    // Ctrl-L has it draw everything; while it waits to write, it reads no keys.
    int unread = 0;
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        EXPECT_EQ(::write(master, "\x0c", 1), 1);
        return ::ioctl(slave, FIONREAD, &unread) == 0 && unread > 300;
    })) << unread;
    child.send(SIGTERM);
    EXPECT_TRUE(child.wait(5s)) << text_of(dir.file("err"));
    ::close(slave);
    ::close(master);
}

}  // namespace
}  // namespace muster::testing
