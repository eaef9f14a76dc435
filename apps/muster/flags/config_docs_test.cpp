// The sample and the guide hold what the tables of flags hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>

#include "flags/config_file.hpp"
#include "flags/config_keys.hpp"
#include "support/tree_text.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using testing_support::text_of_tree;

// The sample with every example and default taken out of its comment.
std::string uncommented(const std::string& sample) {
    std::istringstream lines(sample);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        static const std::regex setting(R"(^#((\[\[?\w+\]\]?)|("[^"]+"|\w+) = .+)$)");
        text += std::regex_replace(line, setting, "$1") + '\n';
    }
    return text;
}

TEST(SampleConfiguration, IsReadAsItIsAndWithEverythingInIt) {
    const std::string sample = text_of_tree("packaging/muster.toml");
    const auto plain = parse_config(sample, "muster.toml");
    ASSERT_TRUE(plain) << plain.error().what;
    EXPECT_EQ(plain->sections.at("nats").size(), 1U);
    EXPECT_TRUE(plain->values.empty()) << "every value is a comment";
    const auto full = parse_config(uncommented(sample), "muster.toml");
    ASSERT_TRUE(full) << full.error().what;
    EXPECT_EQ(full->sections.at("nats").size(), 2U);
    EXPECT_EQ(full->tables.labels.size(), 3U);
    EXPECT_EQ(full->tables.expected.size(), 2U);
    for (const ConfigKey& key : config_keys()) {
        const std::string_view section = key.section();
        if (key.repeats) {
            EXPECT_TRUE(full->sections.at("nats")[0].values.contains(key.path)) << key.path;
        } else if (section.empty() || section == "collection" || section == "serve") {
            EXPECT_TRUE(full->values.contains(key.path))
                << key.path << " is not in packaging/muster.toml";
        }
    }
}

TEST(SampleConfiguration, ShowsTheDefaults) {
    const auto full = parse_config(uncommented(text_of_tree("packaging/muster.toml")), "f");
    ASSERT_TRUE(full) << full.error().what;
    for (const auto& [path, value] : full->values) {
        const auto key = std::ranges::find(config_keys(), path, &ConfigKey::path);
        ASSERT_NE(key, config_keys().end());
        const std::string_view about = key->flag->about;
        const bool example = path == "collection.interval" || about.ends_with("[none]");
        if (!about.ends_with(']') || value.texts.empty() || example) continue;
        EXPECT_THAT(std::string(about), HasSubstr('[' + value.texts[0] + ']')) << path;
    }
}

TEST(ConfigurationGuide, HasEveryKey) {
    const std::string guide = text_of_tree("docs/guide/configuration.md");
    for (const ConfigKey& key : config_keys()) {
        EXPECT_THAT(guide, HasSubstr('`' + std::string(key.name()) + '`'))
            << key.path << " is not in docs/guide/configuration.md";
    }
}

}  // namespace
}  // namespace muster
