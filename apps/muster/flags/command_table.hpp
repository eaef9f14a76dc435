// The table of the subcommands.
#pragma once

#include <span>

#include "flags/command.hpp"

namespace muster {

/// All of them, in the order of `muster --help`.
[[nodiscard]] std::span<const CommandSpec> command_table();

}  // namespace muster
