// How the journal fares: what `GET /v1/journal` tells and the log says when it changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/time.hpp"

namespace muster {

enum class JournalState : std::uint8_t {
    off,      ///< No journal is kept, and none is tried.
    writing,  ///< All is well.
    trouble,  ///< It cannot be written now; tried again every few seconds.
};

[[nodiscard]] constexpr std::string_view name_of(JournalState state) noexcept {
    constexpr std::array<std::string_view, 3> kNames = {"off", "writing", "trouble"};
    return kNames[static_cast<std::size_t>(state)];
}

struct JournalStatus {
    JournalState state = JournalState::off;
    Time since{};
    std::string reason;       ///< Why not; empty when all is well.
    std::string directory;    ///< Empty: none.
    std::uint64_t bytes = 0;  ///< On disk.
    std::uint64_t bytes_max = 0;
    std::uint64_t events_lost = 0;  ///< While it was in trouble, since the start.
};

}  // namespace muster
