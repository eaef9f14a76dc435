// The end of a truth line, which every kind of simulated worker writes alike: its load.
//
// Pure; any thread.
#pragma once

#include <string>

#include "muster/fleet/load.hpp"

namespace muster {

/// Appends the value of "load", the brace that closes the line's object, and its newline. `null`
/// where the worker is not alive. Fractions have the digits of the 32-bit floats that workers hold,
/// as muster shows them.
void append_truth_load(std::string& out, bool alive, const Load& load);

}  // namespace muster
