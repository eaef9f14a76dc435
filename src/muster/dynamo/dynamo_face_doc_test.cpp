// docs/guide/dynamo_face.md against the tree: every requirement and every disease has its row, and
// every test that a row names exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace muster::dynamo {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    const std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// `Suite.Name` of every test in the tree.
std::set<std::string> tests_of_the_tree() {
    static const std::regex kTest(R"(\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
    std::set<std::string> found;
    for (const char* folder : {"src", "tests"}) {
        for (const auto& entry :
             fs::recursive_directory_iterator(fs::path(MUSTER_SOURCE_DIR) / folder)) {
            if (!entry.path().string().ends_with("_test.cpp")) continue;
            const std::string text = text_of(entry.path());
            for (std::sregex_iterator at(text.begin(), text.end(), kTest), end; at != end; ++at) {
                found.insert((*at)[1].str() + "." + (*at)[2].str());
            }
        }
    }
    return found;
}

/// The rows of the document's tables by their first cell.
std::map<std::string, std::string> rows_of_the_document() {
    std::map<std::string, std::string> rows;
    std::istringstream lines(text_of(fs::path(MUSTER_SOURCE_DIR) / "docs/guide/dynamo_face.md"));
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
    static const std::regex kNamed("`(\\w+\\.(?:MA|D)?\\w+)`");
    for (const auto& [id, row] : rows_of_the_document()) {
        std::size_t named = 0;
        for (std::sregex_iterator at(row.begin(), row.end(), kNamed), end; at != end; ++at) {
            ++named;
            EXPECT_TRUE(tests.contains((*at)[1].str())) << id << " names " << (*at)[1];
        }
        const bool not_yet = row.starts_with("not yet: ");
        EXPECT_NE(named > 0, not_yet) << id;
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
