// Problem: an error of our HTTP API (RFC 9457), read back by who asked.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster {

struct Problem {
    std::string type;    ///< "unknown-worker": without "/problems/".
    std::string detail;  ///< What is wrong and what to do, for people.
};

/// Nothing if it is no problem document of ours.
[[nodiscard]] std::optional<Problem> parse_problem(std::string_view json);

}  // namespace muster
