// How a wrong value is answered: one sentence, "what: where: what to do".
//
// Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "muster/base/error.hpp"

namespace muster {

[[nodiscard]] std::unexpected<Error> wrong_usage(std::string sentence);

/// "did you mean NEAREST?" or, where nothing is near, `otherwise`.
[[nodiscard]] std::string suggestion(const std::string& given, std::span<const std::string> names,
                                     const std::string& otherwise);

}  // namespace muster
