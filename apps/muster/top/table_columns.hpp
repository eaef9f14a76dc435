// Which columns the table of workers has on a screen of some width, and how wide each is.
//
// Pure functions; any thread. What is dropped first on a narrow screen: history, bars, flags, then
// running, queue, age, KV use. What is added on a wide one: longer bars, then the facts that
// `muster get --output wide` has. A fleet of several engines has the engine beside the id.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "muster/wire/fleet_document.hpp"

namespace muster {

enum class ColumnId : std::uint8_t {
    mark,  ///< Cursor and severity, without colour.
    worker,
    state,
    age,
    running,
    queue,
    kv_use,
    history,
    flags,
    hits,  ///< From here on: on wide screens only.
    blocks,
    alive,
    rtt,
    missed,
    generation,
    interval,
    models,
    labels,
    source,
    road,
    engine,
    address,
};

inline constexpr std::size_t kColumnCount = 22;

struct PlannedColumn {
    ColumnId id{};
    std::size_t text = 0;  ///< Columns of its text.
    std::size_t bar = 0;   ///< Columns of a bar after it, a blank between them; 0: none.

    [[nodiscard]] std::size_t width() const noexcept { return text + (bar > 0 ? bar + 1 : 0); }
};

/// What a column shows of a worker, as text. Harmless; empty for `mark` and `history`.
[[nodiscard]] std::string cell_text(const WorkerEntry& worker, ColumnId id);
[[nodiscard]] bool is_right_aligned(ColumnId id) noexcept;

/// Numbers for the longest text of each column among the chosen workers.
using TextWidths = std::array<std::size_t, kColumnCount>;
[[nodiscard]] TextWidths text_widths(std::span<const WorkerEntry> workers,
                                     std::span<const std::size_t> chosen);

/// Whether these workers are of several engines, so that each row must say which.
[[nodiscard]] bool is_mixed(std::span<const WorkerEntry> workers);

/// What decides which columns there are, beside the texts.
struct ColumnNeeds {
    std::size_t screen = 0;  ///< 0: as wide as needed.
    bool with_history = false;
    bool mixed = false;  ///< The engine stands beside the id.
};

/// Columns from left to right, one blank between two.
[[nodiscard]] std::vector<PlannedColumn> plan_columns(const TextWidths& widths,
                                                      const ColumnNeeds& needs);

}  // namespace muster
