#include "muster/fleet/state/ask_interval.hpp"

#include <algorithm>
#include <string>

namespace muster {
namespace {

constexpr Duration kIntervalMin = std::chrono::milliseconds(250);
constexpr Duration kIntervalMax = std::chrono::seconds(2);
constexpr Duration kIntervalWhilePushed = std::chrono::seconds(1);
// Answers a second that one component may cost us at most.
constexpr std::int64_t kAnswersPerSecond = 5'000;
constexpr Duration kPushesTrustedAfter = std::chrono::seconds(10);

bool pushes_tell_all(const ComponentRecord& component, Time now) {
    if (component.first_push_at == kNever) return false;
    const Time since = std::max(component.first_push_at, component.unpushed_difference_at);
    return age_between(since, now) >= kPushesTrustedAfter;
}

}  // namespace

Duration ask_interval(const FleetParts& parts, const ComponentRecord& component, Time now) {
    if (parts.rules.interval) return *parts.rules.interval;
    const auto workers = static_cast<std::int64_t>(component.row_count);
    const Duration by_size =
        std::chrono::nanoseconds(std::chrono::seconds(1)) * workers / kAnswersPerSecond;
    const Duration floor = pushes_tell_all(component, now) ? kIntervalWhilePushed : kIntervalMin;
    return std::clamp(by_size, floor, kIntervalMax);
}

void update_interval(FleetParts& parts, ComponentRecord& component, Time now) {
    const Duration interval = ask_interval(parts, component, now);
    if (interval == component.interval) return;
    const bool tighter = interval < component.interval;
    parts.chronicle.fired(tighter ? Rule::interval_tightened : Rule::interval_relaxed);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(interval).count();
    parts.chronicle.tell(FleetEventKind::interval_changed, now, component.spec.name,
                         std::to_string(ms) + " ms");
    if (tighter) component.ask_at = std::min(component.ask_at, now + interval);
    component.interval = interval;
    parts.sources_changed = true;
}

}  // namespace muster
