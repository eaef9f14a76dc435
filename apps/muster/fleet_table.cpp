// Cells first, then widths, then lines: what does not fit is taken from the ids, then from the
// columns that say least.
#include "fleet_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "expected_words.hpp"
#include "muster/fleet/worker_trouble.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

constexpr std::string_view kGap = "  ";
// Narrower, and ids of one component can no longer be told apart.
constexpr std::size_t kIdColumnsMin = 16;

struct Column {
    std::string_view title;
    bool right = false;  // Numbers.
    /// Which column goes first when the screen is too narrow; 0: never.
    int drop = 0;
    std::function<std::string(const WorkerEntry&)> cell;
};

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + harmless(word);
    return text;
}

std::string labels_text(const WorkerEntry& worker) {
    std::string text;
    for (const auto& [name, value] : worker.labels) {
        text += (text.empty() ? "" : ",") + harmless(name) + '=' + harmless(value);
    }
    return text.empty() ? "-" : text;
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : harmless(text);
}

std::string rate_of(const WorkerEntry& worker, std::optional<double> ActivityEntry::* rate) {
    return rate_text(worker.activity ? *worker.activity.*rate : std::nullopt);
}

// Columns of what few fleets have, where nobody of this one has it.
bool is_idle_column(const Column& column, const FleetDocument& fleet) {
    if (column.title == "LABELS") {
        return std::ranges::all_of(fleet.workers, [](const auto& w) { return w.labels.empty(); });
    }
    if (column.title != "REQ/S" && column.title != "TOK/S") return false;
    return std::ranges::none_of(fleet.workers,
                                [](const auto& w) { return w.activity.has_value(); });
}

std::vector<Column> columns_for(bool wide) {
    using W = const WorkerEntry&;
    const auto count = [](W w, LoadField f) { return w.load.count(f); };
    std::vector<Column> columns = {
        {"WORKER", false, 0, [](W w) { return harmless(w.id); }},
        {"STATE", false, 0, [](W w) { return or_dash(w.state); }},
        {"AGE", true, 0, [](W w) { return age_text(w.age_ms); }},
        {"RUN/SLOTS", true, 0,
         [=](W w) { return ratio_text(count(w, LoadField::running), count(w, LoadField::slots)); }},
        {"WAIT", true, 0, [=](W w) { return count_text(count(w, LoadField::waiting)); }},
        {"KV BLOCKS", true, 2,
         [=](W w) {
             return ratio_text(count(w, LoadField::kv_active_blocks),
                               count(w, LoadField::kv_total_blocks));
         }},
        {"KV USE", true, 0, [](W w) { return percent_text(w.load.fraction(LoadField::kv_usage)); }},
    };
    if (wide) {
        columns.insert(
            columns.end(),
            {{"HITS", true, 3,
              [](W w) { return percent_text(w.load.fraction(LoadField::prefix_hit_rate)); }},
             {"REQ/S", true, 4, [](W w) { return rate_of(w, &ActivityEntry::requests_per_s); }},
             {"TOK/S", true, 4,
              [](W w) { return rate_of(w, &ActivityEntry::generated_tokens_per_s); }},
             {"ALIVE", true, 4, [](W w) { return age_text(w.alive_age_ms); }},
             {"RTT", true, 5,
              [](W w) { return w.rtt_ms ? fmt::format("{:.1f}ms", *w.rtt_ms) : "-"; }},
             {"MISSED", true, 5, [](W w) { return count_text(w.missed); }},
             {"GEN", true, 6, [](W w) { return count_text(w.generation); }},
             {"EVERY", true, 6, [](W w) { return age_text(w.interval_ms); }},
             {"ROAD", false, 7, [](W w) { return or_dash(w.road); }},
             {"ENGINE", false, 7, [](W w) { return or_dash(w.engine); }},
             {"SOURCE", false, 7, [](W w) { return or_dash(w.source); }},
             {"LABELS", false, 7, [](W w) { return labels_text(w); }},
             {"ADDRESS", false, 8, [](W w) { return or_dash(w.address); }}});
    }
    columns.push_back({"FLAGS", false, 1, [](W w) { return joined(w.flags); }});
    return columns;
}

using Row = std::vector<std::string>;

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns_of(row[i]));
        }
    }
    return widths;
}

std::size_t total_width(const std::vector<std::size_t>& widths) {
    std::size_t total = 0;
    for (const std::size_t width : widths) total += width + kGap.size();
    return total - kGap.size();
}

void erase_column(std::vector<Column>& columns, std::vector<Row>& rows, std::size_t which) {
    const auto offset = static_cast<std::ptrdiff_t>(which);
    columns.erase(columns.begin() + offset);
    for (Row& row : rows) row.erase(row.begin() + offset);
}

