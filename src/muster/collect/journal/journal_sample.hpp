// Numbers that the encoder and the decoder of journal records agree on. Private to collect.
#pragma once

#include <cstddef>
#include <cstdint>

namespace muster {

/// What of the fleet a sample tells; the parts follow in this order.
enum class SampleSection : std::uint8_t {
    stale_after = 1,
    sources = 2,
    components = 4,
    tombstones = 8,
    members = 16,
    rows = 32,
    cordons = 64,
    expected = 128,
};

/// A text of an event: one that is written and not kept, one that is kept, or the number of a kept
/// one, counted from here.
inline constexpr std::uint64_t kNameOnce = 0;
inline constexpr std::uint64_t kNameKept = 1;
inline constexpr std::uint64_t kNameFirst = 2;
/// Longer ones are hardly ever said twice.
inline constexpr std::size_t kJournalNameBytesMax = 512;

}  // namespace muster
