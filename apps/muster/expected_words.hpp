// What is expected and what is there, in words: for `get`'s first line, `check --fleet` and the
// log.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

/// All of it is there, and known to be.
[[nodiscard]] bool is_met(const ExpectedEntry& expected) noexcept;

/// "dynamo/backend 61 of 64, 3 missing since 10:12:40.002 (2m22s): silent for 10 s", or
/// "dynamo/backend 64 of 64", or "dynamo/backend 3 of 4, not known yet: nats-1 is still searched".
/// `now`: the document's time.
[[nodiscard]] std::string expected_words(const ExpectedEntry& expected,
                                         std::optional<WallTime> now);

}  // namespace muster
