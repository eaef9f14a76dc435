// BLAKE3 (the plain hash, 32 bytes), which the service names of Dynamo 0.1.0-0.2.0 end in.
// Pure; for short texts, hence written for size and not for speed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace muster {

[[nodiscard]] std::array<std::uint8_t, 32> blake3(std::string_view text) noexcept;

}  // namespace muster
