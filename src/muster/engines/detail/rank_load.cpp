#include "muster/engines/detail/rank_load.hpp"

#include <cmath>
#include <optional>

#include "muster/base/limits.hpp"

namespace muster::detail {

namespace {

using enum Quantity;

/// A count above all that can be, so that the fleet refuses and counts it.
constexpr std::uint64_t kImpossible = kCountMax + 1;

void set_count(Load& load, LoadField field, std::optional<double> value) {
    if (!value) return;
    const bool possible = *value <= static_cast<double>(kCountMax);
    load.set_count(field,
                   possible ? static_cast<std::uint64_t>(std::llround(*value)) : kImpossible);
}

std::optional<double> block_size_of(const RankValues& values) {
    const auto size = values.get(block_size);
    return size && *size >= 1.0 ? size : std::nullopt;
}

std::optional<double> total_blocks(const RankValues& values, const RankContext& context) {
    if (const auto total = values.get(kv_total_blocks)) return total;
    const auto size = block_size_of(values);
    // Before num_gpu_blocks: right for models with several KV groups, and for each rank alone.
    const auto tokens = values.get(kv_total_tokens);
    if (tokens && size) return std::floor(*tokens / *size);
    const auto all = values.get(kv_blocks_of_ranks);
    if (!all) return std::nullopt;
    return std::floor(*all / static_cast<double>(context.ranks));
}

std::optional<double> active_blocks(const RankValues& values, const RankContext& context,
                                    std::optional<double> total) {
    if (const auto active = values.get(kv_active_blocks)) return active;
    const auto size = block_size_of(values);
    const auto tokens = values.get(kv_active_tokens);
    if (tokens && size) return std::ceil(*tokens / *size);
    const auto usage = values.get(kv_usage);
    if (!usage || !total || *usage > 1.0) return std::nullopt;
    const double usable = context.null_block ? *total - 1.0 : *total;
    if (usable < 0.0) return std::nullopt;
    return std::round(usable * *usage);
}

/// Of its own fraction, or of blocks or tokens.
std::optional<double> usage_of(const RankValues& values, std::optional<double> active,
                               std::optional<double> total) {
    if (const auto usage = values.get(kv_usage)) return usage;
    if (active && total && *total > 0.0) return *active / *total;
    const auto tokens = values.get(kv_active_tokens);
    const auto all_tokens = values.get(kv_total_tokens);
    if (tokens && all_tokens && *all_tokens > 0.0) return *tokens / *all_tokens;
    return std::nullopt;
}

/// A server counts a request as soon as it is there, the engine after its first step.
std::optional<double> waiting_of(const RankValues& values) {
    auto queued = values.get(waiting);
    if (queued) *queued += values.get(grammar_waiting).value_or(0.0);
    const auto in_flight = values.get(server_load);
    const auto at_work = values.get(running);
    if (!queued || !in_flight || !at_work) return queued;
    return std::max(*queued, *in_flight - *at_work);
}

}  // namespace

Load load_of(const RankValues& values, const RankContext& context) {
    Load load;
    const auto total = total_blocks(values, context);
    const auto active = active_blocks(values, context, total);
    set_count(load, LoadField::running, values.get(running));
    set_count(load, LoadField::slots, values.get(slots));
    set_count(load, LoadField::waiting, waiting_of(values));
    set_count(load, LoadField::kv_active_blocks, active);
    set_count(load, LoadField::kv_total_blocks, total);
    if (const auto usage = usage_of(values, active, total)) {
        load.set_fraction(LoadField::kv_usage, *usage);
    }
    if (const auto rate = values.get(prefix_hit_rate)) {
        load.set_fraction(LoadField::prefix_hit_rate, *rate);
    }
    return load;
}

}  // namespace muster::detail
