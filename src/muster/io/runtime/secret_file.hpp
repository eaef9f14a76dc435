// Secrets (passwords, tokens, seeds) come from files, never from the command line.
#pragma once

#include <cstddef>
#include <string>

#include "muster/base/error.hpp"

namespace muster {

/// A longer file is no secret of ours: refused, so that a wrong path cannot fill the memory.
inline constexpr std::size_t kSecretBytesMax = 64 * 1024;

/// The file's text without trailing line ends. bad_input, naming the path and the reason (absent,
/// no permission, a directory, empty, too large), never its content.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

}  // namespace muster
