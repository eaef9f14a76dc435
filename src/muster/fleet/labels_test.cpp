// Patterns, which rule wins, and which names a label may have.
#include "muster/fleet/labels.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muster {
namespace {

TEST(LabelPattern, StarsAndQuestionMarks) {
    struct Case {
        const char* pattern;
        const char* text;
        bool matches;
    };
    const std::vector<Case> cases = {
        {"dynamo/backend", "dynamo/backend", true},
        {"dynamo/backend", "dynamo/backend/7", false},
        {"dynamo/backend", "dynamo/back", false},
        {"*", "", true},
        {"*", "dynamo/backend/7", true},
        {"dynamo/*", "dynamo/backend/7", true},
        {"dynamo/*", "dynamo/", true},
        {"dynamo/*", "dynamo", false},
        {"*/7", "dynamo/backend/7", true},
        {"*/7", "dynamo/backend/77", false},
        {"*a*b*c", "xaybzabc", true},
        {"*a*b*c", "xaybzabcd", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"?", "", false},
        {"", "", true},
        {"", "a", false},
        {"**a", "a", true},
        {"a*a", "a", false},
        {"a*a", "aa", true},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(matches_pattern(c.pattern, c.text), c.matches) << c.pattern << " on " << c.text;
    }
}

TEST(LabelPattern, ManyStarsEndSoon) {
    std::string pattern;
    for (int i = 0; i < 100; ++i) pattern += "*a";
    EXPECT_FALSE(matches_pattern(pattern + "b", std::string(256, 'a')));
    EXPECT_TRUE(matches_pattern(pattern, std::string(256, 'a')));
}

TEST(LabelRules, TheLaterRuleWinsNameByName) {
    const std::vector<LabelRule> rules = {
        {"*", {{"cluster", "lab"}, {"zone", "a"}}},
        {"dynamo/backend", {{"zone", "b"}}},
        {"dynamo/backend/75*", {{"tier", "gold"}}},
    };
    EXPECT_EQ(labels_of(rules, "dynamo/backend", "dynamo/backend/7512"),
              (Labels{{"cluster", "lab"}, {"tier", "gold"}, {"zone", "b"}}));
    EXPECT_EQ(labels_of(rules, "dynamo/backend", "dynamo/backend/8"),
              (Labels{{"cluster", "lab"}, {"zone", "b"}}));
    EXPECT_EQ(labels_of(rules, "dynamo/prefill", "dynamo/prefill/7512"),
              (Labels{{"cluster", "lab"}, {"zone", "a"}}));
    EXPECT_TRUE(labels_of({}, "dynamo/backend", "dynamo/backend/8").empty());
}

TEST(LabelRules, NoWorkerGetsMoreThanTheLimit) {
    std::vector<LabelRule> rules;
    for (int i = 0; i < 40; ++i) rules.push_back({"*", {{"l" + std::to_string(100 + i), "v"}}});
    const Labels labels = labels_of(rules, "a/b", "a/b/1");
    EXPECT_EQ(labels.size(), kLabelsPerWorkerMax);
    EXPECT_EQ(labels.front().first, "l100");
}

TEST(LabelNames, AreFitForMetricsAndNotTaken) {
    for (const char* name : {"zone", "_x", "gpu_type", "A1"}) {
        EXPECT_TRUE(is_label_name(name)) << name;
    }
    for (const char* name : {"", "1a", "a-b", "a b", "__name__", "worker", "le", "z\xc3\xb6ne"}) {
        EXPECT_FALSE(is_label_name(name)) << name;
    }
    EXPECT_TRUE(is_label_name(std::string(64, 'a')));
    EXPECT_FALSE(is_label_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace muster
