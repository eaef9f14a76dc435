// ConfigFile: muster.toml, read and held against the keys there are.
//
// Every key is looked at, also those of other commands: one file serves them all. Values stay text;
// the commands' `read` functions check those they use. Reads the file it is given, nothing else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flags/config_tables.hpp"
#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"

namespace muster {

/// A larger file is none of ours: refused, so that a wrong path cannot fill the memory.
inline constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;
/// [[nats]] sections: a connection and two threads each.
inline constexpr std::size_t kConfigSectionsMax = 64;

struct ConfigFile {
    struct Section {
        std::string place;          ///< "muster.toml:3:1: [[nats]]"
        GivenFlags::Values values;  ///< By the key's path.
    };
    GivenFlags::Values values;  ///< By the key's path.
    std::map<std::string, std::vector<Section>, std::less<>> sections;
    ConfigTables tables;
};

/// Fails (bad_input) with a whole sentence: "what: FILE:LINE:COLUMN: KEY: what to do".
[[nodiscard]] Result<ConfigFile> read_config_file(const std::string& path);

/// The same of a text. `path` names it, and files in it are relative to its folder.
[[nodiscard]] Result<ConfigFile> parse_config(std::string_view text, const std::string& path);

}  // namespace muster
