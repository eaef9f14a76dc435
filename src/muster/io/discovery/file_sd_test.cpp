// Files in the form of file_sd, good ones and every mistake.
#include "muster/io/discovery/detail/file_sd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::HasSubstr;

std::vector<ScrapeTarget> read(std::string_view text) {
    auto targets = parse_file_sd(text);
    EXPECT_TRUE(targets) << targets.error().what;
    return targets ? *targets : std::vector<ScrapeTarget>();
}

std::string refused(std::string_view text) {
    const auto targets = parse_file_sd(text);
    EXPECT_FALSE(targets);
    return targets ? "" : targets.error().what;
}

TEST(FileSd, ReadsYaml) {
    const auto targets = read(
        "- targets: [a:8000, 'b:8000']\n"
        "  labels: {zone: west, tier: 1}\n"
        "- targets:\n"
        "    - c:9000\n");
    ASSERT_EQ(targets.size(), 3U);
    EXPECT_EQ(targets[0].worker_id(), "http/a:8000");
    EXPECT_EQ(targets[1].labels, (Labels{{"tier", "1"}, {"zone", "west"}}));
    EXPECT_EQ(targets[2].worker_id(), "http/c:9000");
    EXPECT_TRUE(targets[2].labels.empty());
}

TEST(FileSd, ReadsJsonAsToolsWriteIt) {
    const auto targets = read(
        "[\n\t{\n\t\t\"targets\": [\"[::1]:8000\"],\n\t\t\"labels\": {\"zone\": "
        "\"\\u00e9\"}\n\t}\n]\n");
    ASSERT_EQ(targets.size(), 1U);
    EXPECT_EQ(targets[0].worker_id(), "http/[::1]:8000");
    EXPECT_EQ(targets[0].labels, (Labels{{"zone", "\xc3\xa9"}}));
}

TEST(FileSd, UnderstandsSchemeAndPathAndDropsPrometheussOwnLabels) {
    const auto targets = read(
        "- targets: [a:443]\n"
        "  labels: {__scheme__: https, __metrics_path__: /engine/metrics, __meta_x: y}\n");
    ASSERT_EQ(targets.size(), 1U);
    EXPECT_EQ(targets[0].url.to_text(), "https://a:443/engine");
    EXPECT_TRUE(targets[0].labels.empty());
}

TEST(FileSd, ALabelWhoseNameIsTakenIsExported) {
    const auto targets = read("- targets: [a:1]\n  labels: {job: llm, model: m}\n");
    EXPECT_EQ(targets.at(0).labels, (Labels{{"exported_job", "llm"}, {"exported_model", "m"}}));
}

TEST(FileSd, NothingIsNobody) {
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read("[]").empty());
    EXPECT_TRUE(read("# nothing yet\n").empty());
}

TEST(FileSd, SaysWhereItIsWrong) {
    EXPECT_THAT(refused("- targets: [a:1]\n- targts: [b:1]\n"),
                HasSubstr("line 2: a group without"));
    EXPECT_THAT(refused("targets: [a:1]\n"), HasSubstr("not a list of groups"));
    EXPECT_THAT(refused("- targets: [a:99999]\n"), HasSubstr("a:99999: its port is no port"));
    EXPECT_THAT(refused("- targets: [[a:1]]\n"), HasSubstr("line 1: not a target"));
    EXPECT_THAT(refused("- targets: [a:1]\n  labels: [x]\n"), HasSubstr("labels is no map"));
    EXPECT_THAT(refused("- targets: [a:1\n"), HasSubstr("correct the YAML or JSON"));
    EXPECT_THAT(refused("[{\"targets\": [\"a:1\"]"), HasSubstr("correct the YAML or JSON"));
    EXPECT_THAT(refused("- targets: [a:1]\n  labels: {__scheme__: ftp}\n"),
                HasSubstr("neither http nor https"));
}

TEST(FileSd, ManyReferencesToOneListAreBounded) {
    std::string text = "- &g\n  targets: [";
    for (int i = 0; i < 1000; ++i) text += "h" + std::to_string(i) + ":1, ";
    text += "]\n";
    for (int i = 0; i < 100; ++i) text += "- *g\n";
    EXPECT_THAT(refused(text), HasSubstr("more than 20000 targets"));
}

}  // namespace
}  // namespace muster
