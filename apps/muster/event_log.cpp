// Events as lines.
#include "event_log.hpp"

#include <array>

#include "error_report.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

constexpr std::size_t kLinesMax = 50;
constexpr Duration kRulesEvery = std::chrono::seconds(10);

}  // namespace

LogLevel level_of(FleetEventKind kind) noexcept {
    switch (kind) {
        case FleetEventKind::worker_lost:
        case FleetEventKind::flag_raised:
        case FleetEventKind::source_suspect:
        case FleetEventKind::source_disconnected:
        case FleetEventKind::mass_silence_began:
        case FleetEventKind::workers_missing: return LogLevel::warning;
        default: return LogLevel::info;
    }
}

std::optional<LogLevel> log_level_of(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return static_cast<LogLevel>(i);
    }
    return std::nullopt;
}

std::string event_line(const FleetEvent& event, const WallClock& wall_clock) {
    std::string line = clock_text(wall_clock.wall_at(event.when)) + ' ' + words_of(event.kind) +
                       ": " + event.subject;
    if (!event.detail.empty()) line += ": " + event.detail;
    return line;
}

std::string rules_line(const RuleCounts& before, const RuleCounts& now) {
    std::string line;
    for (std::size_t i = 0; i < kRuleCount; ++i) {
        const auto rule = static_cast<Rule>(i);
        const std::uint64_t more = now.of(rule) - before.of(rule);
        if (more == 0) continue;
        line +=
            (line.empty() ? "" : ", ") + std::string(kRuleNames[i]) + " +" + std::to_string(more);
    }
    return line;
}

void EventLog::tell(const std::vector<FleetEvent>& events, const WallClock& wall_clock) const {
    std::size_t told = 0;
    std::size_t left_out = 0;
    for (const FleetEvent& event : events) {
        if (!log_.tells(level_of(event.kind))) continue;
        const bool is_loss = event.kind == FleetEventKind::source_disconnected;
        if (is_loss && log_.just_said(event.detail)) continue;
        if (told < kLinesMax) {
            report_error(event_line(event, wall_clock));
            ++told;
        } else {
            ++left_out;
        }
    }
    if (left_out > 0) report_error("and " + std::to_string(left_out) + " more events");
}

void EventLog::tell_rules(const RuleCounts& counts, Time now) {
    if (!log_.tells(LogLevel::debug)) return;
    if (rules_told_at_ != kNever && now - rules_told_at_ < kRulesEvery) return;
    const std::string line = rules_line(rules_told_, counts);
    if (!line.empty()) report_error("rules: " + line);
    rules_told_ = counts;
    rules_told_at_ = now;
}

}  // namespace muster
