// Gathers what was set for a command: the command line beats the environment, which beats the
// configuration file.
//
// Reads the environment and the file that --config names. One thread.
#pragma once

#include "flags/command.hpp"
#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"

namespace muster {

/// `typed`: what stands on the command line. Fails (bad_input) with a whole sentence about the file
/// or a variable.
///
/// Of a group that repeats (the [[nats]] sections) its first flag, given by flag or variable, names
/// the only one there is, and the file's sections count for nothing: what they say, a login above
/// all, was meant for others. Each of its other flags replaces that key in every section.
/// REQUIRES: `spec` outlives what is returned.
[[nodiscard]] Result<GivenFlags> gather_flags(const CommandSpec& spec, const GivenFlags& typed);

/// Parts of a list: "a,b" is a and b.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace muster
