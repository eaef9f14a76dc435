// CordonRequest: what the body of PUT /v1/workers/{id}/cordon says, read and written.
//
// Strict, unlike the readers of workers' words: it is an order, and a misspelt one must not be half
// understood. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

struct CordonRequest {
    std::string why;
    std::string by;  ///< Empty: not told.
};

/// {"why": "...", "by": "..."}; `by` may be absent or null. Fails (bad_input, client) naming the
/// member and what it takes: one line, not empty, within the limits of base/limits.hpp.
[[nodiscard]] Result<CordonRequest> parse_cordon_request(std::string_view json);

/// What is wrong with a `by` that stands elsewhere (a parameter, a flag); empty if nothing is.
[[nodiscard]] std::string complaint_of_by(std::string_view by);
/// The same for a `why`.
[[nodiscard]] std::string complaint_of_why(std::string_view why);

[[nodiscard]] std::string print_cordon_request(const CordonRequest& request);

}  // namespace muster
