// Events as lines.
#include "event_log.hpp"

#include <string_view>

namespace muster {
namespace {

constexpr Duration kRulesEvery = std::chrono::seconds(10);

// What an event's subject is; it speaks for itself where it is a source, muster or the journal.
std::string_view subject_of(FleetEventKind kind) {
    switch (kind) {
        case FleetEventKind::source_connected:
        case FleetEventKind::source_suspect:
        case FleetEventKind::source_disconnected:
        case FleetEventKind::muster_started:
        case FleetEventKind::muster_stopped:
        case FleetEventKind::journal_gap: return "source";
        case FleetEventKind::mass_silence_began:
        case FleetEventKind::mass_silence_ended:
        case FleetEventKind::interval_changed:
        case FleetEventKind::workers_missing:
        case FleetEventKind::workers_complete:
        case FleetEventKind::workers_state:
        case FleetEventKind::workers_restored: return "component";
        default: return "worker";
    }
}

}  // namespace

LogLevel level_of(FleetEventKind kind) noexcept {
    switch (kind) {
        case FleetEventKind::worker_lost:
        case FleetEventKind::flag_raised:
        case FleetEventKind::source_suspect:
        case FleetEventKind::source_disconnected:
        case FleetEventKind::mass_silence_began:
        case FleetEventKind::trouble_began:
        case FleetEventKind::workers_missing: return LogLevel::warning;
        default: return LogLevel::info;
    }
}

LogRecord record_of(const FleetEvent& event) {
    LogRecord record{.level = level_of(event.kind),
                     .source = "fleet",
                     .words = words_of(event.kind),
                     .fields = {}};
    const std::string_view subject = subject_of(event.kind);
    if (subject == "source") {
        record.source = event.subject;
    } else {
        record.fields.emplace_back(subject, event.subject);
    }
    if (!event.detail.empty()) record.fields.emplace_back("detail", event.detail);
    return record;
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

void EventLog::tell(const std::vector<FleetEvent>& events) {
    for (const FleetEvent& event : events) {
        const bool is_loss = event.kind == FleetEventKind::source_disconnected;
        if (is_loss && log_.just_said(event.detail)) continue;
        log_.tell(record_of(event));
    }
}

void EventLog::tell_rules(const RuleCounts& counts, Time now) {
    if (!log_.tells(LogLevel::debug)) return;
    if (rules_told_at_ != kNever && now - rules_told_at_ < kRulesEvery) return;
    const std::string line = rules_line(rules_told_, counts);
    if (!line.empty()) {
        log_.tell({.level = LogLevel::debug,
                   .source = "fleet",
                   .words = "rules that decided",
                   .fields = {{"detail", line}}});
    }
    rules_told_ = counts;
    rules_told_at_ = now;
}

}  // namespace muster