// Removes columns that would say nothing or do not fit; shortens ids to what is left.
std::vector<std::size_t> fit(std::vector<Column>& columns, std::vector<Row>& rows,
                             std::size_t screen) {
    const bool no_flags = std::all_of(rows.begin() + 1, rows.end(),
                                      [](const Row& row) { return row.back().empty(); });
    if (no_flags) erase_column(columns, rows, columns.size() - 1);
    std::vector<std::size_t> widths = widths_of(rows);
    if (screen == 0) return widths;
    const auto least = [&] {
        return total_width(widths) - widths[0] + std::min(widths[0], kIdColumnsMin);
    };
    while (least() > screen) {
        const auto last =
            std::max_element(columns.begin(), columns.end(),
                             [](const Column& a, const Column& b) { return a.drop < b.drop; });
        if (last->drop == 0) break;
        erase_column(columns, rows, static_cast<std::size_t>(last - columns.begin()));
        widths = widths_of(rows);
    }
    const std::size_t others = total_width(widths) - widths[0];
    const std::size_t room = screen > others ? screen - others : 0;
    widths[0] = std::clamp(widths[0], std::size_t{0}, std::max(room, kIdColumnsMin));
    return widths;
}

std::string_view color_of(std::string_view state) {
    if (state == "fresh" || state == "connected") return "\x1b[32m";
    if (state == "late" || state == "suspect") return "\x1b[33m";
    if (state == "stale" || state == "disconnected") return "\x1b[31m";
    return "\x1b[2m";
}
constexpr std::string_view kColorEnd = "\x1b[0m";

std::string painted(const std::string& text, std::string_view state, bool color) {
    if (!color) return text;
    return std::string(color_of(state)) + text + std::string(kColorEnd);
}

std::string line_of(const std::vector<Column>& columns, const Row& row,
                    const std::vector<std::size_t>& widths, bool color) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string cell = shortened(row[i], widths[i]);
        const std::string pad(widths[i] - columns_of(cell), ' ');
        const bool paint = color && columns[i].title == "STATE";
        const std::string shown = paint ? painted(cell, cell, true) : cell;
        if (i > 0) line += kGap;
        line += columns[i].right ? pad + shown : shown + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string worst_source_state(const FleetDocument& fleet) {
    std::string worst = "connected";
    for (const SourceEntry& source : fleet.sources) {
        if (state_of(source) == "disconnected") return source.state;
        if (state_of(source) != "connected") worst = state_of(source);
    }
    if (worst == "connected" && !std::ranges::all_of(fleet.expected, is_met)) worst = "suspect";
    return worst;
}

// A piece of the summary, and the state whose colour it has.
struct Part {
    std::string words;
    std::string state;
};

// What is wrong comes first.
std::vector<Part> summary_parts(const FleetDocument& fleet) {
    std::vector<Part> parts;
    for (const bool well : {false, true}) {
        for (const SourceEntry& source : fleet.sources) {
            const std::string state = state_of(source);
            if ((state == "connected") != well) continue;
            parts.push_back({source_words(source, fleet.time), state});
        }
    }
    for (const bool met : {false, true}) {
        for (const ExpectedEntry& expected : fleet.expected) {
            if (is_met(expected) != met) continue;
            parts.push_back({expected_words(expected, fleet.time), met ? "connected" : "stale"});
        }
    }
    parts.push_back({workers_words(fleet), "connected"});
    return parts;
}

std::string joined_parts(const std::vector<Part>& parts) {
    std::string line;
    for (const Part& part : parts) line += (line.empty() ? "" : " | ") + part.words;
    return line;
}

std::string workers_text(const FleetDocument& fleet, const TableStyle& style) {
    if (fleet.workers.empty()) return {};
    std::vector<Column> columns = columns_for(style.wide);
    std::erase_if(columns, [&](const Column& column) { return is_idle_column(column, fleet); });
    std::vector<Row> rows(1);
    for (const Column& column : columns) rows[0].emplace_back(column.title);
    const std::size_t shown =
        style.rows_max == 0 ? fleet.workers.size() : std::min(style.rows_max, fleet.workers.size());
    for (std::size_t i = 0; i < shown; ++i) {
        Row row;
        for (const Column& column : columns) row.push_back(column.cell(fleet.workers[i]));
        rows.push_back(std::move(row));
    }
    const std::vector<std::size_t> widths = fit(columns, rows, style.columns);
    std::string text = line_of(columns, rows[0], widths, false) + '\n';
    for (std::size_t i = 1; i < rows.size(); ++i) {
        text += line_of(columns, rows[i], widths, style.color) + '\n';
    }
    if (shown < fleet.workers.size()) {
        text += fmt::format("and {} more\n", fleet.workers.size() - shown);
    }
    return text;
}

