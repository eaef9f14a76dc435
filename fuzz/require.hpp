// What a fuzz target claims of any input.
#pragma once

#include <cstdlib>

namespace muster::fuzzing {

/// Ends the program, which is what a fuzzer looks for.
inline void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace muster::fuzzing
