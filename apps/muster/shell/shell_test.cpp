// Completions and manual pages, judged by the programs that read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "flags/command_table.hpp"
#include "shell/completion.hpp"
#include "shell/man_page.hpp"
#include "support/child_process.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool is_installed(const std::string& program) {
    return std::filesystem::exists("/usr/bin/" + program);
}

// What a program prints, with its exit code at the end if that is not 0.
std::string said_by(const std::vector<std::string>& program) {
    const testing::TempDir dir;
    testing::ChildProcess child(program, dir.file("said"));
    const auto code = child.wait(100s);  // zsh reads hundreds of files for its completions.
    std::ifstream file(dir.file("said"));
    std::string said{std::istreambuf_iterator<char>(file), {}};
    if (code != 0) said += "exit code " + (code ? std::to_string(*code) : "none");
    return said;
}

std::vector<std::string> words_in(const std::string& lines) {
    std::vector<std::string> words;
    std::size_t begin = 0;
    for (std::size_t end = lines.find('\n'); end != std::string::npos;
         end = lines.find('\n', begin)) {
        words.push_back(lines.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

// What a bash with the completions offers behind these words; the last is being typed.
std::vector<std::string> offered(const std::string& words) {
    const testing::TempDir dir;
    const std::string script = dir.write("muster", completion_script(Shell::bash));
    const std::string ask = "source '" + script + "'; COMP_WORDS=(" + words +
                            "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _muster; "
                            "printf '%s\\n' \"${COMPREPLY[@]}\"";
    return words_in(said_by({"/bin/bash", "--norc", "-c", ask}));
}

TEST(Completion, BashUnderstandsTheScript) {
    const testing::TempDir dir;
    const std::string script = dir.write("muster", completion_script(Shell::bash));
    EXPECT_THAT(said_by({"/bin/bash", "-n", script}), IsEmpty());
}

TEST(Completion, BashOffersCommandsFlagsAndValues) {
    EXPECT_THAT(offered("muster g"), ElementsAre("get"));
    EXPECT_THAT(offered("muster ''"), Contains("serve"));
    EXPECT_THAT(offered("muster get --outp"), ElementsAre("--output"));
    EXPECT_THAT(offered("muster get --output ''"), ElementsAre("table", "wide", "json"));
    EXPECT_THAT(offered("muster get --output = w"), ElementsAre("wide")) << "as --output=w comes";
    EXPECT_THAT(offered("muster get --output ="), ElementsAre("table", "wide", "json"));
    EXPECT_THAT(offered("muster get --state st"), ElementsAre("stale"));
    EXPECT_THAT(offered("muster serve --log-level d"), ElementsAre("debug"));
    EXPECT_THAT(offered("muster expect l"), ElementsAre("learn"));
    EXPECT_THAT(offered("muster completion z"), ElementsAre("zsh"));
    EXPECT_THAT(offered("muster man che"), ElementsAre("check"));
    EXPECT_THAT(offered("muster get --nats ''"), ElementsAre("")) << "nothing to choose from";
    EXPECT_THAT(offered("muster gte --out"), ElementsAre(""));
}

TEST(Completion, BashOffersFilesWhereAFileIsWanted) {
    const testing::TempDir dir;
    const std::string file = dir.write("some.creds", "x");
    EXPECT_THAT(offered("muster serve --nats-creds '" + dir.file("so") + "'"), ElementsAre(file));
    EXPECT_THAT(offered("muster serve --config '" + dir.file("so") + "'"), ElementsAre(file));
}

TEST(Completion, EveryCommandAndFlagIsInEveryScript) {
    for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
        const std::string script = completion_script(shell);
        for (const CommandSpec& spec : command_table()) {
            EXPECT_THAT(script, HasSubstr(std::string(spec.name)));
            for (const FlagGroup& group : spec.groups) {
                for (const Flag& flag : group.flags) {
                    if (is_argument(flag.kind)) continue;
                    const std::string name(flag.name.substr(2));
                    EXPECT_THAT(script, HasSubstr((shell == Shell::fish ? " -l " : "--") + name));
                }
            }
        }
    }
}

TEST(Completion, ZshUnderstandsTheScript) {
    if (!is_installed("zsh")) GTEST_SKIP() << "no zsh: apt-get install zsh";
    const testing::TempDir dir;
    const std::string script = dir.write("_muster", completion_script(Shell::zsh));
    EXPECT_THAT(said_by({"/usr/bin/zsh", "-n", script}), IsEmpty());
    // Loaded for real, it registers itself and breaks nothing.
    EXPECT_EQ(said_by({"/usr/bin/zsh", "-fc",
                       "autoload -U compinit && compinit -D -u && source '" + script +
                           "' && print $_comps[muster]"}),
              "_muster\n");
}

TEST(Completion, FishOffersCommandsFlagsAndValues) {
    if (!is_installed("fish")) GTEST_SKIP() << "no fish: apt-get install fish";
    const testing::TempDir dir;
    const std::string script = dir.write("muster.fish", completion_script(Shell::fish));
    const auto asked = [&](const std::string& line) {
        return said_by({"/usr/bin/env", "HOME=" + dir.path(), "/usr/bin/fish", "-N", "-c",
                        "source '" + script + "'; complete -C '" + line + "'"});
    };
    EXPECT_THAT(asked("muster ge"), HasSubstr("get\tShow the fleet"));
    EXPECT_THAT(asked("muster get --output "), HasSubstr("wide"));
    EXPECT_THAT(asked("muster get --outp"), HasSubstr("--output\ttable|wide|json [table]"));
    EXPECT_THAT(asked("muster serve --outp"), Not(HasSubstr("--output")));
}

TEST(ManPages, ThereIsOneForEachCommandAndOneForTheFile) {
    const auto pages = man_pages("1.2.3");
    ASSERT_EQ(pages.size(), command_table().size() + 2);
    EXPECT_EQ(pages.front().file, "man1/muster.1");
    EXPECT_EQ(pages.back().file, "man5/muster.toml.5");
    for (const ManPage& page : pages) {
        EXPECT_THAT(page.text, HasSubstr("\"muster 1.2.3\"")) << page.file;
        EXPECT_THAT(page.text, Not(HasSubstr(" \n"))) << page.file;
    }
    EXPECT_THAT(pages[1].text, HasSubstr("(MUSTER_NATS; [[nats]] url)"));
    EXPECT_THAT(pages.back().text, HasSubstr(".SS \"[[nats]]\"\n.TP\n\\fBurl\\fR"));
}

TEST(ManPages, ReadersFindNothingWrong) {
    if (!is_installed("man") || !is_installed("groff")) {
        GTEST_SKIP() << "no man or groff: apt-get install man-db groff-base";
    }
    const testing::TempDir dir;
    for (const ManPage& page : man_pages("1.2.3")) {
        const std::string file = dir.write(std::filesystem::path(page.file).filename(), page.text);
        EXPECT_THAT(said_by({"/usr/bin/groff", "-man", "-Tutf8", "-ww", "-z", file}), IsEmpty());
        const std::string shown = said_by(
            {"/usr/bin/env", "LC_ALL=C.UTF-8", "MANWIDTH=80", "man", "-l", "-P", "cat", file});
        EXPECT_THAT(shown, HasSubstr("NAME")) << page.file;
        EXPECT_THAT(shown, Not(HasSubstr("exit code"))) << page.file;
    }
}

TEST(ManPages, MandocFindsNothingWrong) {
    if (!is_installed("mandoc")) GTEST_SKIP() << "no mandoc: apt-get install mandoc";
    const testing::TempDir dir;
    for (const ManPage& page : man_pages("1.2.3")) {
        const std::string file = dir.write(std::filesystem::path(page.file).filename(), page.text);
        // A page has the date of no day: it comes from the program that prints it.
        for (const std::string& line :
             words_in(said_by({"/bin/sh", "-c", "mandoc -Tlint -Wwarning '" + file + "'; true"}))) {
            EXPECT_THAT(line, HasSubstr("missing date")) << page.file;
        }
    }
}

}  // namespace
}  // namespace muster
