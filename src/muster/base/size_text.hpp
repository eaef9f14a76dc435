// Sizes as people write them: a number with its unit, "1GiB", "512MiB".
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

/// Reads a whole number and a unit: B, KiB, MiB, GiB, TiB, or kB, MB, GB, TB by thousands. Nothing
/// for anything else: no unit (except for 0), a fraction, a sign, more than 2^60 bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// The shortest such text by powers of 1,024 that is exact: "1GiB", "1536MiB", "7B", "0".
[[nodiscard]] std::string print_size(std::uint64_t bytes);

}  // namespace muster
