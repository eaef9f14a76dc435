// From the tables of flags to keys.
#include "flags/config_keys.hpp"

#include <algorithm>
#include <array>

#include "flags/command_table.hpp"

namespace muster {
namespace {

std::string path_of(const CommandSpec& spec, const FlagGroup& group, const Flag& flag) {
    if (!flag.key.empty()) return std::string(flag.key);
    std::string path(group.section.empty() ? spec.name : group.section);
    path += '.';
    for (const char c : flag.name.substr(2)) path += c == '-' ? '_' : c;
    return path;
}

}  // namespace

std::string_view ConfigKey::section() const {
    const std::size_t dot = path.find('.');
    return dot == std::string::npos ? std::string_view() : std::string_view(path).substr(0, dot);
}

std::string_view ConfigKey::name() const {
    const std::size_t dot = path.find('.');
    return std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1);
}

std::vector<ConfigKey> config_keys_of(const CommandSpec& spec) {
    std::vector<ConfigKey> keys;
    for (const FlagGroup& group : spec.groups) {
        for (const Flag& flag : group.flags) {
            if (is_argument(flag.kind) || flag.key == kNoKey) continue;
            keys.push_back({path_of(spec, group, flag), &flag, group.repeats});
        }
    }
    return keys;
}

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> all = [] {
        std::vector<ConfigKey> keys;
        for (const CommandSpec& spec : command_table()) {
            for (ConfigKey& key : config_keys_of(spec)) {
                const auto known = std::ranges::find(keys, key.path, &ConfigKey::path);
                if (known == keys.end()) keys.push_back(std::move(key));
            }
        }
        return keys;
    }();
    return all;
}

const FlagGroup& config_flags() {
    static constexpr std::array kFlags = {
        Flag{"--config", "FILE", "Settings, such as muster.toml", FlagKind::text, kNoKey},
        Flag{"--print-config", "", "Print what is in force, as such a file", FlagKind::toggle,
             kNoKey},
    };
    static constexpr FlagGroup kGroup{"Configuration", kFlags};
    return kGroup;
}

}  // namespace muster
