// Each kind of trouble is one sentence, however many workers it hits: it names one of them.
#include "top/troubles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "fleet_table.hpp"
#include "muster/fleet/worker_trouble.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

std::string for_how_long(std::optional<WallTime> since, std::optional<WallTime> now) {
    const auto duration = ago(since, now);
    return duration ? " for " + age_text(*duration) : "";
}

std::optional<Trouble> link_trouble(const FleetDocument& fleet, const ViewLink& link) {
    if (!link.away) return std::nullopt;
    std::string words = fmt::format("NO VIEW for {}", age_text(link.silent));
    if (!link.place.empty()) words += " from " + harmless(link.place);
    if (!link.failure.empty()) words += ": " + harmless(link.failure);
    if (fleet.time) {
        const WallTime seen = *fleet.time - link.silent;
        words += "; below is what was seen at " + clock_text(seen).substr(0, 8) + "Z, ageing";
    }
    return Trouble{words, Tone::bad};
}

void add_sources(const FleetDocument& fleet, std::vector<Trouble>& troubles) {
    for (const char* const wanted : {"disconnected", "suspect"}) {
        for (const SourceEntry& source : fleet.sources) {
            if (state_of(source) != wanted) continue;
            const bool cut = source.state == "disconnected";
            troubles.push_back({source_words(source, fleet.time), cut ? Tone::bad : Tone::warning});
        }
    }
    if (fleet.sources.empty()) troubles.push_back({"no source is known yet", Tone::warning});
}

void add_missing(const FleetDocument& fleet, std::vector<Trouble>& troubles) {
    for (const ExpectedEntry& expected : fleet.expected) {
        if (!expected.missing) {
            std::string words =
                fmt::format("not known yet whether all {} of {} are there",
                            count_text(expected.workers), harmless(expected.component));
            if (!expected.why.empty()) words += ": " + harmless(expected.why);
            troubles.push_back({words, Tone::warning});
            continue;
        }
        const std::uint64_t missing = *expected.missing;
        if (missing == 0) continue;
        const std::uint64_t wanted = expected.workers.value_or(missing);
        std::string words =
            fmt::format("{} of {} of {} missing{}", missing, wanted, harmless(expected.component),
                        for_how_long(expected.since, fleet.time));
        if (!expected.why.empty()) words += ": " + harmless(expected.why);
        if (!expected.missing_ids.empty()) {
            words += " (" + harmless(expected.missing_ids.front());
            if (expected.missing_ids.size() > 1) words += ", ...";
            words += ')';
        }
        troubles.push_back({words, Tone::bad});
    }
}

// "3 stale, the oldest 12.1s: ID".
void add_state(const FleetDocument& fleet, std::string_view state, std::string_view words,
               Tone tone, std::vector<Trouble>& troubles) {
    const WorkerEntry* oldest = nullptr;
    std::size_t count = 0;
    for (const WorkerEntry& worker : fleet.workers) {
        if (worker.state != state) continue;
        ++count;
        if (oldest == nullptr || worker.age_ms > oldest->age_ms) oldest = &worker;
    }
    if (oldest == nullptr) return;
    std::string text = fmt::format("{} of {} {}", count, fleet.workers.size(), words);
    if (oldest->age_ms) text += ", the oldest " + age_text(oldest->age_ms);
    troubles.push_back({text + ": " + harmless(oldest->id), tone});
}

struct FlagWords {
    std::string_view flag;
    std::string_view words;
    Tone tone;
};
constexpr std::array<FlagWords, 5> kFlagWords = {{
    {"duplicate", "two processes answer under this id", Tone::bad},
    {"zombie", "withdrawn, yet it answers", Tone::bad},
    {"frozen", "busy, and its numbers do not move", Tone::warning},
    {"restored", "from the journal, not heard yet", Tone::warning},
    {"cordoned", "somebody meant it", Tone::dim},
}};

void add_flags(const FleetDocument& fleet, std::vector<Trouble>& troubles) {
    for (const FlagWords& kind : kFlagWords) {
        const WorkerEntry* first = nullptr;
        std::optional<WallTime> since;
        std::size_t count = 0;
        for (const WorkerEntry& worker : fleet.workers) {
            const auto flag = std::ranges::find(worker.flags, kind.flag);
            if (flag == worker.flags.end()) continue;
            ++count;
            if (first != nullptr) continue;
            first = &worker;
            const auto place = static_cast<std::size_t>(flag - worker.flags.begin());
            if (place < worker.flags_since.size()) since = worker.flags_since[place];
        }
        if (first == nullptr) continue;
        // Why, in the words of whoever cordoned it.
        const bool told = kind.flag == "cordoned" && first->cordon;
        troubles.push_back(
            {fmt::format("{} {}{}: {}: {}", count, kind.flag, for_how_long(since, fleet.time),
                         harmless(first->id),
                         told ? harmless(first->cordon->why) : std::string(kind.words)),
             kind.tone});
    }
}

