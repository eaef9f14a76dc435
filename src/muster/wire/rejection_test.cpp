// The documentation of the reasons is complete, and the list of rejections keeps its bound.
#include "muster/wire/rejection.hpp"
#include "support/places.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <string>

namespace muster {
namespace {

TEST(Rejections, EveryReasonHasItsSectionInTheGuideAndNoOtherHas) {
    std::ifstream guide(places::source_dir() + "/docs/guide/rejections.md");
    ASSERT_TRUE(guide.good());
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
