// The command line: which command, with which options, all checked.
//
// Made from the tables of flags/. Pure but for the environment and the secrets' files that the
// flags name. The only part that knows the parser's library.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>

#include "flags/command.hpp"
#include "muster/base/error.hpp"

namespace muster {

/// Asked for with --help or --version: goes to stdout, code 0.
struct PrintedText {
    std::string text;
};

struct ChosenCommand {
    std::unique_ptr<Command> command;
    bool ends_by_signal = false;  ///< See CommandSpec.
};

using CommandLine = std::variant<PrintedText, ChosenCommand>;

/// `arguments` without the program's name. Fails (bad_input) with one whole sentence that names the
/// flag, and the nearest name for a misspelt one.
[[nodiscard]] Result<CommandLine> read_command_line(std::span<const char* const> arguments);

}  // namespace muster
