// The command line: what is understood, what each mistake is answered with, and that help fits.
#include "command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cordon_command.hpp"
#include "demo_story.hpp"
#include "flags/command_table.hpp"
#include "get_command.hpp"
#include "muster/io/http/engine_probe.hpp"
#include "people_text.hpp"
#include "serve_command.hpp"
#include "shell/printed_file.hpp"
#include "support/child_process.hpp"
#include "top_command.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string mistake(std::vector<const char*> arguments) {
    const auto command = read_command_line(arguments);
    return command ? "understood" : command.error().what;
}

template <typename Options>
Options understood(std::vector<const char*> arguments) {
    auto line = read_command_line(arguments);
    EXPECT_TRUE(line) << (line ? "" : line.error().what);
    auto* const chosen = line ? std::get_if<ChosenCommand>(&*line) : nullptr;
    const auto* const command =
        chosen != nullptr ? dynamic_cast<const CommandWith<Options>*>(chosen->command.get())
                          : nullptr;
    if (command == nullptr) {
        ADD_FAILURE() << "another command";
        return {};
    }
    return command->options();
}

std::string help(std::vector<const char*> arguments) {
    auto line = read_command_line(arguments);
    const auto* const printed = line ? std::get_if<PrintedText>(&*line) : nullptr;
    EXPECT_NE(printed, nullptr);
    return printed != nullptr ? printed->text : "";
}

// Sets a variable for the length of a test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

TEST(CommandLine, GetAsksTheDefaultServer) {
    const auto get = understood<GetOptions>({"get"});
    EXPECT_FALSE(get.collect);
    EXPECT_EQ(get.server.to_text(), "http://127.0.0.1:6878");
    EXPECT_EQ(get.output, OutputForm::table);
    EXPECT_TRUE(get.worker.empty());
    EXPECT_FALSE(get.watch);
}

TEST(CommandLine, CordonNamesAWorkerAndAReason) {
    const auto cordon = understood<CordonOptions>({"cordon", "dynamo/backend/7", "--why",
                                                   "new driver", "--by", "ada", "--server",
                                                   "https://muster.lab", "--server-ca", "/ca.pem"});
    EXPECT_EQ(cordon.worker, "dynamo/backend/7");
    EXPECT_EQ(cordon.why, "new driver");
    EXPECT_EQ(cordon.by, "ada");
    EXPECT_EQ(cordon.server.to_text(), "https://muster.lab:443");
    EXPECT_EQ(cordon.client.tls.ca, "/ca.pem");
    const auto uncordon = understood<UncordonOptions>({"uncordon", "dynamo/backend/7"});
    EXPECT_EQ(uncordon.worker, "dynamo/backend/7");
    EXPECT_EQ(uncordon.server.to_text(), "http://127.0.0.1:6878");
}

TEST(CommandLine, TheTokenComesFromTheEnvironmentWhereNoFileIsNamed) {
    const Variable token("MUSTER_AUTH_TOKEN", "s3cret");
    EXPECT_EQ(understood<GetOptions>({"get"}).client.token, "s3cret");
    EXPECT_EQ(understood<ServeOptions>({"serve", "--nats", "nats://h"}).access.token, "s3cret");
    const Variable bad("MUSTER_AUTH_TOKEN", "two words");
    EXPECT_EQ(mistake({"get"}),
              "not a token: MUSTER_AUTH_TOKEN: a token is one word of letters, digits and signs");
}

TEST(CommandLine, GetTakesItsFilters) {
    const auto get = understood<GetOptions>({"get", "dynamo/backend/7", "--state", "stale",
                                             "--state=lost", "--component", "a/b", "--component",
                                             "c/d", "--output", "json", "--watch", "--no-color"});
    EXPECT_EQ(get.worker, "dynamo/backend/7");
    EXPECT_EQ(get.filter.states, std::vector{WorkerState::stale});
    EXPECT_TRUE(get.filter.lost);
    EXPECT_EQ(get.filter.components, (std::vector<std::string>{"a/b", "c/d"}));
    EXPECT_EQ(get.output, OutputForm::json);
    EXPECT_TRUE(get.watch);
    EXPECT_FALSE(get.color);
}

