// ANSI sequences that every terminal of the last thirty years knows, and no library.
#include "screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "error_report.hpp"

namespace muster {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

}  // namespace

bool stdout_is_terminal() noexcept {
    return isatty(STDOUT_FILENO) == 1;
}

ScreenSize screen_size() noexcept {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return {};
    }
    return {size.ws_col, size.ws_row};
}

bool colors_wanted() noexcept {
    const char* const refused = std::getenv("NO_COLOR");
    const char* const kind = std::getenv("TERM");
    const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
    return stdout_is_terminal() && !dumb && (refused == nullptr || *refused == '\0');
}

LiveScreen::LiveScreen() {
    (void)write_output(kEnter);
}

LiveScreen::~LiveScreen() {
    (void)write_output(kLeave);
}

Result<void> LiveScreen::show(std::string_view text) {
    std::string frame(kHome);
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        frame += line;
        frame += kClearLine;
        // No line end after the last one: it would scroll a full screen.
        if (!text.empty()) frame += "\r\n";
    }
    frame += kClearBelow;
    return write_output(frame);
}

}  // namespace muster
