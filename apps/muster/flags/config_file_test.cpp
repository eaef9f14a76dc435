// muster.toml: what each mistake is answered with, and what a good one says.
#include "flags/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "flags/command_table.hpp"
#include "flags/config_keys.hpp"
#include "support/child_process.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::expect_golden;

std::string golden_folder() {
    return places::source_dir() + "/tests/golden/config";
}

// What `muster serve` says of a file, which it calls muster.toml.
std::string said_of(const std::string& path) {
    const std::vector<const char*> arguments = {"serve", "--config", path.c_str()};
    const auto line = read_command_line(arguments);
    if (line) return "understood";
    std::string what = line.error().what;
    for (std::size_t at = what.find(path); at != std::string::npos; at = what.find(path)) {
        what.replace(at, path.size(), "muster.toml");
    }
    return what;
}

// Each file of the folder is wrong in one way; messages.txt has a line for each.
TEST(ConfigFile, EveryMistakeIsNamedWithItsPlaceAndWhatToDo) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    EXPECT_GE(files.size(), 20U);
    std::string said;
    for (const auto& file : files) said += file.stem().string() + ": " + said_of(file) + '\n';
    expect_golden(said, "config/messages.txt");
    EXPECT_THAT(said, ::testing::Not(HasSubstr("understood")));
    EXPECT_THAT(said, ::testing::Not(HasSubstr("s3cret")));
}

TEST(ConfigFile, WhatCannotBeReadIsSaid) {
    const testing::TempDir dir;
    EXPECT_EQ(said_of("/nowhere/muster.toml"),
              "cannot read the configuration: muster.toml: No such file or directory: name a "
              "readable file with --config");
    EXPECT_EQ(said_of(dir.path()), "not a file: muster.toml: it is a folder: name the file in it");
    const std::string large = dir.write("large.toml", std::string(kConfigBytesMax + 1, '#'));
    EXPECT_EQ(said_of(large), "too large: muster.toml: a configuration has at most 1 MiB");
}

TEST(ConfigFile, ValuesStandByTheirKeysWithTheirPlaces) {
    const auto file = parse_config(
        "quiet = false\n"
        "collection.patience = \"1s\"\n"
        "[serve]\n"
        "listen = '127.0.0.1:1'\n"
        "[sim]\n"
        "workers = 8\n"
        "rate = 2.5\n",
        "muster.toml");
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_TRUE(file->values.at("quiet").is_off);
    EXPECT_THAT(file->values.at("collection.patience").texts, ElementsAre("1s"));
    EXPECT_EQ(file->values.at("serve.listen").place, "muster.toml:4:1: serve.listen");
    EXPECT_THAT(file->values.at("sim.workers").texts, ElementsAre("8"));
    EXPECT_THAT(file->values.at("sim.rate").texts, ElementsAre("2.5"));
}

TEST(ConfigFile, OneNatsNeedsNoBrackets) {
    const auto file = parse_config("[nats]\nurl = \"h\"\ncomponents = \"a/b\"\n", "f");
    ASSERT_TRUE(file) << file.error().what;
    ASSERT_EQ(file->sections.at("nats").size(), 1U);
    EXPECT_THAT(file->sections.at("nats")[0].values.at("nats.components").texts,
                ElementsAre("a/b"));
}

TEST(ConfigFile, FilesInItLieBesideIt) {
    const auto file = parse_config(
        "[[nats]]\nurl = \"h\"\ncreds = \"a.creds\"\nnkey = \"/abs/seed\"\n"
        "tls_ca = \"../ca.pem\"\n",
        "/etc/muster/muster.toml");
    ASSERT_TRUE(file) << file.error().what;
    const auto& values = file->sections.at("nats")[0].values;
    EXPECT_THAT(values.at("nats.creds").texts, ElementsAre("/etc/muster/a.creds"));
    EXPECT_THAT(values.at("nats.nkey").texts, ElementsAre("/abs/seed"));
    EXPECT_THAT(values.at("nats.tls_ca").texts, ElementsAre("/etc/ca.pem"));
}

TEST(ConfigFile, LabelsAndExpectationsKeepTheFilesOrder) {
    const auto file = parse_config(
        "[labels]\n\"*\" = { zone = \"b\", cluster = \"lab\" }\n"
        "\"dynamo/backend\" = { zone = \"a\" }\n\"a/*\" = {}\n"
        "[expect]\n\"z/z\" = 1\n\"a/a\" = 0\n",
        "f");
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_THAT(file->tables.labels,
                ElementsAre(LabelRule{"*", {{"cluster", "lab"}, {"zone", "b"}}},
                            LabelRule{"dynamo/backend", {{"zone", "a"}}}, LabelRule{"a/*", {}}));
    EXPECT_THAT(file->tables.expected, ElementsAre(Expectation{"z/z", 1}, Expectation{"a/a", 0}));
}

TEST(ConfigFile, NothingIsUnbounded) {
    std::string many;
    for (std::size_t i = 0; i <= kConfigSectionsMax; ++i) many += "[[nats]]\nurl = \"h\"\n";
    EXPECT_EQ(parse_config(many, "f").error().what,
              "too many sections: f:1:3: [[nats]]: 64 at most");
    std::string labels = "[labels]\n";
    for (std::size_t i = 0; i <= kLabelRulesMax; ++i) {
        labels += "p" + std::to_string(i) + " = {}\n";
    }
    EXPECT_EQ(parse_config(labels, "f").error().what,
              "too many label rules: f:1:2: labels: 1000 at most");
    std::string one = "[labels]\np = { ";
    for (std::size_t i = 0; i <= kLabelsPerWorkerMax; ++i) {
        one += (i == 0 ? "l" : ", l") + std::to_string(i) + " = \"v\"";
    }
    EXPECT_EQ(parse_config(one + " }\n", "f").error().what,
              "too many labels: f:2:1: labels.p: 16 at most");
}