TEST(CommandLine, TopIsLikeGetAndHasItsOwnPace) {
    const auto top = understood<TopOptions>({"top"});
    EXPECT_FALSE(top.collect);
    EXPECT_EQ(top.server.to_text(), "http://127.0.0.1:6878");
    EXPECT_EQ(top.refresh, Duration(250ms));
    EXPECT_TRUE(top.color);
    const auto chosen =
        understood<TopOptions>({"top", "--nats", "nats://h", "--state", "stale", "--component",
                                "a/b", "--label", "zone=a=b", "--refresh", "1s", "--no-color"});
    EXPECT_TRUE(chosen.collect);
    EXPECT_EQ(chosen.filter.states, std::vector{WorkerState::stale});
    EXPECT_EQ(chosen.filter.components, std::vector<std::string>{"a/b"});
    ASSERT_EQ(chosen.filter.labels.size(), 1U);
    EXPECT_EQ(chosen.filter.labels[0].first, "zone");
    EXPECT_EQ(chosen.filter.labels[0].second, "a=b");
    EXPECT_EQ(chosen.refresh, Duration(1s));
    EXPECT_FALSE(chosen.color);
    EXPECT_THAT(mistake({"top", "--label", "zone"}),
                ::testing::StartsWith("not a label: --label zone: give NAME=VALUE"));
    EXPECT_THAT(mistake({"top", "--refresh", "1ms"}), HasSubstr("--refresh 1ms"));
}

TEST(CommandLine, CollectingFlagsReachTheLibrary) {
    const auto serve = understood<ServeOptions>({"serve",
                                                 "--nats",
                                                 "h1,tls://h2:5",
                                                 "--component",
                                                 "a/b",
                                                 "--endpoint",
                                                 "e",
                                                 "--interval",
                                                 "1s",
                                                 "--patience",
                                                 "250ms",
                                                 "--stale-after",
                                                 "3s",
                                                 "--lost-after",
                                                 "20s",
                                                 "--mass-lost-after",
                                                 "2m",
                                                 "--frozen-after",
                                                 "1m",
                                                 "--publish-min-interval",
                                                 "1ms",
                                                 "--nats-inbox-prefix",
                                                 "_IN",
                                                 "--listen",
                                                 "127.0.0.1:0"});
    EXPECT_EQ(serve.collect.sources.at(0).connect.servers,
              (std::vector<std::string>{"nats://h1", "tls://h2:5"}));
    EXPECT_EQ(serve.collect.sources.at(0).components, (std::vector<ComponentName>{{"a", "b"}}));
    EXPECT_EQ(serve.collect.sources.at(0).endpoint, "e");
    EXPECT_EQ(serve.collect.sources.at(0).inbox_prefix, "_IN");
    const FleetRules& rules = serve.collect.collector.rules;
    EXPECT_EQ(rules.interval, Duration(1s));
    EXPECT_EQ(rules.patience, Duration(250ms));
    EXPECT_EQ(rules.stale_after, Duration(3s));
    EXPECT_EQ(rules.lost_after, Duration(20s));
    EXPECT_EQ(rules.mass_lost_after, Duration(2min));
    EXPECT_EQ(rules.frozen_after, Duration(1min));
    EXPECT_EQ(serve.collect.collector.publish_min_interval, Duration(1ms));
    EXPECT_EQ(serve.listen, "127.0.0.1:0");
}

TEST(CommandLine, WhatIsNotGivenIsTheLibrarysDefault) {
    const auto serve = understood<ServeOptions>({"serve", "--nats", "nats://h"});
    EXPECT_FALSE(serve.collect.collector.rules.interval);
    EXPECT_EQ(serve.collect.collector.rules.patience, FleetRules{}.patience);
    EXPECT_TRUE(serve.collect.sources.at(0).components.empty());
    EXPECT_EQ(serve.listen, "127.0.0.1:6878");
}

TEST(CommandLine, AFlagBeatsTheEnvironment) {
    const Variable nats("MUSTER_NATS", "nats://from-environment:1");
    EXPECT_EQ(understood<GetOptions>({"get"}).collect->sources.at(0).connect.servers[0],
              "nats://from-environment:1");
    EXPECT_EQ(understood<GetOptions>({"get", "--nats", "nats://h:2"})
                  .collect->sources.at(0)
                  .connect.servers,
              std::vector<std::string>{"nats://h:2"});
    EXPECT_FALSE(understood<GetOptions>({"get", "--server", "http://h:3"}).collect);
    const Variable server("MUSTER_SERVER", "http://h:4");
    EXPECT_TRUE(understood<GetOptions>({"get", "--nats", "nats://h:2"}).collect);
    EXPECT_EQ(mistake({"get"}),
              "contradiction: MUSTER_SERVER and MUSTER_NATS: give --server or --nats");
}

