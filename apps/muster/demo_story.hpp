// What `muster demo` breaks, one thing every 20 seconds, and how it explains each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "muster/base/time.hpp"
#include "muster/sim/fault.hpp"

namespace muster {

/// Whom a chapter is about.
enum class DemoSubject : std::uint8_t { broker, dynamo, vllm, sglang, llamacpp };

/// One fault: what failed, what you see, what muster did; each at most 79 columns.
struct DemoChapter {
    DemoSubject subject = DemoSubject::broker;
    Fault fault{};  ///< Of one worker; the broker stands still instead.
    std::uint32_t worker = 0;
    Duration duration{};
    std::string_view failed;
    std::string_view seen;
    std::string_view done;
};

inline constexpr Duration kChapterEvery = std::chrono::seconds(20);
/// The demo's fleet; chapters name workers below these.
inline constexpr std::uint32_t kDemoDynamoWorkers = 6;
inline constexpr std::uint32_t kDemoEnginesEach = 2;  ///< vLLM, SGLang, llama.cpp.
inline constexpr std::uint32_t kDemoWorkers = kDemoDynamoWorkers + 3 * kDemoEnginesEach;

/// In the order they are played, again and again.
[[nodiscard]] std::span<const DemoChapter> demo_chapters() noexcept;

}  // namespace muster
