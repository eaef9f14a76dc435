// Small integers that cannot be mixed up: a component's handle is not a source's handle.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace muster {

template <typename Tag, typename Rep = std::uint32_t>
struct StrongId {
    Rep value = 0;
    friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

/// Handle of a source (one broker connection, one discovery entry) within one collector.
using SourceId = StrongId<struct SourceIdTag>;
/// Handle of a component (namespace/component on one source) within one collector.
using ComponentId = StrongId<struct ComponentIdTag>;
/// Number of a round: one question to all workers of one component. Rises by one per component,
/// starts at 1; 0 means "no round".
using RoundId = StrongId<struct RoundIdTag, std::uint64_t>;
/// Number of an echo: one message of ours to ourselves through a source. Rises by one per source,
/// starts at 1.
using EchoId = StrongId<struct EchoIdTag, std::uint64_t>;

}  // namespace muster

template <typename Tag, typename Rep>
struct std::hash<muster::StrongId<Tag, Rep>> {
    std::size_t operator()(muster::StrongId<Tag, Rep> id) const noexcept {
        return std::hash<Rep>{}(id.value);
    }
};
