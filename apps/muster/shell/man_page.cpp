// Text with the marks of man(7).
#include "shell/man_page.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "flags/command_table.hpp"
#include "flags/config_keys.hpp"

namespace muster {
namespace {

// Text that holds no marks; a line may begin with a dot.
std::string plain(std::string_view text) {
    std::string escaped;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
        line_begins = c == '\n';
        if (c == '\\')
            escaped += "\\e";
        else if (c == '-')
            escaped += "\\-";
        else
            escaped += c;
    }
    return escaped;
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string bold(std::string_view text) {
    return "\\fB" + plain(text) + "\\fR";
}

std::string capitals(std::string_view text) {
    std::string big(text);
    std::ranges::transform(big, big.begin(), [](unsigned char c) { return std::toupper(c); });
    return big;
}

// Pages are dated, and the same input gives the same page: of the last change of what they say.
constexpr std::string_view kDated = "2026-11-25";

std::string heading(std::string_view name, char section, std::string_view version) {
    return ".TH " + capitals(name) + ' ' + section + ' ' + std::string(kDated) + " \"muster " +
           std::string(version) + "\" \"muster manual\"\n";
}

std::string flag_entry(const CommandSpec& spec, const FlagGroup& group, const Flag& flag) {
    std::string text = ".TP\n";
    if (is_argument(flag.kind)) {
        return text + "\\fI" + plain(flag.name) + "\\fR\n" + plain(one_line(flag.about)) + ".\n";
    }
    text += bold(flag.name);
    if (!flag.type.empty()) text += " \\fI" + plain(flag.type) + "\\fR";
    text += '\n' + plain(one_line(flag.about)) + ".\n";
    if (flag.key == kNoKey) return text;
    std::string path;
    for (const ConfigKey& key : config_keys_of(spec)) {
        if (key.flag == &flag) path = key.path;
    }
    const std::string file =
        group.repeats ? "[[" + std::string(group.section) + "]] " + path.substr(path.find('.') + 1)
                      : path;
    return text + "(" + variable_of(flag.name) + "; " + plain(file) + ")\n";
}

std::string options_of(const CommandSpec& spec) {
    std::string text = ".SH OPTIONS\n";
    const auto add_group = [&](const FlagGroup& group) {
        if (!group.title.empty()) text += ".SS \"" + plain(group.title) + "\"\n";
        for (const Flag& flag : group.flags) text += flag_entry(spec, group, flag);
    };
    for (const FlagGroup& group : spec.groups) add_group(group);
    if (!config_keys_of(spec).empty()) {
        add_group(config_flags());
        text +=
            ".PP\nIn brackets stand the variable of the environment and the key of "
            "\\fBmuster.toml\\fR(5) that say the same. A flag beats the variable, which beats the "
            "file.\n";
    }
    return text;
}

std::string exit_codes() {
    return ".SH EXIT STATUS\n"
           ".TP\n0\nDone.\n"
           ".TP\n1\nIt ran and found trouble.\n"
           ".TP\n2\nWrong usage or configuration.\n"
           ".TP\n3\nWhat it needs could not be reached or started.\n"
           ".TP\n130, 143\nEnded by SIGINT, SIGTERM.\n";
}

std::string examples_of(std::string_view examples) {
    std::string text = ".SH EXAMPLES\n.nf\n";
    std::istringstream lines{std::string(examples)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
        text += plain(line.substr(begin)) + '\n';
    }
    return text + ".fi\n";
}

ManPage command_page(const CommandSpec& spec, std::string_view version) {
    const std::string name = "muster-" + std::string(spec.name);
    std::string usage = bold("muster " + std::string(spec.name)) + " [\\fIOPTIONS\\fR]";
    for (const FlagGroup& group : spec.groups) {
        for (const Flag& flag : group.flags) {
            if (!is_argument(flag.kind)) continue;
            usage += " [\\fI" + plain(flag.name) + "\\fR]";
            if (flag.kind == FlagKind::arguments) usage += "...";
        }
    }
    return {"man1/" + name + ".1",
            heading(name, '1', version) + ".SH NAME\n" + plain(name) + " \\- " + plain(spec.about) +
                "\n.SH SYNOPSIS\n" + usage + '\n' + options_of(spec) + examples_of(spec.examples) +
                exit_codes() + ".SH SEE ALSO\n\\fBmuster\\fR(1), \\fBmuster.toml\\fR(5)\n"};
}

ManPage main_page(std::string_view version) {
    std::string text = heading("muster", '1', version) +
                       ".SH NAME\nmuster \\- the live load of a fleet of LLM inference workers\n"
                       ".SH SYNOPSIS\n\\fBmuster\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
                       ".SH DESCRIPTION\n"
                       "Gathers how loaded each worker of a fleet is, keeps one view of it, and "
                       "shows it: every number with its age, a broken source as a broken source.\n"
                       ".SH COMMANDS\n";
    std::string pages;
    for (const CommandSpec& spec : command_table()) {
        text += ".TP\n" + bold(spec.name) + '\n' + plain(spec.about) + ".\n";
        pages += "\\fB" + plain("muster-" + std::string(spec.name)) + "\\fR(1), ";
    }
    text +=
        ".SH ENVIRONMENT\n"
        "Every flag may stand in the environment: \\fB\\-\\-nats\\fR as \\fBMUSTER_NATS\\fR.\n"
        ".TP\n\\fBMUSTER_NATS_PASSWORD\\fR, \\fBMUSTER_NATS_TOKEN\\fR\n"
        "Secrets that stand in no file.\n"
        ".TP\n\\fBNO_COLOR\\fR\nNo colours.\n";
    return {"man1/muster.1",
            text + exit_codes() + ".SH SEE ALSO\n" + pages + "\\fBmuster.toml\\fR(5)\n"};
}

ManPage config_page(std::string_view version) {
    std::string text =
        heading("muster.toml", '5', version) +
        ".SH NAME\nmuster.toml \\- settings of muster\n"
        ".SH SYNOPSIS\n\\fBmuster serve \\-\\-config\\fR \\fIFILE\\fR\n"
        ".SH DESCRIPTION\n"
        "TOML. Each key says what a flag says; a flag beats the environment, which beats the "
        "file. Files that it names lie beside it. \\fBmuster serve \\-\\-print\\-config\\fR "
        "prints what is in force.\n.SH KEYS\n";
    const auto add = [&](const ConfigKey& key) {
        text += ".TP\n" + bold(key.name()) + " (" + bold(key.flag->name) + ")\n" +
                plain(one_line(key.flag->about)) + ".\n";
    };
    text += ".SS \"Above all sections\"\n";
    for (const ConfigKey& key : config_keys()) {
        if (key.section().empty()) add(key);
    }
    std::vector<std::string> sections;
    for (const ConfigKey& key : config_keys()) {
        const std::string name(key.section());
        if (!name.empty() && std::ranges::find(sections, name) == sections.end()) {
            sections.push_back(name);
        }
    }
    for (const std::string& name : sections) {
        const auto first = std::ranges::find(config_keys(), name, &ConfigKey::section);
        text += ".SS \"" + std::string(first->repeats ? "[[" : "[") + name +
                (first->repeats ? "]]" : "]") + "\"\n";
        for (const ConfigKey& key : config_keys()) {
            if (key.section() == name) add(key);
        }
    }
    return {"man5/muster.toml.5",
            text +
                ".SS \"[labels]\"\n"
                "\\fB\"dynamo/backend\" = { zone = \"a\" }\\fR gives labels to the workers whose "
                "component or id matches the pattern.\n"
                ".SS \"[expect]\"\n"
                "\\fB\"dynamo/backend\" = 64\\fR is how many workers of a component there should "
                "be; \\fBmuster expect learn\\fR prints the section.\n"
                ".SH SEE ALSO\n\\fBmuster\\fR(1)\n"};
}

}  // namespace

std::vector<ManPage> man_pages(std::string_view version) {
    std::vector<ManPage> pages = {main_page(version)};
    for (const CommandSpec& spec : command_table()) pages.push_back(command_page(spec, version));
    pages.push_back(config_page(version));
    return pages;
}

}  // namespace muster