// The library would make a table in a table of each part, and run out of stack.
TEST(ConfigFile, KeysAreNotDeep) {
    const auto deep = [](std::size_t parts, std::string_view part) {
        std::string key(part);
        for (std::size_t i = 1; i < parts; ++i) key.append(".").append(part);
        return key;
    };
    constexpr std::size_t kMany = 200'000;
    for (const std::string_view part : {"a", " \t'b.c'", "\"\\\".\" "}) {
        const std::string key = deep(kMany, part);
        for (const std::string& text :
             {key + " = 1\n", "[" + key + "]\n", "[[" + key + "]]\n", "x = { " + key + " = 1 }\n",
              "x = [\n\"\"\"\".\n\"\"\"\"\", { " + key + " = 1 }]\n"}) {
            EXPECT_THAT(parse_config(text, "f").error().what,
                        ::testing::MatchesRegex("too many parts: f:[0-9:]+: a key: 16 at most"));
        }
    }
    EXPECT_EQ(parse_config("# a\n" + deep(17, "a") + " = 1\n", "f").error().what,
              "too many parts: f:2:32: a key: 16 at most");
    EXPECT_THAT(parse_config(deep(16, "a") + " = 1\n", "f").error().what,
                HasSubstr("unknown key: f:1:1: a"));
    // Dots elsewhere are no parts.
    const std::string dots(100, '.');
    EXPECT_TRUE(parse_config("server = \"" + dots + "\" # " + dots + "\n", "f"));
    EXPECT_TRUE(parse_config("server = \"\"\"\n" + dots + "\n\"\"\"\n", "f"));
}

TEST(ConfigFile, LettersBeyondAsciiStandInTexts) {
    const auto said = [](std::string_view text) {
        const auto file = parse_config(text, "f");
        return file ? file->values.at("server").texts.front() : file.error().what;
    };
    EXPECT_EQ(said("\xEF\xBB\xBFserver = \"\xC3\xA9\" # \xC3\xA9\n"), "\xC3\xA9");
    EXPECT_EQ(said("server = '''\n\xC3\xA9'''\n"), "\xC3\xA9");
    EXPECT_EQ(said("server = \"\"\"a \\\n b\xC3\xA9\"\"\"\n"), "a b\xC3\xA9");
    const std::string beyond =
        ": a character beyond ASCII: a text stands in quotes, as in \"300ms\"";
    EXPECT_EQ(said("server = \xC3\xA9\n"), "not TOML: f:1:10" + beyond);
    EXPECT_EQ(said("'\xC3\xA9' = 1\n\xC9\x87 = 1\n"), "not TOML: f:2:1" + beyond);
    EXPECT_THAT(said("server = \"\"\"a \\\n \xC3\xA9\"\"\"\n"),
                HasSubstr("not a text: f:2:2: a character beyond ASCII behind a \\"));
    EXPECT_THAT(said("server = \"\"\"\\\xC3\xA9\"\"\"\n"), HasSubstr("not a text: f:1:14: "));
}

TEST(ConfigFile, WhatIsQuotedOfItStaysOnTheLine) {
    EXPECT_EQ(parse_config("quiet = tr\n", "f").error().what,
              "not TOML: f:1:11: expected 'true', saw 'tr\\u000A', in a boolean: a text stands in "
              "quotes, as in \"300ms\"");
}

// Where the library asserts, it still has words.
TEST(ConfigFile, ABracketThatIsNoKeyIsRefused) {
    EXPECT_EQ(parse_config("[{", "f").error().what,
              "not TOML: f:1:2: expected bare key starting character or string delimiter, saw "
              "'{', in a key: mend it there, or in the line before");
}

TEST(ConfigKeys, EveryFlagHasAKeyAndAVariableOfItsOwn) {
    for (const CommandSpec& spec : command_table()) {
        std::vector<std::string> seen;
        for (const FlagGroup& group : spec.groups) {
            for (const Flag& flag : group.flags) {
                if (is_argument(flag.kind)) continue;
                // Those of `man` speak of where its pages go, this one time.
                EXPECT_TRUE(flag.key != kNoKey || spec.name == "man") << flag.name;
                EXPECT_TRUE(flag.name.starts_with("--")) << spec.name << ' ' << flag.name;
            }
        }
        for (const ConfigKey& key : config_keys_of(spec)) {
            EXPECT_EQ(std::ranges::count(seen, key.path), 0) << key.path << " twice";
            seen.push_back(key.path);
            const auto first = std::ranges::find(config_keys(), key.path, &ConfigKey::path);
            ASSERT_NE(first, config_keys().end());
            EXPECT_EQ(first->flag->kind, key.flag->kind) << key.path;
            EXPECT_EQ(first->flag->type, key.flag->type) << key.path;
            EXPECT_EQ(first->repeats, key.repeats) << key.path;
            EXPECT_NE(key.path, kLabelsSection);
            EXPECT_NE(key.section(), kLabelsSection);
            EXPECT_NE(key.section(), kExpectSection);
            EXPECT_LE(std::ranges::count(key.path, '.'), 1) << key.path;
        }
    }
}

}  // namespace
}  // namespace muster