TEST(CommandLine, TheEnvironmentBeatsTheFile) {
    const testing::TempDir dir;
    const std::string file = dir.write("muster.toml",
                                       "[collection]\npatience = \"1s\"\nstale_after = \"3s\"\n"
                                       "lost_after = \"20s\"\n[[nats]]\nurl = \"h1\"\n"
                                       "[[nats]]\nurl = \"h2\"\n[expect]\n\"a/b\" = 3\n");
    const Variable config("MUSTER_CONFIG", file.c_str());
    const Variable stale("MUSTER_STALE_AFTER", "4s");
    const Variable lost("MUSTER_LOST_AFTER", "21s");
    const auto serve = understood<ServeOptions>({"serve", "--lost-after", "22s"});
    const FleetRules& rules = serve.collect.collector.rules;
    EXPECT_EQ(rules.patience, Duration(1s));
    EXPECT_EQ(rules.stale_after, Duration(4s));
    EXPECT_EQ(rules.lost_after, Duration(22s));
    ASSERT_EQ(serve.collect.sources.size(), 2U);
    EXPECT_EQ(serve.collect.sources[0].id, "nats-1");
    EXPECT_EQ(serve.collect.sources[1].id, "nats-2");
    EXPECT_EQ(serve.collect.sources[1].connect.servers, std::vector<std::string>{"nats://h2"});
    EXPECT_EQ(rules.expected, (std::vector<Expectation>{{"a/b", 3}}));
}

TEST(CommandLine, ASourceThatIsNamedIsTheOnlyOne) {
    const testing::TempDir dir;
    const std::string file =
        dir.write("muster.toml", "[[nats]]\nurl = \"h1\"\nuser = \"me\"\n[[nats]]\nurl = \"h2\"\n");
    const Variable config("MUSTER_CONFIG", file.c_str());
    const auto named = understood<ServeOptions>({"serve", "--nats", "h3"});
    ASSERT_EQ(named.collect.sources.size(), 1U);
    EXPECT_EQ(named.collect.sources[0].connect.servers, std::vector<std::string>{"nats://h3"});
    EXPECT_EQ(named.collect.sources[0].connect.user, "") << "a login that was meant for another";
    const auto both = understood<ServeOptions>({"serve", "--component", "a/b"});
    ASSERT_EQ(both.collect.sources.size(), 2U);
    for (const NatsSourceOptions& nats : both.collect.sources) {
        EXPECT_EQ(nats.components, (std::vector<ComponentName>{{"a", "b"}}));
    }
    EXPECT_EQ(both.collect.sources[0].connect.user, "me");
}

TEST(CommandLine, SecretsOfTheEnvironmentGoWhereTheyFit) {
    const testing::TempDir dir;
    const std::string file = dir.write("muster.toml",
                                       "[[nats]]\nurl = \"a\"\nuser = \"me\"\n"
                                       "[[nats]]\nurl = \"b\"\n");
    const Variable password("MUSTER_NATS_PASSWORD", "pw");
    const Variable token("MUSTER_NATS_TOKEN", "t0ken");
    const auto serve = understood<ServeOptions>({"serve", "--config", file.c_str()});
    ASSERT_EQ(serve.collect.sources.size(), 2U);
    EXPECT_EQ(serve.collect.sources[0].connect.password, "pw");
    EXPECT_EQ(serve.collect.sources[0].connect.token, "");
    EXPECT_EQ(serve.collect.sources[1].connect.password, "");
    EXPECT_EQ(serve.collect.sources[1].connect.token, "t0ken");
}

TEST(CommandLine, WhoLooksAsksTheServerThatTheFileNames) {
    const testing::TempDir dir;
    const std::string file =
        dir.write("muster.toml", "server = \"http://h:9\"\n[[nats]]\nurl = \"h1\"\n");
    const Variable config("MUSTER_CONFIG", file.c_str());
    EXPECT_EQ(understood<GetOptions>({"get"}).server.to_text(), "http://h:9");
    EXPECT_TRUE(understood<GetOptions>({"get", "--nats", "h2"}).collect);
    EXPECT_FALSE(understood<GetOptions>({"get", "--server", "http://i:9"}).collect);
    EXPECT_EQ(understood<ServeOptions>({"serve"}).collect.sources.size(), 1U);
    const std::string other = dir.write("other.toml", "[[nats]]\nurl = \"h1\"\n");
    EXPECT_TRUE(understood<GetOptions>({"get", "--config", other.c_str()}).collect);
}

