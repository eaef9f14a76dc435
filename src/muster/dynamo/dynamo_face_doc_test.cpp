// docs/guide/dynamo_face.md against the tree: every requirement and every disease has its row, and
// every test that a row names exists.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "support/named_tests.hpp"

namespace muster::dynamo {
namespace {

using testing_support::tests_named_in;
using testing_support::tests_of_the_tree;
using testing_support::text_of_tree;

/// The rows of the document's tables by their first cell.
std::map<std::string, std::string> rows_of_the_document() {
    std::map<std::string, std::string> rows;
    std::istringstream lines(text_of_tree("docs/guide/dynamo_face.md"));
    static const std::regex kRow(R"(^\| ((?:MA|D)-\d\d) \| (.*)$)");
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
        if (!std::regex_match(line, match, kRow)) continue;
        EXPECT_TRUE(rows.emplace(match[1].str(), match[2].str()).second) << match[1];
    }
    return rows;
}

std::string numbered(const std::string& letters, int number) {
    return letters + (number < 10 ? "-0" : "-") + std::to_string(number);
}

TEST(DynamoFaceDocument, HasARowForEachRequirementAndDisease) {
    const auto rows = rows_of_the_document();
    EXPECT_EQ(rows.size(), 19U + 24U);
    for (int i = 1; i <= 19; ++i) EXPECT_TRUE(rows.contains(numbered("MA", i))) << i;
    for (int i = 1; i <= 24; ++i) EXPECT_TRUE(rows.contains(numbered("D", i))) << i;
}

TEST(DynamoFaceDocument, EachRowNamesTestsThatExistOrSaysWhyNotYet) {
    const std::set<std::string> tests = tests_of_the_tree();
    ASSERT_FALSE(tests.empty());
    for (const auto& [id, row] : rows_of_the_document()) {
        const auto named = tests_named_in(row);
        for (const std::string& test : named) {
            EXPECT_TRUE(tests.contains(test)) << id << " names " << test;
        }
        const bool not_yet = row.starts_with("not yet: ");
        EXPECT_NE(!named.empty(), not_yet) << id;
        EXPECT_EQ(not_yet, id == "D-16" || id == "D-22" || id == "D-23") << id;
    }
}

TEST(DynamoFaceDocument, EachRequirementIsMarked) {
    static const std::regex kMark(R"(^(same|cured \(D-\d\d\)|exact mode only) \|.*)");
    for (const auto& [id, row] : rows_of_the_document()) {
        if (!id.starts_with("MA")) continue;
        EXPECT_TRUE(std::regex_match(row, kMark)) << id << ": " << row;
    }
}

}  // namespace
}  // namespace muster::dynamo
