// Walks the document once: sections, keys, values.
#include "flags/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "flags/config_keys.hpp"
#include "flags/is_among.hpp"
#include "flags/toml_tree.hpp"
#include "flags/usage_error.hpp"

namespace muster {
namespace {

struct KnownSection {
    std::string name;
    bool repeats = false;
};

std::vector<KnownSection> known_sections() {
    std::vector<KnownSection> sections;
    for (const ConfigKey& key : config_keys()) {
        const std::string name(key.section());
        if (name.empty() || is_among(sections, name, &KnownSection::name)) continue;
        sections.push_back({name, key.repeats});
    }
    return sections;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

class Reading {
public:
    explicit Reading(const std::string& path) : path_(path), sections_(known_sections()) {}

    Result<ConfigFile> read(const TomlNode& document) {
        for (const TomlMember& member : document.members) {
            if (auto read = read_top(member); !read) return std::unexpected(read.error());
        }
        return std::move(file_);
    }

private:
    Result<void> read_top(const TomlMember& member) {
        if (member.key == kLabelsSection) return read_labels(member, path_, file_.tables);
        if (member.key == kExpectSection) return read_expectations(member, path_, file_.tables);
        const auto section = std::ranges::find(sections_, member.key, &KnownSection::name);
        if (section != sections_.end()) return read_section(member, *section);
        return read_key(member, "", file_.values);
    }

    Result<void> read_section(const TomlMember& member, const KnownSection& section) {
        const std::string at = member.place.in(path_) + ": ";
        if (member.value.kind == TomlKind::table) {
            if (!section.repeats) return read_keys(member.value, section.name, file_.values);
            return read_repeated(member.value, member.place, section.name);
        }
        const bool tables = member.value.kind == TomlKind::array &&
                            std::ranges::all_of(member.value.items, [](const TomlNode& item) {
                                return item.kind == TomlKind::table;
                            });
        if (!tables) {
            return wrong_usage("not a section: " + at + section.name + ": write [" + section.name +
                               "], and its keys below it");
        }
        if (!section.repeats) {
            return wrong_usage("not a list: " + at + "[[" + section.name +
                               "]]: there is only one: write [" + section.name + "]");
        }
        if (member.value.items.size() > kConfigSectionsMax) {
            return wrong_usage(fmt::format("too many sections: {}[[{}]]: {} at most", at,
                                           section.name, kConfigSectionsMax));
        }
        for (const TomlNode& item : member.value.items) {
            if (auto read = read_repeated(item, item.place, section.name); !read) return read;
        }
        return {};
    }

    Result<void> read_repeated(const TomlNode& table, TomlPlace place, const std::string& section) {
        ConfigFile::Section& made = file_.sections[section].emplace_back();
        made.place = place.in(path_) + ": [[" + section + "]]";
        return read_keys(table, section, made.values);
    }

    Result<void> read_keys(const TomlNode& table, const std::string& section,
                           GivenFlags::Values& values) {
        for (const TomlMember& member : table.members) {
            if (auto read = read_key(member, section, values); !read) return read;
        }
        return {};
    }

    Result<void> read_key(const TomlMember& member, const std::string& section,
                          GivenFlags::Values& values) {
        const std::string path = section.empty() ? member.key : section + '.' + member.key;
        const auto key = std::ranges::find(config_keys(), path, &ConfigKey::path);
        if (key == config_keys().end()) return unknown(member, section);
        const std::string where = member.place.in(path_) + ": " + path;
        auto value = value_of(member.value, *key, where);
        if (!value) return std::unexpected(std::move(value.error()));
        values.insert_or_assign(path, std::move(*value));
        return {};
    }

    Result<void> unknown(const TomlMember& member, const std::string& section) const {
        const std::string shown = toml_key(member.key);
        const std::string where =
            member.place.in(path_) + ": " + (section.empty() ? shown : section + '.' + shown);
        std::vector<std::string> names;
        for (const ConfigKey& key : config_keys()) {
            if (key.section() == section) names.emplace_back(key.name());
        }
        if (section.empty()) {
            for (const KnownSection& known : sections_) names.push_back(known.name);
            names.emplace_back(kLabelsSection);
            names.emplace_back(kExpectSection);
        }
        return wrong_usage("unknown key: " + where + ": " +
                           suggestion(member.key, names, "there are " + joined(names)));
    }

    Result<GivenValue> value_of(const TomlNode& node, const ConfigKey& key,
                                const std::string& where) const {
        GivenValue value;
        value.origin = FlagOrigin::file;
        value.place = where;
        const std::string name(key.name());
        switch (key.flag->kind) {
            case FlagKind::toggle:
                if (node.kind != TomlKind::boolean) {
                    return wrong_usage("not a switch: " + where + ": write " + name +
                                       " = true or " + name + " = false");
                }
                value.is_off = node.text == "false";
                return value;
            case FlagKind::list: {
                auto texts = texts_of(node, where, name);
                if (!texts) return std::unexpected(std::move(texts.error()));
                value.texts = std::move(*texts);
                return value;
            }
            case FlagKind::text:
            case FlagKind::argument:
            case FlagKind::arguments: break;
        }
        if (node.kind != TomlKind::text && node.kind != TomlKind::number) {
            return wrong_usage("not a text: " + where + ": write " + name + " = \"" +
                               std::string(key.flag->type) + "\"");
        }
        value.texts = {key.flag->type == "FILE" ? resolved(node.text) : node.text};
        return value;
    }

    static Result<std::vector<std::string>> texts_of(const TomlNode& node, const std::string& where,
                                                     const std::string& name) {
        if (node.kind == TomlKind::text) return std::vector{node.text};
        std::vector<std::string> texts;
        bool all_texts = node.kind == TomlKind::array;
        for (const TomlNode& item : node.items) {
            all_texts = all_texts && item.kind == TomlKind::text;
            texts.push_back(item.text);
        }
        if (all_texts) return texts;
        return wrong_usage("not a list of texts: " + where + ": write " + name +
                           " = [\"...\", \"...\"]");
    }

    // A file that the configuration names lies beside it, wherever muster was started.
    [[nodiscard]] std::string resolved(const std::string& named) const {
        if (named.empty() || named == "-") return named;
        const std::filesystem::path file(named);
        if (file.is_absolute()) return named;
        std::error_code failed;
        const auto base = std::filesystem::absolute(path_, failed).parent_path();
        return failed ? named : (base / file).lexically_normal().string();
    }

    const std::string& path_;
    std::vector<KnownSection> sections_;
    ConfigFile file_;
};

}  // namespace

Result<ConfigFile> parse_config(std::string_view text, const std::string& path) {
    auto document = parse_toml(text, path);
    if (!document) return std::unexpected(std::move(document.error()));
    return Reading(path).read(*document);
}

Result<ConfigFile> read_config_file(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
        return wrong_usage("not a file: " + path + ": it is a folder: name the file in it");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) {
        return wrong_usage("cannot read the configuration: " + path + ": " +
                           std::generic_category().message(errno) +
                           ": name a readable file with --config");
    }
    std::string text(kConfigBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (file.bad()) {
        return wrong_usage("cannot read the configuration: " + path +
                           ": name a readable file with --config");
    }
    if (text.size() > kConfigBytesMax) {
        return wrong_usage("too large: " + path + ": a configuration has at most 1 MiB");
    }
    return parse_config(text, path);
}

}  // namespace muster
