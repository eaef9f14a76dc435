// The reply to `$SRV.STATS` as workers of 0.5.1 send it, byte for byte in that form: read in one
// pass, against its own text. Whatever differs, a space or an escape or another order (0.3.2 and
// 0.4.1 sort their keys), is not read here but by the liberal reading, which gives the same of all
// that this one takes (known_reply_test.cpp and the fuzz target hold them against each other).
//
// Private to wire. Pure but for `parts`.
#pragma once

#include <string_view>

#include "muster/wire/detail/reply_parts.hpp"

namespace muster::detail {

/// False if the text is not of that form; `parts` is unspecified then. REQUIRES: `parts` is empty,
/// and what follows `text` may be read for simdjson::SIMDJSON_PADDING bytes, and is zero.
[[nodiscard]] bool read_known_reply(std::string_view text, ReplyParts& parts);

}  // namespace muster::detail
