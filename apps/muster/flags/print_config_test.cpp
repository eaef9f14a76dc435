// --print-config: whatever was set comes back from what was printed.
#include "flags/print_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "flags/command_table.hpp"
#include "flags/config_file.hpp"
#include "flags/config_keys.hpp"
#include "flags/gather_flags.hpp"
#include "flags/toml_tree.hpp"
#include "support/child_process.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const CommandSpec& command(std::string_view name) {
    return *std::ranges::find(command_table(), name, &CommandSpec::name);
}

// A command's settings after they went through a printed file.
GivenFlags through_a_file(const CommandSpec& spec, const GivenFlags& given) {
    const testing::TempDir dir;
    GivenFlags typed;
    typed.set("--config",
              {{dir.write("muster.toml", printed_config(spec, given))}, FlagOrigin::command_line});
    auto again = gather_flags(spec, typed);
    EXPECT_TRUE(again) << (again ? "" : again.error().what);
    return again ? std::move(*again) : GivenFlags{};
}

void expect_same(const CommandSpec& spec, const GivenFlags& a, const GivenFlags& b) {
    for (const ConfigKey& key : config_keys_of(spec)) {
        const auto same = [&](const GivenFlags& x, const GivenFlags& y) {
            const GivenValue* const left = x.find(key.flag->name);
            const GivenValue* const right = y.find(key.flag->name);
            EXPECT_EQ(left == nullptr, right == nullptr) << key.path;
            if (left == nullptr || right == nullptr) return;
            EXPECT_EQ(left->texts, right->texts) << key.path;
            EXPECT_EQ(left->is_off, right->is_off) << key.path;
        };
        if (!key.repeats) {
            same(a, b);
            continue;
        }
        const auto& all = a.sections(key.section());
        ASSERT_EQ(all.size(), b.sections(key.section()).size());
        for (std::size_t i = 0; i < all.size(); ++i) same(all[i], b.sections(key.section())[i]);
    }
    EXPECT_EQ(a.tables(), b.tables());
}

TEST(PrintConfig, EveryFlagOfEveryCommandComesBack) {
    for (const CommandSpec& spec : command_table()) {
        GivenFlags typed;
        for (const ConfigKey& key : config_keys_of(spec)) {
            GivenValue value;
            value.origin = FlagOrigin::command_line;
            if (key.flag->kind == FlagKind::list) value.texts = {"a \"b\"", "c\\d"};
            if (key.flag->kind == FlagKind::text) value.texts = {"/x/" + key.path};
            typed.set(key.flag->name, value);
        }
        const auto given = gather_flags(spec, typed);
        ASSERT_TRUE(given) << given.error().what;
        expect_same(spec, *given, through_a_file(spec, *given));
    }
}

TEST(PrintConfig, SeveralSourcesLabelsAndExpectationsComeBack) {
    const testing::TempDir dir;
    GivenFlags typed;
    typed.set("--config", {{dir.write("muster.toml",
                                      "quiet = true\n[[nats]]\nurl = \"a\"\ncreds = \"c\"\n"
                                      "[[nats]]\nurl = \"b\"\nname = \"east\"\n"
                                      "components = [\"a/b\", \"c/d\"]\n"
                                      "[labels]\n\"x y\" = { zone = \"\\\"\" }\n\"*\" = {}\n"
                                      "[expect]\n\"a/b\" = 3\n")},
                           FlagOrigin::command_line});
    typed.set("--endpoint", {{"e"}, FlagOrigin::command_line});
    const auto given = gather_flags(command("serve"), typed);
    ASSERT_TRUE(given) << given.error().what;
    ASSERT_EQ(given->sections("nats").size(), 2U);
    EXPECT_EQ(given->sections("nats")[1].text("--endpoint"), "e");
    expect_same(command("serve"), *given, through_a_file(command("serve"), *given));
}

TEST(PrintConfig, WhatIsNotSetIsAComment) {
    const std::string text = printed_config(command("serve"), {});
    EXPECT_THAT(text, HasSubstr("\n# patience = \"300ms\""));
    EXPECT_THAT(text, HasSubstr("\n# [[nats]]\n"));
    const auto file = parse_config(text, "f");
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_TRUE(file->values.empty());
    EXPECT_TRUE(file->sections.empty());
}

TEST(PrintConfig, NoSecretIsInIt) {
    setenv("MUSTER_NATS_PASSWORD", "s3cret", 1);
    const std::vector<const char*> arguments = {"serve",       "--nats", "nats://h",
                                                "--nats-user", "me",     "--print-config"};
    const auto line = read_command_line(arguments);
    unsetenv("MUSTER_NATS_PASSWORD");
    ASSERT_TRUE(line) << line.error().what;
    const auto* const printed = std::get_if<PrintedText>(&*line);
    ASSERT_NE(printed, nullptr);
    EXPECT_THAT(printed->text, HasSubstr("user = \"me\""));
    EXPECT_THAT(printed->text, Not(HasSubstr("s3cret")));
}

TEST(PrintConfig, AnyTextComesBack) {
    rc::check("parse(print(text)) is the text", [](const std::vector<std::uint32_t>& points) {
        std::string text;
        for (const std::uint32_t point : points) {
            // Any character below U+0800, in UTF-8.
            const std::uint32_t c = point % 0x800;
            if (c < 0x80) {
                text += static_cast<char>(c);
            } else {
                text += static_cast<char>(0xC0 | (c >> 6));
                text += static_cast<char>(0x80 | (c & 0x3F));
            }
        }
        const auto back =
            parse_toml("key = " + toml_text(text) + "\n" + toml_key(text) + " = 1\n", "f");
        // A key that is called "key" stands there already.
        RC_PRE(text != "key");
        RC_ASSERT(back.has_value());
        RC_ASSERT(back->members[0].value.text == text);
        RC_ASSERT(back->members[1].key == text);
    });
}

TEST(PrintConfig, DefaultsAreTakenFromTheHelp) {
    EXPECT_EQ(default_of({"--a", "TIME", "For an answer [300ms]"}), "300ms");
    EXPECT_EQ(default_of({"--a", "TIME", "Between two [by fleet size]"}), "");
    EXPECT_EQ(default_of({"--a", "TIME", "No default"}), "");
}

}  // namespace
}  // namespace muster
