// From the quantities of one rank to a load: blocks from tokens, usage from blocks, and back.
// Private to engines; pure.
#pragma once

#include <cstddef>

#include "muster/engines/detail/rank_values.hpp"
#include "muster/fleet/load.hpp"

namespace muster::detail {

struct RankContext {
    std::size_t ranks = 1;    ///< Of the server, by its documents.
    bool null_block = false;  ///< EngineTable::null_block.
};

/// All but the prefix hit rate that counters tell (RankMemory). A field that cannot be told is
/// unknown; a value that cannot be is left to the fleet to refuse and count.
[[nodiscard]] Load load_of(const RankValues& values, const RankContext& context);

}  // namespace muster::detail
