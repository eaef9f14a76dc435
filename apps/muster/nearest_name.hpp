// Finds the name that somebody who misspelt one probably meant.
//
// Used for flags, subcommands and values with a fixed set of names. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace muster {

/// The candidate with the fewest slips (insert, drop, swap or replace a letter; capitals do not
/// count), if they are few enough for a likely slip: one, or a third of the length of `given`.
/// Of several the first.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view given,
                                                      std::span<const std::string> candidates);

}  // namespace muster
