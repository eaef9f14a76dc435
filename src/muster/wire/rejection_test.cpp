// The documentation of the reasons is complete, and the list of rejections keeps its bound.
#include "muster/wire/rejection.hpp"

#include <gmock/gmock.h>

#include <set>
#include <sstream>
#include <string>

#include "support/tree_text.hpp"

namespace muster {
namespace {

TEST(Rejections, EveryReasonHasItsSectionInTheGuideAndNoOtherHas) {
    std::istringstream guide(testing_support::text_of_tree("docs/guide/rejections.md"));
    std::set<std::string> documented;
    std::string section;
    std::set<std::string> answers;
    for (std::string line; std::getline(guide, line);) {
        if (line.starts_with("### ")) {
            section = line.substr(4);
            EXPECT_TRUE(documented.insert(section).second) << section << " comes twice";
        }
        if (line.starts_with("**Likely**: ")) answers.insert(section + " likely");
        if (line.starts_with("**Do**: ")) answers.insert(section + " do");
    }
    std::set<std::string> known;
    for (const std::string_view name : kRejectReasonNames) {
        known.emplace(name);
        EXPECT_TRUE(answers.contains(std::string(name) + " likely")) << name;
        EXPECT_TRUE(answers.contains(std::string(name) + " do")) << name;
    }
    EXPECT_EQ(documented, known);
}

TEST(Rejections, TheListDropsWhatDoesNotFit) {
    RejectionList list;
    for (std::size_t i = 0; i < 2 * RejectionList::kRejectionsMax; ++i) {
        list.add(RejectReason::field_null, "x");
    }
    EXPECT_EQ(list.items().size(), RejectionList::kRejectionsMax);
    list.clear();
    EXPECT_TRUE(list.items().empty());
}

}  // namespace
}  // namespace muster
