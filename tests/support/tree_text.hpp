// What a file of the source tree holds, for tests of documents, samples and recordings.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/places.hpp"

namespace muster::testing_support {

/// `name` is relative to the root of the tree. A file that is not there fails the test.
inline std::string text_of_tree(const std::string& name) {
    const std::ifstream file(places::source_dir() + '/' + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name << " cannot be read";
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

}  // namespace muster::testing_support
