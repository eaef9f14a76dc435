// Plans from rich to poor; the first that leaves the ids enough room is taken.
#include "top/table_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "people_text.hpp"

namespace muster {
namespace {

// An id as long as this can be told from its neighbours by both its ends.
constexpr std::size_t kIdGood = 16;
// The least on a screen that is really small.
constexpr std::size_t kIdLeast = 10;
// Texts of others (labels, models, addresses) are shortened to this.
constexpr std::size_t kTextMost = 28;
// The longest name of an engine that muster knows.
constexpr std::size_t kEngineMost = 8;

struct Plan {
    std::size_t bar;
    std::size_t queue_bar;
    std::size_t history;
    std::size_t dropped = 0;  // How many of kDropped.
};

constexpr std::array<Plan, 10> kPlans = {{{16, 10, 30},
                                          {12, 8, 24},
                                          {10, 6, 16},
                                          {8, 5, 12},
                                          {6, 4, 8},
                                          {5, 3, 8},
                                          {5, 3, 0},
                                          {5, 0, 0},
                                          {3, 0, 0},
                                          {0, 0, 0}}};
constexpr std::array<ColumnId, 5> kDropped = {ColumnId::flags, ColumnId::running, ColumnId::queue,
                                              ColumnId::age, ColumnId::kv_use};
constexpr Plan kPrintout = {10, 6, 0};

std::size_t first_plan_for(std::size_t screen) {
    // Very long bars say no more; a wide screen has better uses for the room.
    if (screen >= 240) return 0;
    return screen >= 150 ? 1 : 2;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + harmless(word);
    return text;
}

std::string joined(const std::vector<std::pair<std::string, std::string>>& labels) {
    std::string text;
    for (const auto& [key, value] : labels) {
        text += (text.empty() ? "" : ",") + harmless(key) + '=' + harmless(value);
    }
    return text;
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : harmless(text);
}

std::size_t digits_of(std::optional<std::uint64_t> count) {
    std::size_t digits = 1;
    for (std::uint64_t rest = count.value_or(0); rest >= 10; rest /= 10) ++digits;
    return digits;
}

std::size_t text_columns(std::string_view text) {
    const bool printable = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
    return printable ? text.size() : columns_of(harmless(text));
}

std::size_t list_columns(const std::vector<std::string>& words) {
    std::size_t columns = 0;
    for (const std::string& word : words) columns += text_columns(word) + (columns > 0 ? 1 : 0);
    return columns;
}

std::size_t least_text(ColumnId id) {
    switch (id) {
        case ColumnId::mark: return 2;
        case ColumnId::queue: return 5;
        case ColumnId::age:
        case ColumnId::kv_use:
        case ColumnId::worker: return 6;
        case ColumnId::state:
        case ColumnId::running: return 7;
        default: return 0;
    }
}

std::size_t title_width(ColumnId id) {
    switch (id) {
        case ColumnId::blocks: return 9;
        case ColumnId::missed:
        case ColumnId::models:
        case ColumnId::labels:
        case ColumnId::source:
        case ColumnId::engine: return 6;
        case ColumnId::address: return 7;
        case ColumnId::hits:
        case ColumnId::road: return 4;
        case ColumnId::generation:
        case ColumnId::rtt: return 3;
        case ColumnId::alive:
        case ColumnId::flags:
        case ColumnId::interval: return 5;
        default: return 0;
    }
}

std::size_t total_width(const std::vector<PlannedColumn>& columns) {
    std::size_t total = 0;
    for (const PlannedColumn& column : columns) total += column.width() + 1;
    // The mark stands close to the id.
    return total - (columns.size() > 1 ? 2 : 1);
}

PlannedColumn engine_column(const TextWidths& widths) {
    const std::size_t text = widths[static_cast<std::size_t>(ColumnId::engine)];
    return {ColumnId::engine, std::max(std::min(text, kEngineMost), title_width(ColumnId::engine)),
            0};
}

// All but the id's room, which is left 0.
std::vector<PlannedColumn> columns_of_plan(const TextWidths& widths, Plan plan,
                                           const ColumnNeeds& needs) {
    if (!needs.with_history) plan.history = 0;
    std::vector<PlannedColumn> columns;
    const auto dropped_end = kDropped.begin() + static_cast<std::ptrdiff_t>(plan.dropped);
    for (std::size_t i = 0; i <= static_cast<std::size_t>(ColumnId::flags); ++i) {
        const auto id = static_cast<ColumnId>(i);
        PlannedColumn column{id, std::max(widths[i], least_text(id)), 0};
        if (std::find(kDropped.begin(), dropped_end, id) != dropped_end) continue;
        if (id == ColumnId::history && plan.history == 0) continue;
        if (id == ColumnId::flags && widths[i] == 0) continue;
        if (id == ColumnId::history) column.text = plan.history;
        if (id == ColumnId::worker) column.text = 0;
        if (id == ColumnId::running || id == ColumnId::kv_use) column.bar = plan.bar;
        if (id == ColumnId::queue) column.bar = plan.queue_bar;
        if (id == ColumnId::flags) column.text = std::max(column.text, title_width(id));
        columns.push_back(column);
        // Goes with the first column that a small screen goes without.
        if (id == ColumnId::worker && needs.mixed && plan.dropped == 0) {
            columns.push_back(engine_column(widths));
        }
    }
    return columns;
}

void add_extras(std::vector<PlannedColumn>& columns, const TextWidths& widths, std::size_t room,
                bool mixed) {
    for (std::size_t i = static_cast<std::size_t>(ColumnId::hits); i < kColumnCount; ++i) {
        const auto id = static_cast<ColumnId>(i);
        if (widths[i] == 0 || (id == ColumnId::engine && mixed)) continue;
        const std::size_t text = std::max(std::min(widths[i], kTextMost), title_width(id));
        if (text + 1 > room) continue;
        room -= text + 1;
        columns.push_back({id, text, 0});
    }
}

}  // namespace

std::string cell_text(const WorkerEntry& worker, ColumnId id) {
    const auto count = [&](LoadField field) { return worker.load.count(field); };
    switch (id) {
        case ColumnId::worker: return harmless(worker.id);
        case ColumnId::state: return or_dash(worker.state);
        case ColumnId::age: return age_text(worker.age_ms);
        case ColumnId::running:
            return ratio_text(count(LoadField::running), count(LoadField::slots));
        case ColumnId::queue: return count_text(count(LoadField::waiting));
        case ColumnId::kv_use: return percent_text(worker.load.fraction(LoadField::kv_usage));
        case ColumnId::flags: return joined(worker.flags);
        case ColumnId::hits: return percent_text(worker.load.fraction(LoadField::prefix_hit_rate));
        case ColumnId::blocks:
            return ratio_text(count(LoadField::kv_active_blocks),
                              count(LoadField::kv_total_blocks));
        case ColumnId::alive: return age_text(worker.alive_age_ms);
        case ColumnId::rtt: return worker.rtt_ms ? fmt::format("{:.1f}ms", *worker.rtt_ms) : "-";
        case ColumnId::missed: return count_text(worker.missed);
        case ColumnId::generation: return count_text(worker.generation);
        case ColumnId::interval: return age_text(worker.interval_ms);
        case ColumnId::models: return joined(worker.models);
        case ColumnId::labels: return joined(worker.labels);
        case ColumnId::source: return or_dash(worker.source);
        case ColumnId::road: return or_dash(worker.road);
        case ColumnId::engine: return or_dash(worker.engine);
        case ColumnId::address: return or_dash(worker.address);
        case ColumnId::mark:
        case ColumnId::history: break;
    }
    return {};
}

bool is_right_aligned(ColumnId id) noexcept {
    switch (id) {
        case ColumnId::age:
        case ColumnId::running:
        case ColumnId::queue:
        case ColumnId::kv_use:
        case ColumnId::hits:
        case ColumnId::blocks:
        case ColumnId::alive:
        case ColumnId::rtt:
        case ColumnId::missed:
        case ColumnId::generation:
        case ColumnId::interval: return true;
        default: return false;
    }
}

// Measured without making the texts: it is done for every worker at every frame.
TextWidths text_widths(std::span<const WorkerEntry> workers, std::span<const std::size_t> chosen) {
    TextWidths widths{};
    const auto widen = [&](ColumnId id, std::size_t width) {
        std::size_t& held = widths[static_cast<std::size_t>(id)];
        held = std::max(held, width);
    };
    for (const std::size_t index : chosen) {
        const WorkerEntry& worker = workers[index];
        const auto digits = [&](LoadField field) { return digits_of(worker.load.count(field)); };
        widen(ColumnId::worker, text_columns(worker.id));
        widen(ColumnId::state, text_columns(worker.state));
        widen(ColumnId::running, digits(LoadField::running) + 1 + digits(LoadField::slots));
        widen(ColumnId::queue, digits(LoadField::waiting));
        widen(ColumnId::flags, list_columns(worker.flags));
        widen(ColumnId::blocks,
              digits(LoadField::kv_active_blocks) + 1 + digits(LoadField::kv_total_blocks));
        widen(ColumnId::missed, digits_of(worker.missed));
        widen(ColumnId::generation, digits_of(worker.generation));
        widen(ColumnId::models, list_columns(worker.models));
        widen(ColumnId::labels, text_columns(joined(worker.labels)));
        widen(ColumnId::source, text_columns(worker.source));
        widen(ColumnId::road, text_columns(worker.road));
        widen(ColumnId::engine, text_columns(worker.engine));
        widen(ColumnId::address, text_columns(worker.address));
    }
    // "100.0%", "23h59m", "9999.9ms".
    for (const ColumnId id : {ColumnId::hits, ColumnId::alive, ColumnId::interval}) widen(id, 6);
    widen(ColumnId::rtt, 8);
    return widths;
}

bool is_mixed(std::span<const WorkerEntry> workers) {
    const std::string* first = nullptr;
    for (const WorkerEntry& worker : workers) {
        // One that never answered is not yet of another engine.
        if (worker.engine.empty() || worker.engine == "unknown") continue;
        if (first == nullptr) first = &worker.engine;
        if (worker.engine != *first) return true;
    }
    return false;
}

std::vector<PlannedColumn> plan_columns(const TextWidths& widths, const ColumnNeeds& needs) {
    const std::size_t screen = needs.screen;
    const std::size_t id_width = std::max<std::size_t>(
        widths[static_cast<std::size_t>(ColumnId::worker)], least_text(ColumnId::worker));
    if (screen == 0) {
        std::vector<PlannedColumn> columns =
            columns_of_plan(widths, kPrintout, {.mixed = needs.mixed});
        columns[1].text = id_width;
        return columns;
    }
    std::vector<PlannedColumn> columns;
    const auto fits = [&](const Plan& plan, std::size_t id_least) {
        columns = columns_of_plan(widths, plan, needs);
        return total_width(columns) + std::min(id_width, id_least) <= screen;
    };
    const auto fitting =
        std::find_if(kPlans.begin() + static_cast<std::ptrdiff_t>(first_plan_for(screen)),
                     kPlans.end(), [&](const Plan& plan) { return fits(plan, kIdGood); });
    for (std::size_t dropped = 1; fitting == kPlans.end() && dropped <= kDropped.size();
         ++dropped) {
        if (fits({0, 0, 0, dropped}, kIdLeast)) break;
    }
    const std::size_t others = total_width(columns);
    const std::size_t room = screen > others ? screen - others : 0;
    columns[1].text = std::min(id_width, room);
    add_extras(columns, widths, room - columns[1].text, needs.mixed);
    return columns;
}

}  // namespace muster