std::string lost_text(const FleetDocument& fleet, const TableStyle& style) {
    std::string text;
    std::size_t shown = 0;
    // Newest first: they stand last in the document.
    for (auto lost = fleet.lost.rbegin(); lost != fleet.lost.rend(); ++lost) {
        if (shown == style.lost_max) {
            text += fmt::format("and {} more lost\n", fleet.lost.size() - shown);
            break;
        }
        const auto since = ago(lost->since, fleet.time);
        const std::string when = since ? ' ' + age_text(*since) + " ago" : "";
        std::string line = "lost " + harmless(lost->id) + when + ": " + or_dash(lost->reason);
        if (style.columns != 0) line = shortened(line, style.columns);
        text += painted(line, "stale", style.color) + '\n';
        ++shown;
    }
    return text;
}

// What the gauges never showed is told as well.
std::string bursts_text(const FleetDocument& fleet, const TableStyle& style) {
    std::string text;
    std::size_t shown = 0;
    for (const WorkerEntry& worker : fleet.workers) {
        if (!worker.activity || worker.activity->unseen_bursts.value_or(0) == 0) continue;
        if (++shown > style.lost_max) continue;
        text += fmt::format("was busy {} {} times between two answers", harmless(worker.id),
                            *worker.activity->unseen_bursts);
        if (const auto since = ago(worker.activity->last_unseen_burst, fleet.time)) {
            text += ", last " + age_text(*since) + " ago";
        }
        text += '\n';
    }
    if (shown > style.lost_max) text += fmt::format("and {} more\n", shown - style.lost_max);
    return text;
}

std::string troubles_text(const FleetDocument& fleet, const TableStyle& style) {
    std::string text;
    std::size_t shown = 0;
    for (const WorkerEntry& worker : fleet.workers) {
        if (!worker.trouble) continue;
        if (++shown > style.lost_max) continue;
        std::string line = "trouble " + harmless(worker.id);
        if (const auto since = ago(worker.trouble->since, fleet.time)) {
            line += " for " + age_text(*since);
        }
        // Not shortened to the screen: what to do stands at its end.
        line += ": " + harmless(worker.trouble->kind) + ": " + harmless(worker.trouble->what);
        const bool tells_load = worker.trouble->kind == kOtherEngine;
        text += painted(line, tells_load ? "late" : "stale", style.color) + '\n';
    }
    if (shown > style.lost_max) {
        text += fmt::format("and {} more in trouble\n", shown - style.lost_max);
    }
    return text;
}

std::string cordons_text(const FleetDocument& fleet, const TableStyle& style) {
    std::string text;
    std::size_t shown = 0;
    for (const WorkerEntry& worker : fleet.workers) {
        if (!worker.cordon) continue;
        if (++shown > style.lost_max) continue;
        std::string line = "cordoned " + harmless(worker.id);
        if (const auto since = ago(worker.cordon->since, fleet.time)) {
            line += ' ' + age_text(*since) + " ago";
        }
        if (!worker.cordon->by.empty()) line += " by " + harmless(worker.cordon->by);
        line += ": " + harmless(worker.cordon->why);
        if (style.columns != 0) line = shortened(line, style.columns);
        text += painted(line, "late", style.color) + '\n';
    }
    if (shown > style.lost_max) {
        text += fmt::format("and {} more cordoned\n", shown - style.lost_max);
    }
    return text;
}

// What of a worker makes a line when it changes: all that is not an age or a counter.
bool same_news(const WorkerEntry& a, const WorkerEntry& b) {
    return a.state == b.state && a.flags == b.flags && a.cordon == b.cordon &&
           a.generation == b.generation && a.load == b.load && a.trouble == b.trouble;
}

std::string worker_line(const WorkerEntry& worker) {
    const Load& load = worker.load;
    std::string line = fmt::format(
        "{} {} age {} running {} waiting {} kv {} {}", harmless(worker.id), or_dash(worker.state),
        age_text(worker.age_ms),
        ratio_text(load.count(LoadField::running), load.count(LoadField::slots)),
        count_text(load.count(LoadField::waiting)),
        ratio_text(load.count(LoadField::kv_active_blocks), load.count(LoadField::kv_total_blocks)),
        percent_text(load.fraction(LoadField::kv_usage)));
    if (!worker.flags.empty()) line += ' ' + joined(worker.flags);
    if (worker.cordon) line += ": " + harmless(worker.cordon->why);
    if (worker.trouble) line += ": " + harmless(worker.trouble->what);
    return line;
}

