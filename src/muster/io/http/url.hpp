// The parts of a request's target: path, parameters, percent-decoding. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"

namespace muster {

struct QueryParameter {
    std::string name;
    std::string value;
};

struct Target {
    std::string path;  ///< Still encoded, so that an encoded slash is no separator.
    std::vector<QueryParameter> parameters;  ///< Decoded, in order, repeated names kept.
};

/// Fails (bad_input, client) on a broken escape, naming the parameter, and on more than 256
/// parameters.
[[nodiscard]] Result<Target> parse_target(std::string_view target);

/// Nothing if an escape is broken. `plus_is_space`: in a query, not in a path. The result may be no
/// UTF-8: whoever prints it uses a writer that sees to that.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Encodes all but RFC 3986's unreserved characters, the slash included.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace muster
