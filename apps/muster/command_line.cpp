// Gives CLI11 the tables of flags/, and turns what it finds wrong into our own sentences. Values
// stay text here; the commands' own files check them.
#include "command_line.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flags/command_table.hpp"
#include "flags/config_keys.hpp"
#include "flags/gather_flags.hpp"
#include "flags/print_config.hpp"
#include "flags/usage_error.hpp"

namespace muster {
namespace {

// One flag of one command: what CLI11 knows it as, and where it puts the value.
struct Declared {
    const Flag* flag = nullptr;
    CLI::Option* option = nullptr;
    std::string text;
    std::vector<std::string> texts;
    bool is_on = false;
};

struct DeclaredCommand {
    const CommandSpec* spec = nullptr;
    CLI::App* app = nullptr;
    std::deque<Declared> flags;  // CLI11 keeps references to the values.
};

// CLI11's help without the names of the environment, which the flags' own names tell.
class HelpForm : public CLI::Formatter {
public:
    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : ' ' + type;
    }
    std::string make_usage(const CLI::App* app, std::string name) const override {
        if (app->get_parent() != nullptr) name = app->get_parent()->get_name() + ' ' + name;
        return CLI::Formatter::make_usage(app, name);
    }
};

void declare_flag(CLI::App& app, const Flag& flag, const FlagGroup& group, Declared& declared) {
    const std::string name(flag.name);
    const std::string about(flag.about);
    declared.flag = &flag;
    switch (flag.kind) {
        case FlagKind::text:
            declared.option = app.add_option(name, declared.text, about)->take_last();
            break;
        case FlagKind::list:
            declared.option = app.add_option(name, declared.texts, about)
                                  ->delimiter(',')
                                  ->allow_extra_args(false);
            break;
        case FlagKind::toggle: declared.option = app.add_flag(name, declared.is_on, about); break;
        case FlagKind::argument:
            declared.option = app.add_option(name, declared.text, about);
            break;
        case FlagKind::arguments:
            declared.option = app.add_option(name, declared.texts, about);
            break;
    }
    declared.option->type_name(std::string(flag.type));
    if (!is_argument(flag.kind)) declared.option->group(std::string(group.title));
}

void declare_command(CLI::App& app, const CommandSpec& spec, DeclaredCommand& command) {
    command.spec = &spec;
    command.app = app.add_subcommand(std::string(spec.name), std::string(spec.about));
    command.app->set_help_flag("-h,--help", "Print this");
    command.app->footer("Examples:\n" + std::string(spec.examples));
    // What nobody declared is looked at by us, so that the nearest name can be told.
    command.app->allow_extras();
    for (const FlagGroup& group : spec.groups) {
        for (const Flag& flag : group.flags) {
            declare_flag(*command.app, flag, group, command.flags.emplace_back());
        }
    }
    if (config_keys_of(spec).empty()) return;
    for (const Flag& flag : config_flags().flags) {
        declare_flag(*command.app, flag, config_flags(), command.flags.emplace_back());
    }
}

void declare(CLI::App& app, std::deque<DeclaredCommand>& commands) {
    // Before the commands are added: they take it over.
    app.formatter(std::make_shared<HelpForm>());
    app.get_formatter()->column_width(31);
    app.set_help_flag("-h,--help", "Print this");
    app.set_version_flag("--version", "muster " MUSTER_VERSION);
    app.allow_extras();
    // After one of them, the name of another is an argument: `muster man get`.
    app.require_subcommand(0, 1);
    for (const CommandSpec& spec : command_table()) {
        declare_command(app, spec, commands.emplace_back());
    }
}

// The first screen, for which CLI11's form is too long.
std::string summary() {
    std::string text =
        "muster: the live load of a fleet of LLM inference workers\n"
        "Usage: muster COMMAND [OPTIONS]        muster COMMAND --help | muster --version\n\n";
    for (const CommandSpec& spec : command_table()) {
        std::string line = "  " + std::string(spec.name);
        line.resize(std::max<std::size_t>(line.size() + 2, 14), ' ');
        text.append(line).append(spec.about).append("\n");
    }
    return text +
           "\nFlags may stand in the environment (MUSTER_NATS) or in a file (--config).\n"
           "Exit codes: 0 done; 1 found trouble; 2 wrong usage; 3 could not reach or start.\n\n"
           "  muster demo                               see it work, needs nats-server only\n"
           "  muster get --nats nats://127.0.0.1:4222   the fleet behind a broker, once\n";
}

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    }
    return flags;
}

