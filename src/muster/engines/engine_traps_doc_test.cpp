// docs/design/engine_traps.md against the tree: every trap has its line, and every test that a line
// names exists.
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>

#include "support/named_tests.hpp"

namespace muster {
namespace {

using testing_support::tests_named_in;
using testing_support::tests_of_the_tree;
using testing_support::text_of_tree;

TEST(EngineTrapsDocument, EachLineNamesTestsThatExist) {
    const auto tests = tests_of_the_tree();
    ASSERT_FALSE(tests.empty());
    std::istringstream lines(text_of_tree("docs/design/engine_traps.md"));
    static const std::regex kRow(R"(^\| E-(\d\d) \| .+ \| .+ \|$)");
    std::smatch match;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| E-")) continue;
        ASSERT_TRUE(std::regex_match(line, match, kRow)) << line;
        EXPECT_EQ(std::stoi(match[1].str()), ++number) << "numbered in their order";
        const auto named = tests_named_in(line);
        EXPECT_FALSE(named.empty()) << line;
        for (const std::string& test : named) {
            EXPECT_TRUE(tests.contains(test)) << line << " names " << test;
        }
    }
    EXPECT_GT(number, 60) << "the traps themselves";
}

TEST(EngineTrapsDocument, EachTrapThatIsTestedByItselfHasALine) {
    const std::string document = text_of_tree("docs/design/engine_traps.md");
    for (const std::string& test : tests_of_the_tree()) {
        if (!test.starts_with("EngineTraps.")) continue;
        EXPECT_NE(document.find('`' + test + '`'), std::string::npos) << test;
    }
}

}  // namespace
}  // namespace muster
