// Section by section, in the order of the command's flags.
#include "flags/print_config.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "flags/config_keys.hpp"
#include "flags/config_tables.hpp"
#include "flags/is_among.hpp"
#include "flags/toml_tree.hpp"

namespace muster {
namespace {

constexpr std::size_t kCommentColumn = 44;

std::string value_text(const Flag& flag, const GivenValue& value) {
    if (flag.kind == FlagKind::toggle) return value.is_off ? "false" : "true";
    if (flag.kind != FlagKind::list)
        return toml_text(value.texts.empty() ? "" : value.texts.back());
    std::string list;
    for (const std::string& text : value.texts) {
        list += (list.empty() ? "" : ", ") + toml_text(text);
    }
    return '[' + list + ']';
}

std::string unset_text(const Flag& flag) {
    if (flag.kind == FlagKind::toggle) return "false";
    const std::string_view shown = default_of(flag).empty() ? flag.type : default_of(flag);
    return flag.kind == FlagKind::list ? '[' + toml_text(shown) + ']' : toml_text(shown);
}

std::string origin_text(const Flag& flag, const GivenValue& value) {
    switch (value.origin) {
        case FlagOrigin::command_line: return std::string(flag.name);
        case FlagOrigin::environment: return variable_of(flag.name);
        case FlagOrigin::file: return value.place.substr(0, value.place.find(": "));
        case FlagOrigin::nowhere: break;
    }
    return {};
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

void add_line(std::string& text, std::string line, std::string_view comment) {
    if (line.size() < kCommentColumn) line.resize(kCommentColumn, ' ');
    text += line + "  # " + one_line(comment) + '\n';
}

void add_key(std::string& text, const ConfigKey& key, const GivenFlags& given) {
    const Flag& flag = *key.flag;
    const std::string name(key.name());
    const GivenValue* const value = given.find(flag.name);
    if (value == nullptr)
        add_line(text, "# " + name + " = " + unset_text(flag), flag.about);
    else
        add_line(text, name + " = " + value_text(flag, *value), origin_text(flag, *value));
}

void add_repeated(std::string& text, const std::vector<ConfigKey>& keys, std::string_view section,
                  const GivenFlags& given) {
    const std::vector<GivenFlags>& each = given.sections(section);
    for (const GivenFlags& one : each) {
        text += "\n[[" + std::string(section) + "]]\n";
        for (const ConfigKey& key : keys) {
            if (key.section() == section) add_key(text, key, one);
        }
    }
    if (!each.empty()) return;
    text += "\n# [[" + std::string(section) + "]]\n";
    for (const ConfigKey& key : keys) {
        if (key.section() == section) add_key(text, key, {});
    }
}

}  // namespace

std::string_view default_of(const Flag& flag) {
    const std::string_view about = flag.about;
    const std::size_t open = about.rfind('[');
    if (open == std::string_view::npos || !about.ends_with(']')) return {};
    const std::string_view shown = about.substr(open + 1, about.size() - open - 2);
    return shown.contains(' ') ? std::string_view() : shown;
}

std::string printed_config(const CommandSpec& spec, const GivenFlags& given) {
    const std::vector<ConfigKey> keys = config_keys_of(spec);
    std::vector<std::string> sections;
    // What belongs to no section must stand above them all.
    const auto has_none = [](const ConfigKey& key) { return key.section().empty(); };
    if (std::ranges::any_of(keys, has_none)) sections.emplace_back();
    for (const ConfigKey& key : keys) {
        const std::string section(key.section());
        if (!is_among(sections, section)) sections.push_back(section);
    }
    std::string text = "# What `muster " + std::string(spec.name) +
                       "` has in force. What is not set stands as a comment, with its default\n"
                       "# where there is one.\n";
    for (const std::string& section : sections) {
        const auto first = std::ranges::find(keys, section, &ConfigKey::section);
        if (first->repeats) {
            add_repeated(text, keys, section, given);
            continue;
        }
        text += section.empty() ? "\n" : "\n[" + section + "]\n";
        for (const ConfigKey& key : keys) {
            if (key.section() == section) add_key(text, key, given);
        }
    }
    const std::string tables = toml_of(given.tables());
    return tables.empty() ? text : text + '\n' + tables;
}

}  // namespace muster
