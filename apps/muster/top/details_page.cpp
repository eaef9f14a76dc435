// All about one worker: every field of its document, its flags with since when, its history.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet_table.hpp"
#include "muster/wire/rfc3339.hpp"
#include "people_text.hpp"
#include "top/top_pages.hpp"
#include "top/worker_table.hpp"

namespace muster {
namespace {

// Of the names of fields.
constexpr std::size_t kNameColumns = 18;
// From here on load and facts stand side by side.
constexpr std::size_t kTwoColumnsFrom = 110;

StyledLine field(std::string_view name, std::string_view value, Tone tone = Tone::plain) {
    StyledLine line("  ");
    line.add(in_columns(name, kNameColumns), Tone::dim);
    line.add(value.empty() ? "-" : value, value.empty() ? Tone::dim : tone);
    return line;
}

std::string ms_text(std::optional<double> ms) {
    return ms ? fmt::format("{:.1f}ms", *ms) : "-";
}

std::string moment_text(std::optional<WallTime> time, std::optional<WallTime> now) {
    if (!time) return "-";
    std::string text;
    append_rfc3339(text, *time);
    const auto since = ago(time, now);
    return since ? text + " (" + age_text(*since) + " ago)" : text;
}

std::string list_text(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + harmless(word);
    return text;
}

std::vector<StyledLine> state_lines(const WorkerEntry& worker, std::optional<WallTime> now) {
    const Tone tone = tone_of(severity_of(worker));
    std::vector<StyledLine> lines;
    lines.push_back(field("state", harmless(worker.state), tone));
    lines.push_back(field("age", age_text(worker.age_ms), tone));
    if (worker.record_age_ms)
        lines.push_back(field("record's age", age_text(worker.record_age_ms)));
    if (worker.captured_age_ms) {
        lines.push_back(field("age at the worker", age_text(worker.captured_age_ms)));
    }
    lines.push_back(field("alive", age_text(worker.alive_age_ms)));
    lines.push_back(field("round trip", ms_text(worker.rtt_ms)));
    lines.push_back(field("questions missed", count_text(worker.missed)));
    if (worker.trouble) {
        lines.push_back(field(
            "trouble",
            harmless(worker.trouble->kind) + " since " + moment_text(worker.trouble->since, now),
            Tone::bad));
        lines.push_back(field("", harmless(worker.trouble->what), Tone::bad));
    }
    if (worker.silent_since) {
        lines.push_back(field("silent since", moment_text(worker.silent_since, now), Tone::bad));
    }
    for (std::size_t i = 0; i < worker.flags.size(); ++i) {
        const auto since = i < worker.flags_since.size() ? worker.flags_since[i] : std::nullopt;
        lines.push_back(field(i == 0 ? "flags" : "",
                              harmless(worker.flags[i]) + " since " + moment_text(since, now),
                              Tone::warning));
    }
    if (worker.flags.empty()) lines.push_back(field("flags", ""));
    if (worker.cordon) {
        const std::string& by = worker.cordon->by;
        lines.push_back(
            field("cordoned because",
                  harmless(worker.cordon->why) + (by.empty() ? "" : " (by " + harmless(by) + ')')));
    }
    lines.push_back(field("generation", count_text(worker.generation)));
    lines.push_back(field("asked every", age_text(worker.interval_ms)));
    lines.push_back(field("patience", age_text(worker.patience_ms)));
    return lines;
}

std::vector<StyledLine> load_lines(const Load& load, Glyphs glyphs, bool usable) {
    constexpr std::size_t kBar = 20;
    std::vector<StyledLine> lines;
    const auto with_bar = [&](std::string_view name, std::string_view text,
                              std::optional<double> share) {
        StyledLine line = field(name, in_columns(text, 14));
        line.add(" ");
        add_bar(line, share, kBar, usable ? Tone::good : Tone::dim, glyphs);
        lines.push_back(std::move(line));
    };
    const auto running = load.count(LoadField::running);
    const auto slots = load.count(LoadField::slots);
    std::optional<double> busy;
    if (running && slots.value_or(0) > 0) {
        busy = static_cast<double>(*running) / static_cast<double>(*slots);
    }
    with_bar("running/slots", ratio_text(running, slots), busy);
    lines.push_back(field("waiting", count_text(load.count(LoadField::waiting))));
    with_bar("KV use", percent_text(load.fraction(LoadField::kv_usage)),
             load.fraction(LoadField::kv_usage));
    lines.push_back(field("KV blocks", ratio_text(load.count(LoadField::kv_active_blocks),
                                                  load.count(LoadField::kv_total_blocks))));
    with_bar("prefix hits", percent_text(load.fraction(LoadField::prefix_hit_rate)),
             load.fraction(LoadField::prefix_hit_rate));
    return lines;
}

void add_activity(std::vector<StyledLine>& lines, const ActivityEntry& activity,
                  std::optional<WallTime> now) {
    lines.push_back(field("requests/s done", rate_text(activity.requests_per_s)));
    lines.push_back(field("tokens/s in, out", rate_text(activity.prompt_tokens_per_s) + ", " +
                                                  rate_text(activity.generated_tokens_per_s)));
    if (activity.unseen_bursts.value_or(0) == 0) return;
    std::string bursts = fmt::format("{} times unseen", *activity.unseen_bursts);
    if (const auto since = ago(activity.last_unseen_burst, now)) {
        bursts += ", last " + age_text(*since) + " ago";
    }
    lines.push_back(field("was busy", bursts));
}

std::vector<StyledLine> identity_lines(const WorkerEntry& worker) {
    std::vector<StyledLine> lines;
    lines.push_back(field("component", harmless(worker.component)));
    lines.push_back(field("instance", harmless(worker.instance_id)));
    lines.push_back(field("rank", worker.rank ? std::to_string(*worker.rank) : ""));
    lines.push_back(field("engine", harmless(worker.engine)));
    lines.push_back(field("address", harmless(worker.address)));
    lines.push_back(field("source, road", harmless(worker.source) + ", " + harmless(worker.road)));
    lines.push_back(field("models", list_text(worker.models)));
    std::string labels;
    for (const auto& [key, value] : worker.labels) {
        labels += (labels.empty() ? "" : ", ") + harmless(key) + '=' + harmless(value);
    }
    lines.push_back(field("labels", labels));
    return lines;
}

// One line for what few workers tell.
std::string speculation_text(const SpecDecodeStats& stats) {
    std::string text = fmt::format("{} ahead, {} drafts, {} accepted",
                                   count_text(stats.num_spec_tokens), count_text(stats.num_drafts),
                                   ratio_text(stats.num_accepted_tokens, stats.num_draft_tokens));
    if (!stats.num_accepted_tokens_per_pos) return text;
    std::string_view separator = " (by place: ";
    for (const std::uint32_t tokens : *stats.num_accepted_tokens_per_pos) {
        text += fmt::format("{}{}", separator, tokens);
        separator = ", ";
    }
    return text + (separator == ", " ? ")" : "");
}

StyledLine history_line(const TopModel& model, std::string_view name, HistoryOf what,
                        std::size_t columns, Glyphs glyphs) {
    const std::size_t room = columns > kNameColumns + 24 ? columns - kNameColumns - 24 : 8;
    const std::size_t buckets = std::min(FleetHistory::kBuckets, room);
    auto values = model.history().last(model.selected(), what, buckets, model.moment());
    double most = 0.0;
    for (const auto& value : values) most = std::max(most, value.value_or(0.0));
    const bool share = what == HistoryOf::kv_usage;
    const std::string highest = share ? percent_text(most) : fmt::format("{:.0f}", most);
    StyledLine line = field(name, sparkline(scaled(std::move(values), share ? 1.0 : most), glyphs));
    line.add(fmt::format("| {} at most", highest), Tone::dim);
    return line;
}

void add_history(std::vector<StyledLine>& lines, const TopModel& model, std::size_t columns,
                 Glyphs glyphs) {
    if (model.past() != nullptr) return;  // This program saw nothing of it.
    lines.emplace_back();
    lines.emplace_back("History, one character for 5 s", Tone::strong);
    lines.push_back(history_line(model, "KV use", HistoryOf::kv_usage, columns, glyphs));
    lines.push_back(history_line(model, "waiting", HistoryOf::waiting, columns, glyphs));
    lines.push_back(history_line(model, "running", HistoryOf::running, columns, glyphs));
}

// Beside each other where there is room, else one after the other.
void add_both(std::vector<StyledLine>& lines, std::vector<StyledLine> left,
              const std::vector<StyledLine>& right, std::size_t columns) {
    if (columns < kTwoColumnsFrom) {
        lines.insert(lines.end(), left.begin(), left.end());
        lines.insert(lines.end(), right.begin(), right.end());
        return;
    }
    left.resize(std::max(left.size(), right.size()));
    for (std::size_t i = 0; i < left.size(); ++i) {
        left[i].cut_to(columns / 2 - 1);
        left[i].fill_to(columns / 2);
        if (i < right.size()) left[i].add(right[i]);
        lines.push_back(std::move(left[i]));
    }
}

PageText lost_details(const TopModel& model, const LostEntry& lost, std::size_t columns,
                      Glyphs glyphs) {
    PageText page{harmless(lost.id) + " is lost", {}};
    page.lines.push_back(field("reason", harmless(lost.reason), Tone::bad));
    page.lines.push_back(field("lost", moment_text(lost.since, model.fleet().time)));
    page.lines.emplace_back();
    page.lines.emplace_back("Last load", Tone::strong);
    for (StyledLine& line : load_lines(lost.load, glyphs, false)) {
        page.lines.push_back(std::move(line));
    }
    add_history(page.lines, model, columns, glyphs);
    return page;
}

}  // namespace

PageText details_page(const TopModel& model, std::size_t columns, Glyphs glyphs) {
    const FleetDocument& fleet = model.fleet();
    const std::string& id = model.selected();
    const auto found = std::ranges::find(fleet.workers, id, &WorkerEntry::id);
    if (found == fleet.workers.end()) {
        // From the end: it may have been lost more than once.
        const auto lost = std::find_if(fleet.lost.rbegin(), fleet.lost.rend(),
                                       [&](const LostEntry& entry) { return entry.id == id; });
        if (lost != fleet.lost.rend()) return lost_details(model, *lost, columns, glyphs);
        return {harmless(id) + " is not in this view", {}};
    }
    PageText page{harmless(id), {}};
    const Severity severity = severity_of(*found);
    const bool usable = severity != Severity::stale && severity != Severity::unknown;
    auto load = load_lines(found->load, glyphs, usable);
    if (found->activity) add_activity(load, *found->activity, fleet.time);
    add_both(page.lines, std::move(load), state_lines(*found, fleet.time), columns);
    add_history(page.lines, model, columns, glyphs);
    page.lines.emplace_back();
    if (found->spec_decode) {
        page.lines.push_back(field("speculation", speculation_text(*found->spec_decode)));
    }
    for (StyledLine& line : identity_lines(*found)) page.lines.push_back(std::move(line));
    return page;
}

}  // namespace muster
