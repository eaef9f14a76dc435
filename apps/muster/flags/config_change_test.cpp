// What a second reading applies and what it says it cannot.
#include "flags/config_change.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "flags/command_table.hpp"
#include "flags/gather_flags.hpp"
#include "support/child_process.hpp"

namespace muster {
namespace {

class ConfigChanges : public ::testing::Test {
protected:
    GivenFlags given(const std::string& text) {
        GivenFlags typed;
        typed.set("--config", {{dir_.write("muster.toml", text)}, FlagOrigin::command_line});
        auto gathered = gather_flags(serve(), typed);
        EXPECT_TRUE(gathered) << (gathered ? "" : gathered.error().what);
        return gathered ? std::move(*gathered) : GivenFlags{};
    }
    std::string said(const std::string& before, const std::string& now) {
        const GivenFlags old = given(before);
        return words_of(config_change(serve(), old, old, given(now)));
    }
    static const CommandSpec& serve() {
        return *std::ranges::find(command_table(), "serve", &CommandSpec::name);
    }

    testing::TempDir dir_;
};

TEST_F(ConfigChanges, TheSameFileSaysNothing) {
    EXPECT_EQ(said("quiet = true\n", "# another comment\nquiet = true\n"),
              "configuration read again: nothing changed");
}

TEST_F(ConfigChanges, RulesLabelsExpectationsAndTheLogAreApplied) {
    EXPECT_EQ(said("",
                   "quiet = true\nlog_level = \"debug\"\n[collection]\ninterval = \"1s\"\n"
                   "[labels]\n\"*\" = { a = \"b\" }\n[expect]\n\"a/b\" = 1\n"),
              "configuration read again: applied collection.interval, log_level, quiet, labels, "
              "expect");
    EXPECT_EQ(said("[collection]\npatience = \"1s\"\n", ""),
              "configuration read again: applied collection.patience");
}

TEST_F(ConfigChanges, ConnectionsAndAddressesNeedARestart) {
    EXPECT_EQ(said("[[nats]]\nurl = \"a\"\n[[nats]]\nurl = \"b\"\n",
                   "[[nats]]\nurl = \"a\"\n[[nats]]\nurl = \"c\"\n[[nats]]\nurl = \"d\"\n"
                   "[serve]\nlisten = \"127.0.0.1:1\"\n"),
              "configuration read again: nothing applied; needs a restart: nats[2].url, nats[3], "
              "serve.listen");
}

TEST_F(ConfigChanges, WhatNeedsARestartIsToldUntilItCameAndWhatWasAppliedOnce) {
    const GivenFlags started = given("[serve]\nlisten = \"127.0.0.1:1\"\n");
    const std::string second =
        "[serve]\nlisten = \"127.0.0.1:2\"\n[collection]\npatience = \"1s\"\n";
    const GivenFlags last = given(second);
    EXPECT_EQ(words_of(config_change(serve(), started, last, given(second))),
              "configuration read again: nothing applied; needs a restart: serve.listen");
}

TEST_F(ConfigChanges, WhatAFlagSaysNoFileChanges) {
    GivenFlags typed;
    typed.set("--patience", {{"2s"}, FlagOrigin::command_line});
    typed.set("--config", {{dir_.write("muster.toml", "[collection]\npatience = \"1s\"\n")},
                           FlagOrigin::command_line});
    const auto before = gather_flags(serve(), typed);
    ASSERT_TRUE(before);
    dir_.write("muster.toml", "[collection]\npatience = \"3s\"\n");
    const auto now = before->again()();
    ASSERT_TRUE(now);
    EXPECT_EQ(words_of(config_change(serve(), *before, *before, *now)),
              "configuration read again: nothing changed");
}

}  // namespace
}  // namespace muster
