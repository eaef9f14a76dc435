// One function for each shell; what there is to complete is the same for all.
#include "shell/completion.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "flags/command_table.hpp"
#include "flags/config_keys.hpp"

namespace muster {
namespace {

std::vector<const Flag*> flags_of(const CommandSpec& spec) {
    std::vector<const Flag*> flags;
    for (const FlagGroup& group : spec.groups) {
        for (const Flag& flag : group.flags) flags.push_back(&flag);
    }
    if (config_keys_of(spec).empty()) return flags;
    for (const Flag& flag : config_flags().flags) flags.push_back(&flag);
    return flags;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const CommandSpec& spec : command_table()) names.emplace_back(spec.name);
    return names;
}

std::vector<std::string> choices_of(const Flag& flag) {
    if (flag.type == "COMMAND") return command_names();
    return {flag.choices.begin(), flag.choices.end()};
}

bool takes_file(const Flag& flag) {
    return flag.type == "FILE" || flag.type == "FOLDER";
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

// What may stand where a value does not: flags, and the choices of an argument.
std::vector<std::string> words_of(const CommandSpec& spec) {
    std::vector<std::string> words;
    for (const Flag* flag : flags_of(spec)) {
        if (!is_argument(flag->kind)) {
            words.emplace_back(flag->name);
            continue;
        }
        for (std::string& choice : choices_of(*flag)) words.push_back(std::move(choice));
    }
    words.emplace_back("--help");
    return words;
}

std::string bash_values(const CommandSpec& spec) {
    std::vector<std::string> files;
    std::vector<std::string> nothing;
    std::string cases;
    for (const Flag* flag : flags_of(spec)) {
        const bool has_value = flag->kind == FlagKind::text || flag->kind == FlagKind::list;
        if (!has_value) continue;
        const std::vector<std::string> choices = choices_of(*flag);
        if (!choices.empty()) {
            cases += "        " + std::string(flag->name) + ") values='" + joined(choices, " ") +
                     "' ;;\n";
        } else {
            (takes_file(*flag) ? files : nothing).emplace_back(flag->name);
        }
    }
    if (!files.empty()) {
        cases += "        " + joined(files, "|") +
                 ")\n          mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                 "          compopt -o filenames 2>/dev/null\n          return ;;\n";
    }
    if (!nothing.empty()) cases += "        " + joined(nothing, "|") + ") return ;;\n";
    return cases.empty() ? cases : "      case $prev in\n" + cases + "      esac\n";
}

std::string bash_script() {
    std::string text =
        "# Completions of muster for bash: `source <(muster completion bash)`, or a file of\n"
        "# /usr/share/bash-completion/completions called muster.\n"
        "_muster() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= values=\n"
        "  COMPREPLY=()\n"
        "  # \"--flag=value\" comes as three words.\n"
        "  if [[ $cur == = ]]; then cur=\n"
        "  elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}\n"
        "  fi\n"
        "  if ((COMP_CWORD == 1)); then\n"
        "    mapfile -t COMPREPLY < <(compgen -W '" +
        joined(command_names(), " ") +
        " --help --version' -- \"$cur\")\n"
        "    return\n"
        "  fi\n"
        "  case ${COMP_WORDS[1]} in\n";
    for (const CommandSpec& spec : command_table()) {
        text += "    " + std::string(spec.name) + ")\n" + bash_values(spec) + "      words='" +
                joined(words_of(spec), " ") + "' ;;\n";
    }
    return text +
           "    *) return ;;\n"
           "  esac\n"
           "  mapfile -t COMPREPLY < <(compgen -W \"${values:-$words}\" -- \"$cur\")\n"
           "}\n"
           "complete -F _muster muster\n";
}

// Inside a bracket or between colons of _arguments, and inside single quotes.
std::string zsh_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : one_line(text)) {
        if (c == '\'') {
            escaped += "'\\''";
            continue;
        }
        if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string zsh_value(const Flag& flag) {
    const std::vector<std::string> choices = choices_of(flag);
    const std::string name = ':' + zsh_escaped(flag.type.empty() ? flag.name : flag.type) + ':';
    if (!choices.empty()) return name + '(' + joined(choices, " ") + ')';
    return takes_file(flag) ? name + "_files" : name;
}

std::string zsh_flag(const Flag& flag) {
    const std::string about = '[' + zsh_escaped(flag.about) + ']';
    const std::string name(flag.name);
    switch (flag.kind) {
        case FlagKind::argument: return "'" + zsh_value(flag) + "'";
        case FlagKind::arguments: return "'*" + zsh_value(flag) + "'";
        case FlagKind::toggle: return "'" + name + about + "'";
        case FlagKind::list: return "'*" + name + '=' + about + zsh_value(flag) + "'";
        case FlagKind::text: break;
    }
    return "'" + name + '=' + about + zsh_value(flag) + "'";
}

std::string zsh_script() {
    std::string text =
        "#compdef muster\n"
        "# Completions of muster for zsh: a file called _muster in a folder of $fpath.\n"
        "_muster() {\n"
        "  local -a commands\n"
        "  commands=(\n";
    for (const CommandSpec& spec : command_table()) {
        text += "    '" + std::string(spec.name) + ':' + zsh_escaped(spec.about) + "'\n";
    }
    text +=
        "  )\n"
        "  if (( CURRENT == 2 )); then\n"
        "    _describe command commands\n"
        "    return\n"
        "  fi\n"
        "  local command=$words[2]\n"
        "  shift words\n"
        "  (( CURRENT -= 1 ))\n"
        "  case $command in\n";
    for (const CommandSpec& spec : command_table()) {
        text += "    " + std::string(spec.name) + ")\n      _arguments \\\n";
        for (const Flag* flag : flags_of(spec)) text += "        " + zsh_flag(*flag) + " \\\n";
        text += "        '--help[Print this]' ;;\n";
    }
    return text +
           "  esac\n"
           "}\n"
           "if [ \"$funcstack[1]\" = _muster ]; then _muster \"$@\"; else compdef _muster muster; "
           "fi\n";
}

std::string fish_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : one_line(text)) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

std::string fish_flag(const CommandSpec& spec, const Flag& flag) {
    std::string line =
        "complete -c muster -n '__fish_seen_subcommand_from " + std::string(spec.name) + "'";
    const std::vector<std::string> choices = choices_of(flag);
    if (is_argument(flag.kind)) {
        return choices.empty() ? "" : line + " -a " + fish_quoted(joined(choices, " ")) + '\n';
    }
    line += " -l " + std::string(flag.name.substr(2));
    if (flag.kind != FlagKind::toggle) line += takes_file(flag) ? " -r -F" : " -x";
    if (!choices.empty()) line += " -a " + fish_quoted(joined(choices, " "));
    return line + " -d " + fish_quoted(flag.about) + '\n';
}

std::string fish_script() {
    std::string text =
        "# Completions of muster for fish: ~/.config/fish/completions/muster.fish.\n"
        "complete -c muster -f\n";
    for (const CommandSpec& spec : command_table()) {
        text += "complete -c muster -n __fish_use_subcommand -a " + std::string(spec.name) +
                " -d " + fish_quoted(spec.about) + '\n';
    }
    for (const CommandSpec& spec : command_table()) {
        for (const Flag* flag : flags_of(spec)) text += fish_flag(spec, *flag);
    }
    return text;
}

}  // namespace

std::string completion_script(Shell shell) {
    switch (shell) {
        case Shell::bash: return bash_script();
        case Shell::zsh: return zsh_script();
        case Shell::fish: break;
    }
    return fish_script();
}

}  // namespace muster
