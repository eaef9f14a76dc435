// Recorded bytes for tests: tests/golden/, read whole. A file that is not there fails the test.
#pragma once

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "support/places.hpp"
#include "support/tree_text.hpp"

namespace muster::testing_support {

/// `name` is relative to tests/golden, as in "dynamo/0.5.1/ping.json".
inline std::string golden(const std::string& name) {
    return text_of_tree("tests/golden/" + name);
}

/// With MUSTER_GOLDEN_UPDATE set the file becomes what the code says now: for a person to look at.
inline void expect_golden(const std::string& text, const std::string& name) {
    if (std::getenv("MUSTER_GOLDEN_UPDATE") != nullptr) {
        std::ofstream(places::source_dir() + "/tests/golden/" + name) << text;
    }
    EXPECT_EQ(text, golden(name));
}

}  // namespace muster::testing_support
