// The counting and the words.
#include "muster/fleet/state/state_news.hpp"

#include <algorithm>
#include <string>

#include "muster/fleet/state/fleet_parts.hpp"

namespace muster {
namespace {

bool is_blink(WorkerState from, WorkerState to) noexcept {
    const auto young = [](WorkerState s) {
        return s == WorkerState::fresh || s == WorkerState::late;
    };
    return young(from) && young(to);
}

std::string words_of(WorkerState from, WorkerState to) {
    return std::string(name_of(from)) + " -> " + std::string(name_of(to));
}

/// "824 more within 10 s: fresh -> late 412, late -> fresh 412"; empty: there were no more.
std::string untold_words(const StateNews& news, Time now) {
    std::uint64_t sum = 0;
    std::string each;
    for (std::size_t from = 0; from < kWorkerStateCount; ++from) {
        for (std::size_t to = 0; to < kWorkerStateCount; ++to) {
            const std::uint32_t count = news.untold[from][to];
            if (count == 0) continue;
            sum += count;
            each += each.empty() ? ": " : ", ";
            each += words_of(static_cast<WorkerState>(from), static_cast<WorkerState>(to)) + ' ' +
                    std::to_string(count);
        }
    }
    if (sum == 0) return {};
    // A sum that is told before its time speaks of the seconds that it counted, rounded up.
    const auto counted = std::chrono::ceil<std::chrono::seconds>(
        kStateNewsFor - std::max(news.ends_at - now, Duration::zero()));
    return std::to_string(sum) + " more within " + std::to_string(counted.count()) + " s" + each;
}

/// "; now 588 fresh, 412 late"
std::string present_words(ComponentRecord& component) {
    std::array<std::size_t, kWorkerStateCount> counts{};
    component.for_each_instance([&](InstanceRecord& instance) {
        for (const auto& row : instance.rows) {
            ++counts[static_cast<std::size_t>(row->published_state)];
        }
    });
    std::string words;
    for (const WorkerState state :
         {WorkerState::fresh, WorkerState::late, WorkerState::stale, WorkerState::unknown}) {
        const std::size_t count = counts[static_cast<std::size_t>(state)];
        if (count == 0) continue;
        words += words.empty() ? "; now " : ", ";
        words += std::to_string(count) + ' ' + std::string(name_of(state));
    }
    return words;
}

/// Tells what the component's sum holds, and begins anew.
void tell_sum(FleetParts& parts, ComponentRecord& component, Time now) {
    if (std::string words = untold_words(component.state_news, now); !words.empty()) {
        parts.chronicle.tell(FleetEventKind::workers_state, now, component.spec.name,
                             words + present_words(component));
    }
    component.state_news = {};
}

}  // namespace

void tell_state(FleetParts& parts, WorkerRow& row, WorkerState state, Time now) {
    StateNews& news = parts.component(row.identity->component_id).state_news;
    if (news.ends_at == kNotDue) {
        news.ends_at = now + kStateNewsFor;
        parts.state_sums_at = std::min(parts.state_sums_at, news.ends_at);
    }
    const WorkerState before = row.published_state;
    std::uint32_t& told = is_blink(before, state) ? news.blinks : news.others;
    if (told == kStateNewsSingle) {
        ++news.untold[static_cast<std::size_t>(before)][static_cast<std::size_t>(state)];
        return;
    }
    ++told;
    parts.chronicle.tell(FleetEventKind::worker_state, now, row.identity->id,
                         words_of(before, state));
}

void tell_state_sums(FleetParts& parts, Time now) {
    if (now < parts.state_sums_at) return;
    parts.state_sums_at = kNotDue;
    for (ComponentRecord& component : parts.components) {
        const Time ends_at = component.state_news.ends_at;
        if (now < ends_at)
            parts.state_sums_at = std::min(parts.state_sums_at, ends_at);
        else
            tell_sum(parts, component, now);
    }
}

void tell_state_sums_now(FleetParts& parts, Time now) {
    parts.state_sums_at = kNotDue;
    for (ComponentRecord& component : parts.components) tell_sum(parts, component, now);
}

}  // namespace muster
