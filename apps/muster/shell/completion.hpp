// Completions for shells, made from the table of flags.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace muster {

enum class Shell : std::uint8_t { bash, zsh, fish };

/// A script for the shell: commands, flags, and the values of those that have a fixed set.
[[nodiscard]] std::string completion_script(Shell shell);

}  // namespace muster