TEST(CommandLine, AFileMaySpeakOfBothKindsOfSimulation) {
    const testing::TempDir dir;
    const std::string file =
        dir.write("muster.toml", "[sim]\nworkers = 2\nnats = \"nats://h:1\"\nranks = 3\n");
    const Variable config("MUSTER_CONFIG", file.c_str());
    EXPECT_EQ(mistake({"sim", "vllm"}), "understood");
    EXPECT_EQ(mistake({"sim", "dynamo"}), "understood");
    EXPECT_EQ(mistake({"sim", "vllm", "--nats", "h"}),
              "--nats has no effect here: it is of `muster sim dynamo`: leave it out");
    EXPECT_EQ(mistake({"sim", "dynamo", "--ranks", "2"}),
              "--ranks has no effect here: it is of engines over HTTP: leave it out");
}

TEST(CommandLine, SwitchesMayBeOffInTheEnvironmentAndOnTheCommandLine) {
    const testing::TempDir dir;
    const std::string file = dir.write("muster.toml", "quiet = true\n[nats]\nurl = \"h\"\n");
    const Variable config("MUSTER_CONFIG", file.c_str());
    EXPECT_EQ(understood<ServeOptions>({"serve"}).log_level, LogLevel::error);
    EXPECT_EQ(understood<ServeOptions>({"serve", "--quiet=false"}).log_level, LogLevel::info);
    const Variable quiet("MUSTER_QUIET", "no");
    EXPECT_EQ(understood<ServeOptions>({"serve"}).log_level, LogLevel::info);
    EXPECT_EQ(understood<ServeOptions>({"serve", "--quiet"}).log_level, LogLevel::error);
    EXPECT_EQ(understood<ServeOptions>({"serve"}).log_format, LogFormat::text);
    EXPECT_EQ(understood<ServeOptions>({"serve", "--log-format", "json"}).log_format,
              LogFormat::json);
    EXPECT_EQ(understood<ServeOptions>({"serve", "--log-level", "debug"}).log_level,
              LogLevel::debug);
    EXPECT_EQ(mistake({"serve", "--log-level", "wrning"}),
              "unknown level: --log-level wrning: did you mean warning?");
    const Variable wrong("MUSTER_QUIET", "perhaps");
    EXPECT_EQ(mistake({"serve"}), "not a switch: MUSTER_QUIET perhaps: give true or false");
}

TEST(CommandLine, LabelsFilter) {
    const auto get = understood<GetOptions>({"get", "--label", "zone=a", "--label", "tier=b=c"});
    EXPECT_EQ(get.filter.labels, (Labels{{"zone", "a"}, {"tier", "b=c"}}));
    EXPECT_EQ(mistake({"get", "--label", "zone"}),
              "not a label: --label zone: give NAME=VALUE, such as zone=a");
}

TEST(CommandLine, SecretsComeFromFilesOrTheEnvironment) {
    const Variable password("MUSTER_NATS_PASSWORD", "s3cret");
    const auto get = understood<GetOptions>({"get", "--nats", "nats://h", "--nats-user", "u"});
    EXPECT_EQ(get.collect->sources.at(0).connect.user, "u");
    EXPECT_EQ(get.collect->sources.at(0).connect.password, "s3cret");
    EXPECT_EQ(mistake({"get", "--nats", "nats://u:s3cret@h"}),
              "secret on the command line: --nats: put the user into --nats-user and the password "
              "into --nats-password-file or MUSTER_NATS_PASSWORD");
    EXPECT_THAT(mistake({"get", "--nats", "nats://h", "--nats-token-file", "/nowhere/token"}),
                HasSubstr("/nowhere/token"));
}

