// The lines around the table, and the pages that are lists.
#include "top/top_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "fleet_table.hpp"
#include "people_text.hpp"
#include "top/troubles.hpp"

namespace muster {
namespace {

std::string number_text(std::optional<double> number) {
    return number ? fmt::format("{:.0f}", *number) : "-";
}

// "61 of 64 expected": by component, more than are expected make up for nobody elsewhere.
std::string expectation_words(const FleetDocument& fleet) {
    std::uint64_t wanted = 0;
    std::uint64_t present = 0;
    for (const ExpectedEntry& expected : fleet.expected) {
        const std::uint64_t workers = expected.workers.value_or(0);
        wanted += workers;
        present += std::min(expected.present.value_or(0), workers);
    }
    return fmt::format("{} of {} expected", present, wanted);
}

std::string sources_words(const FleetDocument& fleet) {
    if (fleet.sources.size() == 1) return source_words(fleet.sources.front(), fleet.time);
    const auto connected = std::ranges::count_if(
        fleet.sources, [](const SourceEntry& source) { return state_of(source) == "connected"; });
    return fmt::format("{} of {} sources connected", connected, fleet.sources.size());
}

PageText lost_page(const TopModel& model, std::size_t columns) {
    PageText page{fmt::format("Lost in the last 15 minutes: {}", model.lost().size()), {}};
    for (const LostEntry* const lost : model.lost()) {
        page.lines.push_back(lost_line(*lost, model.fleet().time, columns));
    }
    if (page.lines.empty()) page.lines.emplace_back("Nobody.", Tone::dim);
    return page;
}

void add_source(std::vector<StyledLine>& lines, const SourceEntry& source,
                std::optional<WallTime> now) {
    const std::string state = state_of(source);
    const Tone tone = state == "connected" ? Tone::good
                      : state == "suspect" ? Tone::warning
                                           : Tone::bad;
    StyledLine line(state == "connected" ? "  " : "! ", tone);
    line.add(source_words(source, now), tone);
    lines.push_back(std::move(line));
    if (const auto since = ago(source.since, now)) {
        lines.emplace_back("    in that state for " + age_text(*since));
    }
    lines.emplace_back(fmt::format("    {} questions, {} answers, {} of them late",
                                   count_text(source.asked), count_text(source.answered),
                                   count_text(source.late_answers)));
    std::string rejected;
    for (const auto& [reason, count] : source.rejected) {
        rejected += fmt::format("{}{} {}", rejected.empty() ? "" : ", ", count, harmless(reason));
    }
    if (!rejected.empty()) lines.emplace_back("    rejected: " + rejected, Tone::warning);
    if (source.last_error && *source.last_error != source.reason) {
        lines.emplace_back("    last error: " + harmless(*source.last_error), Tone::dim);
    }
}

void add_component(std::vector<StyledLine>& lines, const ComponentEntry& component) {
    std::string words =
        fmt::format("  {} by {}: asked every {}, patience {}", harmless(component.name),
                    harmless(component.source), age_text(component.interval_ms),
                    age_text(component.patience_ms));
    if (!component.without_load.empty()) {
        words += fmt::format(", {} offer no load", component.without_load.size());
    }
    lines.emplace_back(words);
}

void add_expected(std::vector<StyledLine>& lines, const ExpectedEntry& expected) {
    const bool missing = expected.missing.value_or(0) > 0;
    std::string words = fmt::format("{} {}: {} of {} are there, {} missing", missing ? '!' : ' ',
                                    harmless(expected.component), count_text(expected.present),
                                    count_text(expected.workers), count_text(expected.missing));
    if (!expected.why.empty()) words += ": " + harmless(expected.why);
    lines.emplace_back(words, missing ? Tone::bad : Tone::good);
    for (const std::string& id : expected.missing_ids) {
        lines.emplace_back("    " + harmless(id), Tone::bad);
    }
}

PageText sources_page(const TopModel& model, std::size_t columns) {
    const FleetDocument& fleet = model.fleet();
    PageText page{"What is wrong", {}};
    std::vector<StyledLine>& lines = page.lines;
    const auto begin = [&](std::string_view title) {
        lines.emplace_back();
        lines.emplace_back(title, Tone::strong);
    };
    for (StyledLine& line : whole_trouble_lines(troubles_of(fleet, model.link()), columns)) {
        lines.push_back(std::move(line));
    }
    begin("Sources");
    for (const SourceEntry& source : fleet.sources) add_source(lines, source, fleet.time);
    if (!fleet.components.empty()) begin("Components");
    for (const ComponentEntry& component : fleet.components) add_component(lines, component);
    if (!fleet.expected.empty()) begin("Expected");
    for (const ExpectedEntry& expected : fleet.expected) add_expected(lines, expected);
    return page;
}

// What stands on the left of the last line, the most urgent first.
StyledLine footer_words(const TopModel& model, std::size_t columns, Time now) {
    constexpr std::size_t kColumnsForAll = 100;
    if (model.typing()) {
        StyledLine line("Filter: ", Tone::strong);
        line.add(model.filter() + '_');
        line.add("  Enter keeps it, Esc takes it back", Tone::dim);
        return line;
    }
    StyledLine line;
    if (const auto paused = model.paused_for(now)) {
        line.add("PAUSED for " + age_text(*paused) + ", p goes on", Tone::warning);
        line.add("  ");
    }
    if (!model.filter().empty()) {
        line.add("filter: " + model.filter(), Tone::strong);
        line.add(fmt::format(" ({} of {}), Esc clears  ", model.chosen().size(),
                             model.fleet().workers.size()));
    }
    if (model.page() != TopPage::table) {
        line.add("Esc back", Tone::dim);
        if (model.page() == TopPage::details) line.add("  left/right: other workers", Tone::dim);
        line.add("  ? help  q quit", Tone::dim);
        return line;
    }
    const WorkerOrder order = model.order();
    line.add("? help  / filter  s sort: ", Tone::dim);
    line.add(name_of(order.key), Tone::strong);
    if (order.reversed) line.add(" reversed", Tone::strong);
    line.add(model.past() != nullptr ? "  , . other moments" : "  p pause", Tone::dim);
    line.add("  Enter details", Tone::dim);
    if (columns >= kColumnsForAll) line.add("  l lost  o sources", Tone::dim);
    line.add("  q quit", Tone::dim);
    return line;
}

}  // namespace

PageText page_text(const TopModel& model, std::size_t columns, Glyphs glyphs) {
    switch (model.page()) {
        case TopPage::lost: return lost_page(model, columns);
        case TopPage::sources: return sources_page(model, columns);
        case TopPage::details: return details_page(model, columns, glyphs);
        case TopPage::help:
        case TopPage::table: break;
    }
    return help_page(model, glyphs);
}

StyledLine summary_line(const TopModel& model) {
    const FleetDocument& fleet = model.fleet();
    StyledLine line("  ");
    line.add(workers_words(fleet), Tone::strong);
    if (!fleet.expected.empty()) line.add(" | " + expectation_words(fleet));
    if (!fleet.sources.empty()) line.add(" | " + sources_words(fleet));
    const char* const by = model.past() != nullptr ? " | journal of " : " | by ";
    if (!model.link().place.empty()) line.add(by + harmless(model.link().place));
    return line;
}

StyledLine totals_line(const TopModel& model, std::size_t columns, Glyphs glyphs) {
    constexpr std::size_t kBar = 10;
    constexpr std::size_t kColumnsForBar = 100;
    const StatisticsEntry& stats = model.fleet().stats;
    StyledLine line("  KV use mean ");
    line.add(percent_text(stats.kv_usage.mean));
    if (columns >= kColumnsForBar) {
        line.add(" ");
        add_bar(line, stats.kv_usage.mean, kBar, Tone::good, glyphs);
    }
    line.add(fmt::format(" max {} | running {} | queue {}, max {} | oldest {}",
                         percent_text(stats.kv_usage.max), number_text(stats.running.sum),
                         number_text(stats.waiting.sum), number_text(stats.waiting.max),
                         age_text(stats.oldest_age_ms)));
    return line;
}

StyledLine lost_line(const LostEntry& lost, std::optional<WallTime> now, std::size_t columns) {
    const auto since = ago(lost.since, now);
    std::string words = "x lost " + harmless(lost.id);
    if (since) words += ' ' + age_text(*since) + " ago";
    words += ": " + (lost.reason.empty() ? "no reason is known" : harmless(lost.reason));
    return StyledLine(shortened_at_end(words, columns), Tone::bad);
}

StyledLine footer_line(const TopModel& model, std::size_t columns, Time now) {
    StyledLine line = footer_words(model, columns, now);
    const auto time = model.fleet().time;
    const std::string clock = time ? clock_text(*time).substr(0, 8) + 'Z' : "";
    // On a very small screen the keys are worth more.
    if (clock.empty() || columns < 4 * clock.size()) return line;
    line.shorten_to(columns - clock.size() - 1);
    line.fill_to(columns - clock.size());
    line.add(clock, Tone::strong);
    return line;
}

PageText help_page(const TopModel& model, Glyphs glyphs) {
    static constexpr std::array kKeys = {
        "s S      sort by the next, the last column; 1 to 7: worst, worker, state, age,",
        "         running, queue, KV use (the same again turns it round)",
        "r        turn the order round",
        "/        filter: words that must stand in id, state, flags, labels, models...;",
        "         !word must not. Enter keeps it, Esc takes it back",
        "up down PgUp PgDn Home End, j k g G     move the cursor",
        "Enter    all about the worker under the cursor; left, right: the next one",
    };
    static constexpr std::array kKeysOfPresent = {
        "p Space  stand still, go on (collecting goes on)",
        "h        history of KV use, queue (Q), running (RUN)",
    };
    static constexpr std::array kKeysOfPast = {
        ", .      a second back, on            < >      ten seconds",
        "[ ]      a minute                     { }      an hour",
    };
    static constexpr std::array kKeysLast = {
        "l o      the lost; sources, expectations and all that is wrong",
        "Esc      back: page, filter, cursor     Ctrl-L draws anew     q quits",
    };
    static constexpr std::array kMarks = {
        "! stale: old numbers, not to be used    ? unknown: no load was ever told",
        "~ late: an answer is missing            & zombie, or two processes under one id",
        "* frozen, or another flag               - cordoned: somebody meant it",
        "x lost: gone from the fleet             a dash is a number nobody told, never 0",
    };
    PageText page{"Keys", {}};
    const bool past = model.past() != nullptr;
    const auto add = [&](const auto& lines) {
        for (const char* const line : lines) page.lines.emplace_back(line);
    };
    add(kKeys);
    add(past ? kKeysOfPast : kKeysOfPresent);
    add(kKeysLast);
    page.lines.emplace_back();
    page.lines.emplace_back("Marks", Tone::strong);
    add(kMarks);
    page.lines.emplace_back();
    page.lines.emplace_back(
        "A queue's bar is full at the longest queue of the fleet (at least 16).");
    if (past) return page;
    page.lines.emplace_back(fmt::format(
        "History: one character for 5 s, the highest value in it, from {} to {}; a gap",
        glyphs == Glyphs::blocks ? "\u2581" : "_", glyphs == Glyphs::blocks ? "\u2588" : "#"));
    page.lines.emplace_back(
        "where the load was old or not known. It begins when this program does.");
    return page;
}

}  // namespace muster