template <typename Entry>
const Entry* find_entry(const std::vector<Entry>& entries, const std::string& id) {
    // From the end: what was lost last stands there.
    const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                    [&](const Entry& entry) { return entry.id == id; });
    return found == entries.rend() ? nullptr : &*found;
}

void add_worker_lines(const FleetDocument& before, const FleetDocument& after,
                      std::vector<std::string>& lines) {
    // Both are sorted by id: one pass over the two.
    auto old = before.workers.begin();
    const auto left = [&](const WorkerEntry& worker) {
        const LostEntry* lost = find_entry(after.lost, worker.id);
        lines.push_back(harmless(worker.id) + " left" +
                        (lost != nullptr ? ": " + or_dash(lost->reason) : ""));
    };
    for (const WorkerEntry& worker : after.workers) {
        while (old != before.workers.end() && old->id < worker.id) left(*old++);
        const bool known = old != before.workers.end() && old->id == worker.id;
        if (!known || !same_news(*old, worker)) lines.push_back(worker_line(worker));
        if (known) ++old;
    }
    while (old != before.workers.end()) left(*old++);
}

}  // namespace

std::optional<Duration> ago(std::optional<WallTime> then, std::optional<WallTime> now) {
    if (!then || !now) return std::nullopt;
    return std::max(Duration::zero(), Duration(*now - *then));
}

// "nats-1 disconnected for 12s: connection refused".
std::string source_words(const SourceEntry& source, std::optional<WallTime> now) {
    std::string words = harmless(source.id) + ' ' + or_dash(source.state);
    if (source.state != "connected") {
        if (const auto since = ago(source.since, now)) words += " for " + age_text(*since);
        const std::string why =
            source.reason.empty() ? source.last_error.value_or("") : source.reason;
        if (!why.empty()) words += ": " + harmless(why);
    }
    for (const std::string& silence : source.mass_silences) words += ", " + harmless(silence);
    const std::string target = harmless(source.target);
    return words.contains(target) ? words : words + " (" + target + ')';
}

std::string workers_words(const FleetDocument& fleet) {
    std::string words =
        fmt::format("{} worker{}", fleet.workers.size(), fleet.workers.size() == 1 ? "" : "s");
    if (fleet.workers.empty()) words = "no workers";
    std::string_view separator = ": ";
    for (const char* state : {"fresh", "late", "stale", "unknown"}) {
        const auto count = std::count_if(fleet.workers.begin(), fleet.workers.end(),
                                         [&](const auto& w) { return w.state == state; });
        if (count == 0) continue;
        words += fmt::format("{}{} {}", separator, count, state);
        separator = ", ";
    }
    if (!fleet.lost.empty()) words += fmt::format("; {} lost", fleet.lost.size());
    return words;
}

std::string state_of(const SourceEntry& source) {
    return source.state == "connected" && !source.mass_silences.empty() ? "suspect" : source.state;
}

std::string fleet_summary(const FleetDocument& fleet) {
    return joined_parts(summary_parts(fleet));
}

std::string fleet_table(const FleetDocument& fleet, const TableStyle& style) {
    const std::vector<Part> parts = summary_parts(fleet);
    const std::string one_line = joined_parts(parts);
    std::string text;
    if (style.columns == 0 || columns_of(one_line) <= style.columns) {
        text = painted(one_line, worst_source_state(fleet), style.color) + '\n';
    } else {
        for (const Part& part : parts) {
            text += painted(shortened(part.words, style.columns), part.state, style.color) + '\n';
        }
    }
    return text + workers_text(fleet, style) + troubles_text(fleet, style) +
           (style.wide ? bursts_text(fleet, style) : "") + cordons_text(fleet, style) +
           lost_text(fleet, style);
}

std::vector<std::string> change_lines(const FleetDocument& before, const FleetDocument& after) {
    std::vector<std::string> lines;
    for (const SourceEntry& source : after.sources) {
        const SourceEntry* old = find_entry(before.sources, source.id);
        const bool same = old != nullptr && old->state == source.state &&
                          old->reason == source.reason &&
                          old->mass_silences == source.mass_silences;
        if (!same) lines.push_back("source " + source_words(source, after.time));
    }
    for (const ExpectedEntry& expected : after.expected) {
        const auto old =
            std::ranges::find(before.expected, expected.component, &ExpectedEntry::component);
        if (old != before.expected.end() && *old == expected) continue;
        lines.push_back("expected " + expected_words(expected, after.time));
    }
    add_worker_lines(before, after, lines);
    if (after.time) {
        for (std::string& line : lines) line.insert(0, clock_text(*after.time) + ' ');
    }
    return lines;
}

}  // namespace muster
