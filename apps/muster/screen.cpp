// What the system and the environment say of stdout.
#include "screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace muster {
namespace {

bool is_dumb() noexcept {
    const char* const kind = std::getenv("TERM");
    return kind == nullptr || *kind == '\0' || std::string_view(kind) == "dumb";
}

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

bool live_screen_possible() noexcept {
    return stdout_is_terminal() && !is_dumb();
}

bool colors_wanted() noexcept {
    const char* const refused = std::getenv("NO_COLOR");
    return stdout_is_terminal() && !is_dumb() && (refused == nullptr || *refused == '\0');
}

}  // namespace muster
