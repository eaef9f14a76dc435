// Rows are given out from the first line down: what is wrong, the heading, the workers; on a small
// screen the rest goes without.
#include "top/top_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "top/top_pages.hpp"
#include "top/troubles.hpp"
#include "top/worker_table.hpp"

namespace muster {
namespace {

// With fewer rows these lines are left out, in favour of workers.
constexpr std::size_t kRowsForFooter = 5;
constexpr std::size_t kRowsForSummary = 7;
constexpr std::size_t kRowsForTotals = 16;
// Workers that must be seen beside a panel and beside the lost.
constexpr std::size_t kRowsBesidePanel = 10;
constexpr std::size_t kRowsBesideLost = 4;

std::size_t trouble_rows(std::size_t rows) {
    return std::max<std::size_t>(1, rows / 8);
}

// As many of the lost as fit in `rows`, newest first; what is left out is counted.
void add_lost(Frame& frame, const TopModel& model, std::size_t rows, std::size_t columns) {
    const auto& lost = model.lost();
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t left = lost.size() - i;
        if (i + 1 == rows && left > 1) {
            frame.emplace_back(fmt::format("and {} more lost: l lists them", left), Tone::dim);
            return;
        }
        frame.push_back(lost_line(*lost[i], model.fleet().time, columns));
    }
}

// Of `body` rows, how many tell of the lost.
std::size_t lost_rows(const TopModel& model, std::size_t body, std::size_t screen_rows) {
    const std::size_t workers = std::max<std::size_t>(model.chosen().size(), 1);
    const std::size_t unused = body > workers ? body - workers : 0;
    const std::size_t share =
        body > kRowsBesideLost ? std::max<std::size_t>(screen_rows / 8, 1) : 0;
    return std::min(model.lost().size(), std::max(unused, share));
}

StyledLine empty_line(const TopModel& model) {
    const bool filtered = !model.filter().empty() && !model.fleet().workers.empty();
    return StyledLine(
        filtered ? "  No worker matches the filter: Esc clears it." : "  No worker is known.",
        Tone::dim);
}

void add_table(Frame& frame, TopModel& model, const TopLook& look, std::size_t body) {
    const std::size_t lost = lost_rows(model, body, look.rows);
    model.set_room(body - lost, model.chosen().size());
    const WorkerTable table(
        model.fleet().workers, model.chosen(), model.history(),
        {look.columns, model.past() == nullptr, look.glyphs, model.history_of(), model.moment()});
    frame.push_back(table.heading(model.order()));
    const std::size_t shown = std::min(body - lost, model.chosen().size() - model.offset());
    for (std::size_t i = 0; i < shown; ++i) {
        const WorkerEntry& worker = model.fleet().workers[model.chosen()[model.offset() + i]];
        frame.push_back(table.row(worker, worker.id == model.selected()));
    }
    if (model.chosen().empty()) frame.push_back(empty_line(model));
    const std::size_t used = std::max<std::size_t>(shown, model.chosen().empty() ? 1 : 0);
    for (std::size_t i = used; i < body - lost; ++i) frame.emplace_back();
    add_lost(frame, model, lost, look.columns);
}

void add_page(Frame& frame, TopModel& model, const TopLook& look, std::size_t body) {
    PageText page = page_text(model, look.columns, look.glyphs);
    model.set_room(body, page.lines.size());
    std::string where;
    if (page.lines.size() > body) {
        where = fmt::format("  ({}-{} of {})", model.offset() + 1,
                            std::min(model.offset() + body, page.lines.size()), page.lines.size());
    }
    frame.emplace_back(page.title + where, Tone::strong);
    for (std::size_t i = 0; i < body; ++i) {
        const std::size_t line = model.offset() + i;
        frame.push_back(line < page.lines.size() ? std::move(page.lines[line]) : StyledLine());
    }
}

}  // namespace

Frame draw_top(TopModel& model, const TopLook& look, Time now) {
    Frame frame;
    const bool table = model.page() == TopPage::table;
    std::size_t left = look.rows;
    const bool footer = look.rows >= kRowsForFooter;
    if (footer) --left;
    const bool panel = !look.panel.empty() && left >= look.panel.size() + kRowsBesidePanel;
    if (panel) left -= look.panel.size();
    if (model.past() != nullptr) frame.push_back(model.past()->line(now, look.columns));
    for (StyledLine& line : trouble_lines(troubles_of(model.fleet(), model.link()),
                                          table ? trouble_rows(left) : 1, look.columns)) {
        frame.push_back(std::move(line));
    }
    left -= std::min(left, frame.size());
    if (table && look.rows >= kRowsForSummary) {
        frame.push_back(summary_line(model));
        --left;
    }
    if (table && left + frame.size() >= kRowsForTotals) {
        frame.push_back(totals_line(model, look.columns, look.glyphs));
        --left;
    }
    // The heading, and at least a row under it.
    const std::size_t body = left > 1 ? left - 1 : 1;
    if (table)
        add_table(frame, model, look, body);
    else
        add_page(frame, model, look, body);
    frame.resize(look.rows - (footer ? 1 : 0) - (panel ? look.panel.size() : 0));
    if (panel) frame.insert(frame.end(), look.panel.begin(), look.panel.end());
    if (footer) frame.push_back(footer_line(model, look.columns, now));
    for (StyledLine& line : frame) line.shorten_to(look.columns);
    return frame;
}

Frame print_top(const TopModel& model, std::size_t columns, Glyphs glyphs) {
    const std::size_t wide = columns == 0 ? SIZE_MAX : columns;
    const auto troubles = troubles_of(model.fleet(), model.link());
    Frame frame;
    if (model.past() != nullptr) frame.push_back(model.past()->line(model.moment(), wide));
    for (StyledLine& line : trouble_lines(troubles, troubles.size(), wide)) {
        frame.push_back(std::move(line));
    }
    frame.push_back(summary_line(model));
    frame.push_back(totals_line(model, wide, glyphs));
    const WorkerTable table(model.fleet().workers, model.chosen(), model.history(),
                            {columns, false, glyphs, model.history_of(), model.moment()});
    frame.push_back(table.heading(model.order()));
    for (const std::size_t index : model.chosen()) {
        frame.push_back(table.row(model.fleet().workers[index], false));
    }
    if (model.chosen().empty()) frame.push_back(empty_line(model));
    add_lost(frame, model, model.lost().size(), wide);
    if (columns > 0) {
        for (StyledLine& line : frame) line.shorten_to(columns);
    }
    return frame;
}

}  // namespace muster
