// Cells by column; the tones follow the severity of the worker and the height of the number.
#include "top/worker_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "people_text.hpp"

namespace muster {
namespace {

// A queue shorter than this never fills its bar: one waiting request is no emergency.
constexpr double kQueueScaleLeast = 16.0;
constexpr double kUsageHigh = 0.85;
constexpr double kUsageFull = 0.95;

std::optional<double> share_of(std::optional<std::uint64_t> part, double whole) {
    if (!part || whole <= 0.0) return std::nullopt;
    return static_cast<double>(*part) / whole;
}

Tone tone_of_share(std::optional<double> share) {
    if (!share) return Tone::dim;
    if (*share >= kUsageFull) return Tone::bad;
    return *share >= kUsageHigh ? Tone::warning : Tone::good;
}

std::string_view title_of_fact(ColumnId id) {
    switch (id) {
        case ColumnId::worker: return "WORKER";
        case ColumnId::state: return "STATE";
        case ColumnId::age: return "AGE";
        case ColumnId::queue: return "QUEUE";
        case ColumnId::kv_use: return "KV USE";
        case ColumnId::flags: return "FLAGS";
        case ColumnId::hits: return "HITS";
        case ColumnId::blocks: return "KV BLOCKS";
        case ColumnId::alive: return "ALIVE";
        case ColumnId::rtt: return "RTT";
        case ColumnId::missed: return "MISSED";
        case ColumnId::generation: return "GEN";
        case ColumnId::interval: return "EVERY";
        case ColumnId::models: return "MODELS";
        case ColumnId::labels: return "LABELS";
        case ColumnId::source: return "SOURCE";
        case ColumnId::road: return "ROAD";
        case ColumnId::engine: return "ENGINE";
        case ColumnId::address: return "ADDRESS";
        default: return "";
    }
}

std::optional<SortKey> sort_key_of(ColumnId id) {
    switch (id) {
        case ColumnId::mark: return SortKey::worst;
        case ColumnId::worker: return SortKey::worker;
        case ColumnId::state: return SortKey::state;
        case ColumnId::age: return SortKey::age;
        case ColumnId::running: return SortKey::running;
        case ColumnId::queue: return SortKey::waiting;
        case ColumnId::kv_use: return SortKey::kv_usage;
        default: return std::nullopt;
    }
}

std::string_view history_name(HistoryOf what) {
    switch (what) {
        case HistoryOf::kv_usage: return "KV";
        case HistoryOf::waiting: return "Q";
        case HistoryOf::running: return "RUN";
    }
    return "";
}

// A load that must not be used stands back.
Tone tone_of_text(ColumnId id, const WorkerEntry& worker) {
    const Severity severity = severity_of(worker);
    if (id == ColumnId::state || id == ColumnId::age || id == ColumnId::flags) {
        return tone_of(severity);
    }
    if (id == ColumnId::worker) return Tone::plain;
    if (severity == Severity::stale || severity == Severity::unknown) return Tone::dim;
    if (id == ColumnId::queue && worker.load.count(LoadField::waiting).value_or(0) > 0) {
        return Tone::strong;
    }
    return Tone::plain;
}

}  // namespace

Tone tone_of(Severity severity) noexcept {
    switch (severity) {
        case Severity::well: return Tone::good;
        case Severity::noted: return Tone::dim;
        case Severity::odd:
        case Severity::late:
        case Severity::unknown: return Tone::warning;
        case Severity::doubled:
        case Severity::stale: break;
    }
    return Tone::bad;
}

char mark_of(Severity severity) noexcept {
    switch (severity) {
        case Severity::well: return ' ';
        case Severity::noted: return '-';
        case Severity::odd: return '*';
        case Severity::late: return '~';
        case Severity::unknown: return '?';
        case Severity::doubled: return '&';
        case Severity::stale: break;
    }
    return '!';
}

std::vector<std::optional<double>> scaled(std::vector<std::optional<double>> values, double scale) {
    for (std::optional<double>& value : values) {
        if (value && scale > 0.0) *value /= scale;
    }
    return values;
}

WorkerTable::WorkerTable(std::span<const WorkerEntry> workers, std::span<const std::size_t> chosen,
                         const FleetHistory& history, const TableLook& look)
    : history_(history),
      look_(look),
      columns_(plan_columns(
          text_widths(workers, chosen),
          {.screen = look.screen, .with_history = look.with_history, .mixed = is_mixed(workers)})),
      queue_scale_(kQueueScaleLeast) {
    for (const WorkerEntry& worker : workers) {
        const auto raise = [&](double& scale, LoadField field) {
            scale = std::max(scale, static_cast<double>(worker.load.count(field).value_or(0)));
        };
        raise(queue_scale_, LoadField::waiting);
        raise(running_scale_, LoadField::running);
        raise(running_scale_, LoadField::slots);
    }
}

std::string WorkerTable::title_of(const PlannedColumn& column, WorkerOrder order) const {
    std::string title(title_of_fact(column.id));
    if (column.id == ColumnId::running) title = column.width() < 9 ? "RUNNING" : "RUN/SLOTS";
    if (column.id == ColumnId::history) {
        const auto span = std::chrono::duration_cast<std::chrono::seconds>(
            FleetHistory::kBucket * static_cast<std::int64_t>(column.text));
        title = fmt::format("{} {}s", history_name(look_.history_of), span.count());
    }
    if (sort_key_of(column.id) != order.key || column.id == ColumnId::mark) return title;
    // The order's mark stands only where it does not cut the title.
    const std::string_view down = look_.glyphs == Glyphs::blocks ? "\u25bc" : "v";
    const std::string_view up = look_.glyphs == Glyphs::blocks ? "\u25b2" : "^";
    const bool upwards = order.reversed != (order.key == SortKey::worker);
    if (columns_of(title) + 1 <= column.width()) title += upwards ? up : down;
    return title;
}

StyledLine WorkerTable::heading(WorkerOrder order) const {
    StyledLine line;
    for (const PlannedColumn& column : columns_) {
        if (column.id != ColumnId::mark && column.id != ColumnId::worker) line.add(" ");
        // Above a bar the title has the bar's room too.
        const bool right = is_right_aligned(column.id) && column.bar == 0;
        line.add(in_columns(title_of(column, order), column.width(), right),
                 sort_key_of(column.id) == order.key ? Tone::strong : Tone::dim);
    }
    if (look_.screen > 0) line.cut_to(look_.screen);
    return line;
}

StyledLine WorkerTable::row(const WorkerEntry& worker, bool selected) const {
    StyledLine line;
    const Severity severity = severity_of(worker);
    for (const PlannedColumn& column : columns_) {
        if (column.id == ColumnId::mark) {
            line.add(selected ? ">" : " ", Tone::strong);
            line.add(std::string(1, mark_of(severity)), tone_of(severity));
            continue;
        }
        if (column.id != ColumnId::worker) line.add(" ");
        if (column.id == ColumnId::history)
            add_history(line, column, worker);
        else
            add_cell(line, column, worker);
    }
    if (look_.screen > 0) line.cut_to(look_.screen);
    if (selected) line.select();
    return line;
}

void WorkerTable::add_cell(StyledLine& line, const PlannedColumn& column,
                           const WorkerEntry& worker) const {
    std::string text = cell_text(worker, column.id);
    // An address's start says most, an id's both ends.
    if (column.id != ColumnId::worker) text = shortened_at_end(text, column.text);
    line.add(in_columns(text, column.text, is_right_aligned(column.id)),
             tone_of_text(column.id, worker));
    if (column.bar == 0) return;
    line.add(" ");
    const Severity severity = severity_of(worker);
    const bool old = severity == Severity::stale || severity == Severity::unknown;
    const auto count = [&](LoadField field) { return worker.load.count(field); };
    std::optional<double> share = worker.load.fraction(LoadField::kv_usage);
    if (column.id == ColumnId::running) {
        share = share_of(count(LoadField::running),
                         static_cast<double>(count(LoadField::slots).value_or(0)));
    }
    Tone tone = tone_of_share(share);
    if (column.id == ColumnId::queue) {
        share = share_of(count(LoadField::waiting), queue_scale_);
        tone = Tone::warning;
    }
    add_bar(line, share, column.bar, old ? Tone::dim : tone, look_.glyphs);
}

void WorkerTable::add_history(StyledLine& line, const PlannedColumn& column,
                              const WorkerEntry& worker) const {
    auto values = history_.last(worker.id, look_.history_of, column.text, look_.now);
    double scale = 1.0;
    if (look_.history_of == HistoryOf::waiting) scale = queue_scale_;
    if (look_.history_of == HistoryOf::running) scale = running_scale_;
    line.add(sparkline(scaled(std::move(values), scale), look_.glyphs));
}

}  // namespace muster
