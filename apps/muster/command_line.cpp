// Declares every flag with CLI11, and turns what it finds wrong into our own sentences. Values stay
// text here; source_options and this file's readers check them.
#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "nearest_name.hpp"

namespace muster {
namespace {

std::unexpected<Error> wrong(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

constexpr const char* kDefaultServer = "http://127.0.0.1:6878";

// What the flags of all commands are read into.
struct Given {
    SourceFlags source;
    std::string listen;
    std::string server;
    std::string worker;
    std::vector<std::string> states;
    std::string output = "table";
    bool watch = false;
    bool quiet = false;
    bool no_color = false;
    bool once = false;
    bool json = false;
    SimFlags sim;
};

// "--nats-tls-ca" is MUSTER_NATS_TLS_CA in the environment.
std::string variable_of(std::string_view flag) {
    std::string name = "MUSTER";
    for (const char c : flag.substr(1)) {
        name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

void add_text(CLI::App& app, const std::string& flag, std::string& value, const char* type,
              const char* about, const char* group) {
    app.add_option(flag, value, about)
        ->type_name(type)
        ->group(group)
        ->envname(variable_of(flag))
        ->take_last();
}

void add_texts(CLI::App& app, const std::string& flag, std::vector<std::string>& values,
               const char* type, const char* about, const char* group) {
    app.add_option(flag, values, about)
        ->type_name(type)
        ->group(group)
        ->envname(variable_of(flag))
        ->delimiter(',')
        ->allow_extra_args(false);
}

void add_sources(CLI::App& app, SourceFlags& flags) {
    const char* const group = "Source";
    add_text(app, "--nats", flags.nats, "URL", "Servers of one NATS cluster, by commas", group);
    add_texts(app, "--component", flags.components, "NS/NAME", "Only this one (repeatable)", group);
    add_text(app, "--endpoint", flags.endpoint, "NAME", "Load endpoint [load_metrics]", group);
    add_text(app, "--nats-creds", flags.nats_creds, "FILE", "Credentials file (JWT)", group);
    add_text(app, "--nats-nkey", flags.nats_nkey, "FILE", "File with an nkey seed", group);
    add_text(app, "--nats-user", flags.nats_user, "NAME", "User", group);
    add_text(app, "--nats-password-file", flags.nats_password_file, "FILE",
             "Or in MUSTER_NATS_PASSWORD", group);
    add_text(app, "--nats-token-file", flags.nats_token_file, "FILE", "Or in MUSTER_NATS_TOKEN",
             group);
    add_text(app, "--nats-tls-ca", flags.nats_tls_ca, "FILE", "Authority to trust (PEM)", group);
    add_text(app, "--nats-tls-cert", flags.nats_tls_cert, "FILE", "Own certificate (PEM)", group);
    add_text(app, "--nats-tls-key", flags.nats_tls_key, "FILE", "Its key (PEM)", group);
    add_text(app, "--nats-inbox-prefix", flags.nats_inbox_prefix, "SUBJECT",
             "Of reply subjects [_INBOX]", group);
}

void add_rules(CLI::App& app, SourceFlags& flags) {
    const char* const group = "Collection (durations: 250ms, 2s, 1m)";
    add_text(app, "--interval", flags.interval, "TIME", "Between two questions [by fleet size]",
             group);
    add_text(app, "--patience", flags.patience, "TIME", "For an answer [300ms]", group);
    add_text(app, "--stale-after", flags.stale_after, "TIME", "Age of a stale load [2s]", group);
    add_text(app, "--lost-after", flags.lost_after, "TIME", "Silence of a lost worker [10s]",
             group);
    add_text(app, "--mass-lost-after", flags.mass_lost_after, "TIME",
             "If half a component is silent [1m]", group);
    add_text(app, "--frozen-after", flags.frozen_after, "TIME", "Of equal busy reports [30s]",
             group);
    add_text(app, "--publish-min-interval", flags.publish_min_interval, "TIME",
             "Between two publications [200us]", group);
}

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

struct Commands {
    CLI::App* serve = nullptr;
    CLI::App* get = nullptr;
    CLI::App* demo = nullptr;
    CLI::App* sim = nullptr;
};

CLI::App* add_command(CLI::App& app, const char* name, const char* about, const char* examples) {
    CLI::App* command = app.add_subcommand(name, about);
    command->set_help_flag("-h,--help", "Print this");
    command->footer(std::string("Examples:\n") + examples);
    // What nobody declared is looked at by us, so that the nearest name can be told.
    command->allow_extras();
    return command;
}

void add_simulation(CLI::App& app, SimFlags& flags) {
    const char* const group = "Workers";
    app.add_option("ENGINE", flags.engine, "What to imitate: dynamo")->type_name("");
    add_text(app, "--nats", flags.nats, "URL", "Server to answer on [nats://127.0.0.1:4222]",
             group);
    add_text(app, "--component", flags.component, "NS/NAME", "Whose workers [dynamo/backend]",
             group);
    add_text(app, "--workers", flags.workers, "N", "How many [8]", group);
    add_text(app, "--seed", flags.seed, "S", "The same seed gives the same loads [1]", group);
    add_text(app, "--rate", flags.rate, "R", "Changes per second and worker [1]", group);
    add_text(app, "--load", flags.load, "PLAN", "model|fixed:JSON|sine|step [model]", group);
    add_text(app, "--jitter", flags.jitter, "TIME", "Each answer late by up to this [0]", group);
    add_text(app, "--release", flags.release, "X.Y.Z", "Dynamo release to speak as [0.5.1]", group);
    app.add_flag("--no-push", flags.no_push, "Answer only, push nothing")->group(group);
    const char* const faults = "Faults";
    app.add_option("--fault", flags.faults,
                   "slow=MS mute dead restart twice garbage nan zeros\n"
                   "stopped frozen ranks=N flood=N;\n"
                   "WORKER is 3, 3-7 or * (repeatable)")
        ->type_name("KIND@WORKER[:START+DURATION]")
        ->group(faults)
        ->allow_extra_args(false);
    add_text(app, "--script", flags.script, "FILE", "The same, one per line", faults);
    add_text(app, "--for", flags.duration, "TIME", "End after this", "Run");
    add_text(app, "--print-truth", flags.print_truth, "FILE",
             "Each change as a JSON line (- stdout)", "Run");
    app.add_flag("--quiet", flags.quiet, "Only errors on stderr")->group("Run");
}

Commands declare(CLI::App& app, Given& given) {
    // Before the commands are added: they take it over.
    app.formatter(std::make_shared<HelpForm>());
    app.get_formatter()->column_width(31);
    app.description("muster: the live load of a fleet of LLM inference workers");
    app.set_help_flag("-h,--help", "Print this");
    app.set_version_flag("--version", "muster " MUSTER_VERSION);
    app.footer(
        "Each has its own --help. --nats may stand in the environment: MUSTER_NATS.\n"
        "Exit codes: 0 done; 1 found trouble; 2 wrong usage; 3 could not reach or start.\n\n"
        "  muster demo                               see it work, needs nats-server only\n"
        "  muster get --nats nats://127.0.0.1:4222   the fleet behind a broker, once");
    app.allow_extras();
    Commands commands;
    commands.serve = add_command(app, "serve", "Keep the view and serve it over HTTP",
                                 "  muster serve --nats nats://127.0.0.1:4222\n"
                                 "  muster serve --nats nats://broker:4222 --listen 0.0.0.0:6878");
    commands.get = add_command(app, "get", "Show the fleet, or one worker, once or at changes",
                               "  muster get --nats nats://127.0.0.1:4222 --output wide\n"
                               "  muster get --state stale --state lost --watch");
    commands.sim = add_command(app, "sim", "Simulate workers on a real NATS server",
                               "  muster sim dynamo --nats nats://127.0.0.1:4222 --workers 100\n"
                               "  muster sim dynamo --rate 10 --fault mute@3:5s+10s --for 30s");
    add_simulation(*commands.sim, given.sim);
    commands.demo = add_command(app, "demo", "Show a simulated fleet, live, with faults",
                                "  muster demo\n"
                                "  muster demo --once --json");
    for (CLI::App* collecting : {commands.serve, commands.get}) {
        add_sources(*collecting, given.source);
        add_rules(*collecting, given.source);
    }
    add_text(*commands.serve, "--listen", given.listen, "ADDRESS", "Serve there [127.0.0.1:6878]",
             "Serving");
    commands.serve->add_flag("--quiet", given.quiet, "Only errors on stderr")->group("Serving");
    add_text(*commands.get, "--server", given.server, "URL",
             "Running serve [http://127.0.0.1:6878]", "Source");
    commands.get->add_option("WORKER", given.worker, "Only this one, by its id")->type_name("");
    add_texts(*commands.get, "--state", given.states, "STATE",
              "unknown|fresh|late|stale|lost (repeatable)", "Output");
    add_text(*commands.get, "--output", given.output, "FORM", "table|wide|json [table]", "Output");
    commands.get->add_flag("--watch", given.watch, "A line or document per change")
        ->group("Output");
    commands.demo->add_flag("--once", given.once, "One view, then the end");
    commands.demo->add_flag("--json", given.json, "Documents instead of tables");
    add_text(*commands.demo, "--listen", given.listen, "ADDRESS", "Serve there", "Options");
    for (CLI::App* showing : {commands.get, commands.demo}) {
        showing->add_flag("--no-color", given.no_color, "As NO_COLOR in the environment");
    }
    return commands;
}

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    }
    return flags;
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::string suggestion(const std::string& given, const std::vector<std::string>& names,
                       const std::string& otherwise) {
    const auto nearest = nearest_name(given, names);
    return nearest ? "did you mean " + *nearest + "?" : otherwise;
}

// What was given and nobody declared.
Result<void> check_extras(const CLI::App& app, const CLI::App* command) {
    const CLI::App& at = command != nullptr ? *command : app;
    const std::string help = "`" + (command != nullptr ? "muster " + at.get_name() : "muster") +
                             " --help` lists what there is";
    for (std::string extra : at.remaining()) {
        if (extra.starts_with("-")) {
            extra = extra.substr(0, extra.find('='));
            return wrong("unknown flag: " + extra + ": " + suggestion(extra, flags_of(at), help));
        }
        if (command == nullptr) {
            return wrong("unknown command: " + extra + ": " +
                         suggestion(extra, commands_of(app), help));
        }
        return wrong("unexpected: " + extra + ": " + help);
    }
    if (command == nullptr) {
        return wrong("no command: muster: give one, such as `muster get`: " + help);
    }
    return {};
}

// CLI11 says "--output: 1 required TEXT missing"; the flag is what we need of it.
std::unexpected<Error> sentence_of(const CLI::ParseError& error) {
    const std::string text = error.what();
    const std::string flag = text.substr(0, text.find(':'));
    if (error.get_name() == "ArgumentMismatch" && flag.starts_with("--")) {
        return wrong("no value: " + flag + ": give it one, as in `" + flag + " VALUE`");
    }
    return wrong("wrong usage: " + text + ": `muster --help` lists what there is");
}

bool stands_in(std::span<const char* const> arguments, std::string_view flag) {
    return std::any_of(arguments.begin(), arguments.end(), [&](std::string_view argument) {
        return argument == flag ||
               (argument.starts_with(flag) && argument.substr(flag.size()).starts_with("="));
    });
}

Result<OutputForm> read_output(const std::string& text) {
    const std::vector<std::string> names = {"table", "wide", "json"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == text) return static_cast<OutputForm>(i);
    }
    return wrong("unknown form: --output " + text + ": " +
                 suggestion(text, names, "give table, wide or json"));
}

Result<FleetFilter> read_filter(const Given& given) {
    FleetFilter filter;
    filter.components = given.source.components;
    std::vector<std::string> names(kWorkerStateNames.begin(), kWorkerStateNames.end());
    names.emplace_back("lost");
    for (const std::string& text : given.states) {
        const auto found = std::find(names.begin(), names.end(), text);
        if (found == names.end()) {
            return wrong("unknown state: --state " + text + ": " +
                         suggestion(text, names, "give unknown, fresh, late, stale or lost"));
        }
        const auto index = static_cast<std::size_t>(found - names.begin());
        if (index == kWorkerStateCount)
            filter.lost = true;
        else
            filter.states.push_back(static_cast<WorkerState>(index));
    }
    return filter;
}

Result<Command> read_get(const Given& given, std::span<const char* const> arguments) {
    GetOptions options;
    const bool server_flag = stands_in(arguments, "--server");
    const bool nats_flag = stands_in(arguments, "--nats");
    if (server_flag && nats_flag) {
        return wrong("contradiction: --server and --nats: give one of the two");
    }
    // A flag beats the environment, also where the two name different roads.
    const bool server_named = server_flag || (!given.server.empty() && !nats_flag);
    if (server_named && !server_flag && !given.source.nats.empty()) {
        return wrong("contradiction: MUSTER_SERVER and MUSTER_NATS: give --server or --nats");
    }
    if (server_named || given.source.nats.empty()) {
        const std::string server = given.server.empty() ? kDefaultServer : given.server;
        auto url = parse_http_url(server);
        if (!url) {
            return wrong("not a server: --server " + server + ": " + url.error().what +
                         ": give http://HOST:PORT");
        }
        options.server = std::move(*url);
    } else {
        auto collect = read_source_flags(given.source);
        if (!collect) return std::unexpected(std::move(collect.error()));
        options.collect = std::move(*collect);
    }
    auto filter = read_filter(given);
    if (!filter) return std::unexpected(std::move(filter.error()));
    auto output = read_output(given.output);
    if (!output) return std::unexpected(std::move(output.error()));
    options.filter = std::move(*filter);
    options.output = *output;
    options.worker = given.worker;
    options.watch = given.watch;
    options.color = !given.no_color;
    return options;
}

Result<Command> read_serve(const Given& given) {
    if (given.source.nats.empty()) {
        return wrong("no source: muster serve: name one with --nats nats://HOST:PORT");
    }
    auto collect = read_source_flags(given.source);
    if (!collect) return std::unexpected(std::move(collect.error()));
    ServeOptions options;
    options.collect = std::move(*collect);
    if (!given.listen.empty()) options.listen = given.listen;
    options.quiet = given.quiet;
    return options;
}

}  // namespace

Result<Command> read_command_line(std::span<const char* const> arguments) {
    CLI::App app;
    app.name("muster");
    Given given;
    const Commands commands = declare(app, given);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return PrintedText{(chosen.empty() ? app : *chosen.front()).help()};
    } catch (const CLI::CallForVersion& version) {
        return PrintedText{std::string(version.what()) + '\n'};
    } catch (const CLI::ParseError& error) {
        return sentence_of(error);
    }
    const auto chosen = app.get_subcommands();
    const CLI::App* const command = chosen.empty() ? nullptr : chosen.front();
    if (auto checked = check_extras(app, command); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    if (command == commands.get) return read_get(given, arguments);
    if (command == commands.serve) return read_serve(given);
    if (command == commands.sim) {
        auto options = read_sim_flags(given.sim);
        if (!options) return std::unexpected(std::move(options.error()));
        return *std::move(options);
    }
    return DemoOptions{given.once, given.json, !given.no_color, given.listen};
}

}  // namespace muster