std::vector<std::string> names_of_commands() {
    std::vector<std::string> names;
    for (const CommandSpec& spec : command_table()) names.emplace_back(spec.name);
    return names;
}

// What was given and nobody declared.
Result<void> check_extras(const CLI::App& app, const CLI::App* command) {
    const CLI::App& at = command != nullptr ? *command : app;
    const std::string help = "`" + (command != nullptr ? "muster " + at.get_name() : "muster") +
                             " --help` lists what there is";
    for (std::string extra : at.remaining()) {
        if (extra.starts_with("-")) {
            extra = extra.substr(0, extra.find('='));
            return wrong_usage("unknown flag: " + extra + ": " +
                               suggestion(extra, flags_of(at), help));
        }
        if (command == nullptr) {
            return wrong_usage("unknown command: " + extra + ": " +
                               suggestion(extra, names_of_commands(), help));
        }
        return wrong_usage(fmt::format("unexpected: {}: {}", extra, help));
    }
    if (command == nullptr) {
        return wrong_usage("no command: muster: give one, such as `muster get`: " + help);
    }
    return {};
}

// CLI11 says "--output: 1 required TEXT missing"; the flag is what we need of it.
std::unexpected<Error> sentence_of(const CLI::ParseError& error) {
    const std::string text = error.what();
    const std::string flag = text.substr(0, text.find(':'));
    if (error.get_name() == "ArgumentMismatch" && flag.starts_with("--")) {
        return wrong_usage("no value: " + flag + ": give it one, as in `" + flag + " VALUE`");
    }
    return wrong_usage("wrong usage: " + text + ": `muster --help` lists what there is");
}

GivenFlags typed_to(const DeclaredCommand& command) {
    GivenFlags typed;
    for (const Declared& declared : command.flags) {
        if (declared.option->count() == 0) continue;
        const Flag& flag = *declared.flag;
        GivenValue value;
        value.origin = FlagOrigin::command_line;
        if (flag.kind == FlagKind::list || flag.kind == FlagKind::arguments)
            value.texts = declared.texts;
        else if (flag.kind == FlagKind::toggle)
            value.is_off = !declared.is_on;
        else
            value.texts = {declared.text};
        typed.set(flag.name, std::move(value));
    }
    return typed;
}

Result<CommandLine> read_command(const DeclaredCommand& command) {
    const CommandSpec& spec = *command.spec;
    auto given = gather_flags(spec, typed_to(command));
    if (!given) return std::unexpected(std::move(given.error()));
    auto read = spec.read(*given);
    if (!read) return std::unexpected(std::move(read.error()));
    // Only what can be used is printed.
    if (given->is_given("--print-config")) return PrintedText{printed_config(spec, *given)};
    return ChosenCommand{std::move(*read), spec.ends_by_signal};
}

}  // namespace

Result<CommandLine> read_command_line(std::span<const char* const> arguments) {
    CLI::App app;
    app.name("muster");
    std::deque<DeclaredCommand> commands;
    declare(app, commands);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return PrintedText{chosen.empty() ? summary() : chosen.front()->help()};
    } catch (const CLI::CallForVersion& version) {
        return PrintedText{std::string(version.what()) + '\n'};
    } catch (const CLI::ParseError& error) {
        return sentence_of(error);
    }
    const auto chosen = app.get_subcommands();
    const CLI::App* const at = chosen.empty() ? nullptr : chosen.front();
    if (auto checked = check_extras(app, at); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    for (const DeclaredCommand& command : commands) {
        if (command.app == at) return read_command(command);
    }
    return wrong_usage("no command: muster: give one, such as `muster get`");
}

}  // namespace muster
