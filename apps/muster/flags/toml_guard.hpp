// What the TOML library must not be given, because it does not refuse it itself.
//
// Pure; any thread.
#pragma once

#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

/// Fails (bad_input) with a whole sentence, "what: FILE:LINE:COLUMN: ...", on
/// * a key of more than 16 parts ("a.b.c..."; ours have at most three): the library makes a table
///   in a table of each and walks them by recursion, so that a file of one long key would end the
///   process. (What stands in brackets it bounds itself.)
/// * characters beyond ASCII where the library asks if they are blank: there it takes for granted
///   that they are none of U+00A1 to U+0499. Outside of texts and comments TOML has none; in a text
///   of several lines they may not come first behind a \ that ends a line.
/// Whatever else is wrong is for the library to say.
[[nodiscard]] Result<void> check_toml(std::string_view text, std::string_view file);

}  // namespace muster
