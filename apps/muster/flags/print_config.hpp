// --print-config: what is in force for a command, as a file that --config reads back.
//
// Pure; any thread. No secret can be in it: there is no flag that holds one.
#pragma once

#include <string>

#include "flags/command.hpp"
#include "flags/given_flags.hpp"

namespace muster {

/// What was set stands there with where it came from; what was not, as a comment with its default.
[[nodiscard]] std::string printed_config(const CommandSpec& spec, const GivenFlags& given);

/// The default that a flag's help names: "300ms" of "For an answer [300ms]"; empty if it names
/// none, or one that is no value ("[by fleet size]").
[[nodiscard]] std::string_view default_of(const Flag& flag);

}  // namespace muster
