// The table of workers: its heading and its rows as styled lines.
//
// Made anew for each frame from what is chosen and how wide the screen is. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"
#include "top/bars.hpp"
#include "top/fleet_history.hpp"
#include "top/styled_line.hpp"
#include "top/table_columns.hpp"
#include "top/worker_order.hpp"

namespace muster {

struct TableLook {
    std::size_t screen = 0;  ///< Columns; 0: as many as needed.
    bool with_history = true;
    Glyphs glyphs = Glyphs::ascii;
    HistoryOf history_of = HistoryOf::kv_usage;
    Time now{};
};

class WorkerTable {
public:
    /// What is passed must outlive the table.
    WorkerTable(std::span<const WorkerEntry> workers, std::span<const std::size_t> chosen,
                const FleetHistory& history, const TableLook& look);

    [[nodiscard]] StyledLine heading(WorkerOrder order) const;
    [[nodiscard]] StyledLine row(const WorkerEntry& worker, bool selected) const;

private:
    void add_cell(StyledLine& line, const PlannedColumn& column, const WorkerEntry& worker) const;
    void add_history(StyledLine& line, const PlannedColumn& column,
                     const WorkerEntry& worker) const;
    [[nodiscard]] std::string title_of(const PlannedColumn& column, WorkerOrder order) const;

    const FleetHistory& history_;
    TableLook look_;
    std::vector<PlannedColumn> columns_;
    // The scales that bars share, so that two rows can be compared.
    double queue_scale_ = 0.0;
    double running_scale_ = 0.0;
};

/// What a severity looks like; its mark says the same without colour.
[[nodiscard]] Tone tone_of(Severity severity) noexcept;
[[nodiscard]] char mark_of(Severity severity) noexcept;

/// Values as shares of `scale`, for a sparkline.
[[nodiscard]] std::vector<std::optional<double>> scaled(std::vector<std::optional<double>> values,
                                                        double scale);

}  // namespace muster
