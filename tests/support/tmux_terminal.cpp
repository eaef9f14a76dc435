// Each question to tmux is a process of its own, with a file for its answer.
#include "support/tmux_terminal.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

#include "support/file_text.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDeadline = kLongEnough;
constexpr Duration kLook = 50ms;

}  // namespace

std::string TmuxTerminal::missing() {
    const TempDir dir;
    ChildProcess probe({"tmux", "-V"}, dir.file("log"));
    return probe.wait(kDeadline) == 0 ? ""
                                      : "no tmux: `apt-get install tmux` to test on a terminal";
}

TmuxTerminal::TmuxTerminal(std::size_t columns, std::size_t rows) {
    // Several words: tmux starts them itself, and not by the login shell, which may be none.
    tmux({"new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(rows), "env",
          "-u", "NO_COLOR", "LC_ALL=C.UTF-8", "PS1=", "ENV=", "/bin/sh", "-i"});
}

TmuxTerminal::~TmuxTerminal() {
    tmux({"kill-server"});
}

std::string TmuxTerminal::tmux(const std::vector<std::string>& arguments) const {
    // The socket by a relative path, for a long TMPDIR would not fit an address.
    std::vector<std::string> words = {
        "/bin/sh", "-c", "cd \"$0\" && exec tmux -f /dev/null \"$@\"", dir_.path(), "-S", "socket"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const std::string answer = dir_.file("answer");
    std::ofstream(answer, std::ios::trunc).close();
    ChildProcess child(words, answer);
    (void)child.wait(kDeadline);
    return text_of(answer);
}

void TmuxTerminal::type(const std::string& text) const {
    tmux({"send-keys", "-l", "--", text});
}

void TmuxTerminal::press(const std::string& key) const {
    tmux({"send-keys", key});
}

void TmuxTerminal::run(const std::string& command) const {
    type(command);
    press("Enter");
}

void TmuxTerminal::resize(std::size_t columns, std::size_t rows) const {
    tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
}

std::string TmuxTerminal::screen() const {
    return tmux({"capture-pane", "-p"});
}

std::string TmuxTerminal::styled_screen() const {
    return tmux({"capture-pane", "-p", "-e"});
}

std::string TmuxTerminal::first_line() const {
    const std::string all = screen();
    return all.substr(0, all.find('\n'));
}

bool TmuxTerminal::shows_all(const std::vector<std::string>& texts) const {
    const auto all_there = [&] {
        const std::string now = screen();
        return std::ranges::all_of(
            texts, [&](const std::string& text) { return now.find(text) != std::string::npos; });
    };
    return wait_until(kDeadline, all_there, kLook);
}

bool TmuxTerminal::hides(const std::string& text) const {
    return wait_until(kDeadline, [&] { return screen().find(text) == std::string::npos; }, kLook);
}

std::string TmuxTerminal::ask(const std::string& format) const {
    std::string answer = tmux({"display-message", "-p", format});
    while (!answer.empty() && answer.back() == '\n') answer.pop_back();
    return answer;
}

}  // namespace muster::testing
