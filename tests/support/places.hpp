// Where a test finds the tree that it is of, and the program that it starts.
//
// Functions of one file that is made for each build folder (places.cpp.in), not macros: a macro
// with a path in it makes another object file of every test in every clone, and ccache is of no
// use.
#pragma once

#include <string>

namespace muster::places {

[[nodiscard]] std::string source_dir();     ///< The root of the source tree.
[[nodiscard]] std::string muster_binary();  ///< build/<preset>/muster

}  // namespace muster::places
