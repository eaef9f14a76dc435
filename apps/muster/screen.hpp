// The terminal that stdout may be: its size, whether it can be drawn on, whether colours are
// wanted.
//
// Any thread.
#pragma once

#include <cstddef>

namespace muster {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// Whether stdout is a terminal.
[[nodiscard]] bool stdout_is_terminal() noexcept;
/// Of the terminal at stdout, now; 80x24 where it does not say.
[[nodiscard]] ScreenSize screen_size() noexcept;
/// A terminal on which the cursor can be moved (TERM is not "dumb").
[[nodiscard]] bool live_screen_possible() noexcept;
/// A terminal that can show colours, and no NO_COLOR in the environment.
[[nodiscard]] bool colors_wanted() noexcept;

}  // namespace muster