// Those that are asked and tell no load, or are another engine now, by what is wrong with them.
void add_worker_troubles(const FleetDocument& fleet, std::vector<Trouble>& troubles) {
    std::map<std::string_view, std::pair<std::size_t, const WorkerEntry*>> kinds;
    for (const WorkerEntry& worker : fleet.workers) {
        if (!worker.trouble) continue;
        auto& [count, first] = kinds[worker.trouble->kind];
        if (count++ == 0) first = &worker;
    }
    for (const auto& [kind, found] : kinds) {
        const auto& [count, first] = found;
        troubles.push_back({fmt::format("{} {}{}: {}: {}", count, harmless(std::string(kind)),
                                        for_how_long(first->trouble->since, fleet.time),
                                        harmless(first->id), harmless(first->trouble->what)),
                            kind == kOtherEngine ? Tone::warning : Tone::bad});
    }
}

void add_lost(const FleetDocument& fleet, std::vector<Trouble>& troubles) {
    if (fleet.lost.empty()) return;
    const LostEntry& last = fleet.lost.back();
    const auto when = ago(last.since, fleet.time);
    troubles.push_back({fmt::format("{} lost, the last {}: {}: {}", fleet.lost.size(),
                                    when ? age_text(*when) + " ago" : "at an unknown time",
                                    harmless(last.id), harmless(last.reason)),
                        Tone::warning});
}

}  // namespace

std::vector<Trouble> troubles_of(const FleetDocument& fleet, const ViewLink& link) {
    std::vector<Trouble> troubles;
    if (auto trouble = link_trouble(fleet, link)) troubles.push_back(std::move(*trouble));
    add_sources(fleet, troubles);
    if (fleet.workers.empty()) troubles.push_back({"no worker is in this view", Tone::warning});
    add_missing(fleet, troubles);
    add_worker_troubles(fleet, troubles);
    add_state(fleet, "stale", "stale", Tone::bad, troubles);
    add_state(fleet, "unknown", "without any load yet", Tone::warning, troubles);
    add_flags(fleet, troubles);
    add_state(fleet, "late", "late", Tone::warning, troubles);
    add_lost(fleet, troubles);
    return troubles;
}

std::vector<StyledLine> trouble_lines(const std::vector<Trouble>& troubles, std::size_t lines,
                                      std::size_t columns) {
    std::vector<StyledLine> shown;
    if (troubles.empty()) {
        shown.emplace_back("  All is well.", Tone::good);
        return shown;
    }
    const std::size_t count = std::min(troubles.size(), std::max<std::size_t>(lines, 1));
    for (std::size_t i = 0; i < count; ++i) {
        const Trouble& trouble = troubles[i];
        StyledLine line(trouble.tone == Tone::dim ? "  " : "! ", trouble.tone);
        const bool last = i + 1 == count;
        std::string rest;
        if (last && count < troubles.size()) {
            rest = fmt::format(" (and {} more)", troubles.size() - count);
        }
        const std::size_t room = columns > 2 + rest.size() ? columns - 2 - rest.size() : 0;
        line.add(shortened_at_end(trouble.words, room) + rest, trouble.tone);
        shown.push_back(std::move(line));
    }
    return shown;
}

std::vector<StyledLine> whole_trouble_lines(const std::vector<Trouble>& troubles,
                                            std::size_t columns) {
    if (troubles.empty()) return trouble_lines(troubles, 1, columns);
    constexpr std::string_view kIndent = "      ";
    std::vector<StyledLine> lines;
    for (const Trouble& trouble : troubles) {
        std::string_view rest = trouble.words;
        std::string_view start = trouble.tone == Tone::dim ? "  " : "! ";
        while (!rest.empty()) {
            const std::size_t room = columns > start.size() + 1 ? columns - start.size() : 2;
            std::string piece = first_columns(rest, room);
            const std::size_t blank = piece.rfind(' ');
            // A word that is longer than the line is cut where the line ends.
            if (piece.size() < rest.size() && blank != std::string::npos && blank > 0) {
                piece.resize(blank);
            }
            rest.remove_prefix(piece.size());
            rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
            lines.emplace_back(std::string(start) + piece, trouble.tone);
            start = kIndent;
        }
    }
    return lines;
}

}  // namespace muster
