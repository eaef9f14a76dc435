// Recorded bytes for tests: tests/golden/, read whole. A file that is not there fails the test.
#pragma once

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/places.hpp"

namespace muster::testing_support {

/// `name` is relative to tests/golden, as in "dynamo/0.5.1/ping.json".
inline std::string golden(const std::string& name) {
    const std::string path = places::source_dir() + "/tests/golden/" + name;
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path << " cannot be read";
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

}  // namespace muster::testing_support