TEST(CommandLine, EveryMistakeIsNamedWithWhatToDo) {
    struct Case {
        std::vector<const char*> arguments;
        const char* sentence;
    };
    const std::vector<Case> cases = {
        {{},
         "no command: muster: give one, such as `muster get`: `muster --help` lists what there "
         "is"},
        {{"gte"}, "unknown command: gte: did you mean get?"},
        {{"frobnicate"}, "unknown command: frobnicate: `muster --help` lists what there is"},
        {{"--wacth"}, "unknown flag: --wacth: `muster --help` lists what there is"},
        {{"get", "--wacth"}, "unknown flag: --wacth: did you mean --watch?"},
        {{"get", "--intervall", "2s"}, "unknown flag: --intervall: did you mean --interval?"},
        {{"get", "--outptu=json"}, "unknown flag: --outptu: did you mean --output?"},
        {{"serve", "--nats", "nats://h", "--frobnicate"},
         "unknown flag: --frobnicate: `muster serve --help` lists what there is"},
        {{"get", "a", "b"}, "unexpected: b: `muster get --help` lists what there is"},
        {{"get", "--output"}, "no value: --output: give it one, as in `--output VALUE`"},
        {{"get", "--output", "jsno"}, "unknown form: --output jsno: did you mean json?"},
        {{"get", "--output", "xml"}, "unknown form: --output xml: give table, wide or json"},
        {{"get", "--state", "stael"}, "unknown state: --state stael: did you mean stale?"},
        {{"get", "--server", "h:1"},
         "not a server: --server h:1: it does not start with http:// or https://: "
         "give http://HOST:PORT or https://HOST:PORT"},
        {{"get", "--server", "http://h:1", "--nats", "nats://h"},
         "contradiction: --server and --nats: give one of the two"},
        {{"get", "--nats", "nats://h", "--component", "backend"},
         "not a component: --component backend: give NAMESPACE/COMPONENT, such as dynamo/backend"},
        {{"get", "--nats", "nats://h", "--patience", "300"},
         "not a duration: --patience 300: give a number with its unit, such as 250ms, 2s or 1m"},
        {{"get", "--nats", "nats://h", "--interval", "1ms"},
         "out of range: --interval 1ms: give 10ms to 1h"},
        {{"get", "--nats", "nats://h", "--lost-after", "2m"},
         "contradiction: --mass-lost-after 1m: make it at least --lost-after, 2m"},
        {{"serve"},
         "no source: muster serve: name one with --nats nats://HOST:PORT or "
         "--worker http://HOST:PORT"},
    };
    for (const Case& c : cases) EXPECT_EQ(mistake(c.arguments), c.sentence);
}

TEST(CommandLine, HelpFitsOneScreen) {
    const std::string text = help({"--help"});
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24) << text;
    for (const CommandSpec& spec : command_table()) {
        EXPECT_THAT(text, HasSubstr("  " + std::string(spec.name) + ' '));
    }
    EXPECT_EQ(help({"-h"}), text);
}

TEST(CommandLine, EveryHelpHasTwoExamplesAndNoLongLine) {
    std::vector<std::string> names = {""};
    for (const CommandSpec& spec : command_table()) names.emplace_back(spec.name);
    for (const std::string& name : names) {
        const std::string text = name.empty() ? help({"--help"}) : help({name.c_str(), "--help"});
        std::istringstream lines(text);
        int examples = 0;
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(columns_of(line), 80U) << line;
            if (line.starts_with("  muster ")) ++examples;
        }
        EXPECT_EQ(examples, 2) << text;
    }
}

TEST(CommandLine, CheckSaysHowOftenItAsks) {
    EXPECT_EQ(ProbeOptions{}.scrapes, 7U);
    EXPECT_THAT(help({"check", "--help"}), HasSubstr("asked seven times\n"));
}

TEST(CommandLine, TheNameOfACommandIsAnArgumentBehindAnother) {
    EXPECT_EQ(understood<GetOptions>({"get", "top"}).worker, "top");
    EXPECT_THAT(understood<PrintedFile>({"man", "get"}).text, HasSubstr("muster\\-get"));
    EXPECT_THAT(understood<PrintedFile>({"man"}).text, HasSubstr(".TH MUSTER 1"));
    EXPECT_EQ(mistake({"man", "gte"}), "unknown page: muster man gte: did you mean get?");
    EXPECT_EQ(mistake({"completion", "bsh"}),
              "unknown shell: muster completion bsh: did you mean bash?");
    EXPECT_EQ(mistake({"expect"}), "nothing to do: muster expect: write `muster expect learn`");
    EXPECT_EQ(
        mistake({"check"}),
        "nothing to check: muster check: give an engine's URL, such as http://127.0.0.1:8000, "
        "or --fleet");
}

TEST(CommandLine, VersionIsOneLine) {
    EXPECT_THAT(help({"--version"}), HasSubstr("muster 0."));
}

TEST(DemoStory, FitsASmallScreenAndEachFaultEndsBeforeTheNext) {
    std::set<DemoSubject> subjects;
    for (const DemoChapter& chapter : demo_chapters()) {
        for (const auto line : {chapter.failed, chapter.seen, chapter.done}) {
            EXPECT_LE(line.size(), 79U) << line;
            EXPECT_FALSE(line.empty());
        }
        EXPECT_LT(chapter.duration, kChapterEvery);
        EXPECT_LT(chapter.worker,
                  chapter.subject == DemoSubject::dynamo ? kDemoDynamoWorkers : kDemoEnginesEach);
        subjects.insert(chapter.subject);
    }
    EXPECT_EQ(subjects.size(), 5U) << "the broker and every kind of worker";
}

}  // namespace
}  // namespace muster
