// The keys of the configuration file, made from the flags of the commands.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flags/command.hpp"
#include "flags/flag.hpp"

namespace muster {

struct ConfigKey {
    std::string path;  ///< "collection.patience"; without a dot: above all sections.
    const Flag* flag = nullptr;
    bool repeats = false;  ///< Of a [[section]].

    [[nodiscard]] std::string_view section() const;
    [[nodiscard]] std::string_view name() const;  ///< "patience"
};

/// Those of a command, in the order of its groups.
[[nodiscard]] std::vector<ConfigKey> config_keys_of(const CommandSpec& spec);

/// Those of all commands, each path once.
[[nodiscard]] const std::vector<ConfigKey>& config_keys();

/// --config and --print-config: for every command that has a flag with a key.
[[nodiscard]] const FlagGroup& config_flags();

}  // namespace muster
