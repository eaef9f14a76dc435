// TomlTree: a TOML document as plain values, each with its place, in the order of the file.
//
// The only part that knows the TOML library. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"

namespace muster {

struct TomlPlace {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    /// "FILE:LINE:COLUMN"
    [[nodiscard]] std::string in(std::string_view file) const;
};

enum class TomlKind : std::uint8_t { table, array, text, number, boolean, moment };

struct TomlMember;

struct TomlNode {
    TomlKind kind = TomlKind::table;
    std::string text;  ///< Of a text itself; of a number or boolean as it would be written.
    TomlPlace place;
    std::vector<TomlMember> members;  ///< Of a table.
    std::vector<TomlNode> items;      ///< Of an array.
};

struct TomlMember {
    std::string key;
    TomlPlace place;  ///< Of the key.
    TomlNode value;
};

/// Fails (bad_input) with a whole sentence: "not TOML: FILE:LINE:COLUMN: ...". `file` is what the
/// sentence calls it.
[[nodiscard]] Result<TomlNode> parse_toml(std::string_view text, std::string_view file);

/// As it stands in a file: "\"a \\\"b\\\"\"", and a key quoted where it must be.
[[nodiscard]] std::string toml_text(std::string_view text);
[[nodiscard]] std::string toml_key(std::string_view key);

}  // namespace muster
