// Where muster keeps what outlives it, unless it is told: the state directory.
#pragma once

#include <functional>
#include <string>

namespace muster {

/// Reads a variable of the environment; empty if it is not set.
using Environment = std::function<std::string(const char* name)>;

/// What systemd gives a service ($STATE_DIRECTORY), else the XDG state directory's "muster"
/// ($XDG_STATE_HOME, or ~/.local/state). Empty if the environment names none of them.
[[nodiscard]] std::string default_state_dir(const Environment& environment);
/// By the process's own environment.
[[nodiscard]] std::string default_state_dir();

}  // namespace muster
