// The table as text, whole, once: what `top` and `demo` say where no screen can be drawn.
#pragma once

#include <string>

#include "top/bars.hpp"
#include "top/top_model.hpp"

namespace muster {

/// By the locale of the environment.
[[nodiscard]] Glyphs glyphs_of_environment();

/// As wide as the terminal at stdout, or as needed; in colours if `color` and they are wanted.
[[nodiscard]] std::string printed_table(const TopModel& model, bool color);

}  // namespace muster
