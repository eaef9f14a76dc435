// Three layers, the strongest first.
#include "flags/gather_flags.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "flags/config_file.hpp"
#include "flags/config_keys.hpp"
#include "flags/is_among.hpp"
#include "flags/usage_error.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 4> kOn = {"1", "true", "yes", "on"};
constexpr std::array<std::string_view, 4> kOff = {"0", "false", "no", "off"};

Result<void> add_variable(const Flag& flag, GivenFlags& given) {
    if (is_argument(flag.kind) || given.find(flag.name) != nullptr) return {};
    const std::string name = variable_of(flag.name);
    const char* const text = std::getenv(name.c_str());
    if (text == nullptr || *text == '\0') return {};
    GivenValue value;
    value.origin = FlagOrigin::environment;
    if (flag.kind == FlagKind::toggle) {
        value.is_off = is_among(kOff, text);
        if (!value.is_off && !is_among(kOn, text)) {
            return wrong_usage("not a switch: " + name + ' ' + text + ": give true or false");
        }
    } else if (flag.kind == FlagKind::list) {
        value.texts = split_at_commas(text);
    } else {
        value.texts = {text};
    }
    given.set(flag.name, std::move(value));
    return {};
}

// The flags of one repeated group, once per thing that they speak of.
std::vector<GivenFlags> sections_of(const std::vector<ConfigKey>& keys, std::string_view section,
                                    const GivenFlags& given, const ConfigFile& file) {
    std::vector<const ConfigKey*> own;
    for (const ConfigKey& key : keys) {
        if (key.repeats && key.section() == section) own.push_back(&key);
    }
    const auto add_given = [&](GivenFlags& one) {
        for (const ConfigKey* key : own) {
            if (const GivenValue* value = given.find(key->flag->name)) {
                one.set(key->flag->name, *value);
            }
        }
    };
    std::vector<GivenFlags> all;
    if (given.is_given(own.front()->flag->name)) {
        add_given(all.emplace_back());
        return all;
    }
    const auto written = file.sections.find(section);
    if (written == file.sections.end()) return all;
    for (const ConfigFile::Section& from : written->second) {
        GivenFlags& one = all.emplace_back();
        one.set_place(from.place);
        for (const ConfigKey* key : own) {
            const auto value = from.values.find(key->path);
            if (value != from.values.end()) one.set(key->flag->name, value->second);
        }
        add_given(one);
    }
    return all;
}

void add_file(const CommandSpec& spec, const ConfigFile& file, GivenFlags& given) {
    const std::vector<ConfigKey> keys = config_keys_of(spec);
    std::vector<std::string> repeated;
    for (const ConfigKey& key : keys) {
        if (key.repeats) {
            const std::string section(key.section());
            if (!is_among(repeated, section)) repeated.push_back(section);
            continue;
        }
        const auto value = file.values.find(key.path);
        if (value == file.values.end() || given.find(key.flag->name) != nullptr) continue;
        given.set(key.flag->name, value->second);
    }
    for (const std::string& section : repeated) {
        given.set_sections(section, sections_of(keys, section, given, file));
    }
    given.set_tables(std::make_shared<const ConfigTables>(file.tables));
}

}  // namespace

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

Result<GivenFlags> gather_flags(const CommandSpec& spec, const GivenFlags& typed) {
    GivenFlags given = typed;
    for (const FlagGroup& group : spec.groups) {
        for (const Flag& flag : group.flags) {
            if (auto added = add_variable(flag, given); !added) {
                return std::unexpected(std::move(added.error()));
            }
        }
    }
    for (const Flag& flag : config_flags().flags) {
        if (auto added = add_variable(flag, given); !added) {
            return std::unexpected(std::move(added.error()));
        }
    }
    ConfigFile file;
    if (const std::string path = given.text("--config"); !path.empty()) {
        auto read = read_config_file(path);
        if (!read) return std::unexpected(std::move(read.error()));
        file = std::move(*read);
        given.set_has_file(true);
    }
    add_file(spec, file, given);
    given.set_again([&spec, typed] { return gather_flags(spec, typed); });
    return given;
}

}  // namespace muster
