// The terminal that stdout may be: its size, whether colours are wanted, and a view that is
// refreshed in place.
//
// Belongs to one thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// Whether stdout is a terminal.
[[nodiscard]] bool stdout_is_terminal() noexcept;
/// Of the terminal at stdout, now; 80x24 where it does not say.
[[nodiscard]] ScreenSize screen_size() noexcept;
/// A terminal that can show colours, and no NO_COLOR in the environment.
[[nodiscard]] bool colors_wanted() noexcept;

/// While it lives stdout shows its own screen without a cursor; the destructor gives back what was
/// there before. REQUIRES: stdout_is_terminal().
class LiveScreen {
public:
    LiveScreen();
    ~LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;

    /// Replaces what is shown by `text`, whose lines must fit the screen; one write, no flicker.
    [[nodiscard]] Result<void> show(std::string_view text);
};

}  // namespace muster
