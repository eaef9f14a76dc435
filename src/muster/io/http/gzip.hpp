// gzip of a response body, and back. Pure functions over zlib; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

/// The gzip form (RFC 1952) of `text`, at zlib's fastest level: a view of 1,000 workers shrinks to
/// a tenth and the caller is a serving thread.
[[nodiscard]] Result<std::string> gzip(std::string_view text);

/// The text of a gzip form. Fails with overloaded if it is above `bytes_max` (a few bytes can hold
/// gigabytes), with bad_input if it is no gzip or cut off; in a few words.
[[nodiscard]] Result<std::string> gunzip(std::string_view zipped, std::size_t bytes_max);

}  // namespace muster
