// Compares secrets without telling by the time it takes how much of one was right. Pure; any
// thread.
#pragma once

#include <string_view>

namespace muster {

/// Whether the two are the same. The time depends on their lengths, not on where they differ.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret) noexcept;

}  // namespace muster
