// What `muster demo` breaks, one thing every 20 seconds, and how it explains each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/sim/fault.hpp"

namespace muster {

/// One fault: what failed, what you see, what muster did; each at most 79 columns.
struct DemoChapter {
    std::optional<Fault> fault;  ///< Of one worker; none: the broker stands still.
    std::uint32_t worker = 0;
    Duration duration{};
    std::string_view failed;
    std::string_view seen;
    std::string_view done;
};

inline constexpr Duration kChapterEvery = std::chrono::seconds(20);
/// Workers of the demo's fleet; chapters name workers below it.
inline constexpr std::uint32_t kDemoWorkers = 12;

/// In the order they are played, again and again.
[[nodiscard]] std::span<const DemoChapter> demo_chapters() noexcept;

}  // namespace muster
