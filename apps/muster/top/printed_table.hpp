// The table as text, whole, once: what `top` and `demo` say where no screen can be drawn.
#pragma once

#include <string>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"
#include "top/bars.hpp"

namespace muster {

/// By the locale of the environment.
[[nodiscard]] Glyphs glyphs_of_environment();

/// As wide as the terminal at stdout, or as needed; in colours if `color` and they are wanted.
/// `place`: see ViewLink.
[[nodiscard]] std::string printed_table(FleetDocument fleet, const std::string& place, bool color,
                                        Time now);

}  // namespace muster
