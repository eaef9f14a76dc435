// What a file holds, for tests that look at what programs wrote.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace muster::testing {

/// The whole file; empty if it is not there.
[[nodiscard]] inline std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace muster::testing
