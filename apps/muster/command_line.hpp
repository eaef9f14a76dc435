// The command line: which command, with which options, all checked.
//
// Pure but for the environment and the secrets' files that the flags name. The only part that knows
// the parser's library.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "demo_command.hpp"
#include "get_command.hpp"
#include "muster/base/error.hpp"
#include "serve_command.hpp"
#include "sim_command.hpp"

namespace muster {

/// Asked for with --help or --version: goes to stdout, code 0.
struct PrintedText {
    std::string text;
};

using Command = std::variant<PrintedText, GetOptions, ServeOptions, DemoOptions, SimOptions>;

/// `arguments` without the program's name. Fails (bad_input) with one whole sentence that names the
/// flag, and the nearest name for a misspelt one.
[[nodiscard]] Result<Command> read_command_line(std::span<const char* const> arguments);

}  // namespace muster
