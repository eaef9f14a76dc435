// The tests of the tree by name, for documents that name them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/places.hpp"
#include "support/tree_text.hpp"

namespace muster::testing_support {

/// `Suite.Name` of every test in C++.
inline std::set<std::string> tests_of_the_tree() {
    namespace fs = std::filesystem;
    static const std::regex kTest(R"(\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
    const fs::path root(places::source_dir());
    std::set<std::string> found;
    for (const char* folder : {"src", "tests", "apps"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (!entry.path().string().ends_with("_test.cpp")) continue;
            const std::string text = text_of_tree(fs::relative(entry.path(), root));
            for (std::sregex_iterator at(text.begin(), text.end(), kTest), end; at != end; ++at) {
                found.insert((*at)[1].str() + "." + (*at)[2].str());
            }
        }
    }
    return found;
}

/// The tests that a line names: `Suite.Name` between backticks.
inline std::vector<std::string> tests_named_in(const std::string& line) {
    static const std::regex kNamed("`([A-Z]\\w+\\.[A-Z]\\w+)`");
    std::vector<std::string> named;
    for (std::sregex_iterator at(line.begin(), line.end(), kNamed), end; at != end; ++at) {
        named.push_back((*at)[1].str());
    }
    return named;
}

}  // namespace muster::testing_support
