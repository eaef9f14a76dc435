#include "muster/fleet/state/expectations.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster {
namespace {

// A source finds its services within a search and an answer; one that was listened to for so long
// beyond the patience has shown what is behind it. Sooner, every start would be an alarm.
constexpr Duration kFoundAfter = std::chrono::seconds(2);

bool has_shown_all(const FleetParts& parts, const SourceRecord& source) {
    return source.asked_once && source.listened >= kFoundAfter + parts.rules.patience;
}

/// A worker that would be lost, had it not been named, is not there; nor is one that discovery
/// withdrew, or that nobody has heard since we started.
bool counts(const WorkerRow& row) {
    return row.extras().silent_since == kNever && !row.flags.has(WorkerFlag::zombie) &&
           !row.flags.has(WorkerFlag::restored);
}

std::size_t present_of(ComponentRecord& component) {
    std::size_t present = 0;
    component.for_each_instance([&](const InstanceRecord& instance) {
        present += static_cast<std::size_t>(
            std::ranges::count_if(instance.rows, [](const auto& row) { return counts(*row); }));
    });
    return present;
}

/// The source behind which missing workers may still be found; empty if there is none. Where some
/// source has the component, the others are not waited for.
std::string searched_still(const FleetParts& parts, const std::string& component) {
    std::string searched;
    bool listed = false;
    for (const ComponentRecord& record : parts.components) {
        if (record.spec.name != component) continue;
        listed = true;
        const SourceRecord& source = parts.sources[record.source.value];
        if (!has_shown_all(parts, source)) searched = source.spec.id;
    }
    if (listed) return searched;
    if (parts.sources.empty()) return "no source";
    for (const SourceRecord& source : parts.sources) {
        if (!has_shown_all(parts, source)) return source.spec.id;
    }
    return {};
}

std::string why_unknown(const FleetParts& parts, const std::string& source_id) {
    const auto source = std::ranges::find_if(
        parts.sources, [&](const SourceRecord& s) { return s.spec.id == source_id; });
    if (source == parts.sources.end()) return source_id;
    return source_id + (source->state == SourceState::connected
                            ? " is still searched"
                            : ' ' + std::string(name_of(source->state)));
}

/// "silent for 10 s", or with several reasons "2 silent for 10 s, 1 withdrawn by discovery".
std::string why_missing(FleetParts& parts, const ExpectedInfo& info) {
    std::vector<std::pair<std::string, std::size_t>> reasons;
    const auto add = [&](const std::string& reason, std::size_t count) {
        if (count == 0) return;
        const auto known =
            std::ranges::find(reasons, reason, [](const auto& entry) { return entry.first; });
        if (known == reasons.end())
            reasons.emplace_back(reason, count);
        else
            known->second += count;
    };
    std::size_t left = *info.missing;
    const auto stones = parts.graveyard.shared();
    for (auto stone = stones->rbegin(); stone != stones->rend() && left > 0; ++stone) {
        if (stone->identity->component != info.component) continue;
        add(stone->detail, 1);
        --left;
    }
    for (ComponentRecord& component : parts.components) {
        if (component.spec.name != info.component) continue;
        component.for_each_instance([&](const InstanceRecord& instance) {
            for (const WorkerRow* const row : instance.rows) {
                if (left == 0 || counts(*row)) continue;
                add(row->extras().silent_since != kNever ? "silent"
                    : row->flags.has(WorkerFlag::zombie) ? "withdrawn by discovery"
                                                         : "not heard since muster began",
                    1);
                --left;
            }
        });
    }
    add("not seen in the last 15 min", left);
    if (reasons.size() == 1) return reasons.front().first;
    std::string text;
    for (const auto& [reason, count] : reasons) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + reason;
    }
    return text;
}

void tell(FleetParts& parts, const ExpectedInfo& info, Time now) {
    const std::string of = std::to_string(info.present) + " of " + std::to_string(info.workers);
    if (*info.missing == 0) {
        parts.chronicle.fired(Rule::expectation_met);
        parts.chronicle.tell(FleetEventKind::workers_complete, now, info.component, of);
        return;
    }
    parts.chronicle.fired(Rule::expectation_missed);
    parts.chronicle.tell(FleetEventKind::workers_missing, now, info.component,
                         of + ", " + std::to_string(*info.missing) + " missing: " + info.why);
}

void judge(FleetParts& parts, ExpectedInfo& info, Time now) {
    const ExpectedInfo before = info;
    const std::string searched =
        info.present < info.workers ? searched_still(parts, info.component) : std::string();
    // What was known once stays known: a source that fell ill hides nobody.
    if (!searched.empty() && !info.missing) {
        info.why = why_unknown(parts, searched);
    } else {
        info.missing = info.workers - std::min(info.workers, info.present);
        const bool began = *info.missing > 0 && before.missing.value_or(0) == 0;
        if (began) info.since = now;
        if (*info.missing == 0) info.since = kNever;
        if (*info.missing == 0)
            info.why.clear();
        else if (info.missing != before.missing)
            info.why = why_missing(parts, info);  // Tombstones end; what they said stays.
    }
    if (info == before) return;
    parts.expected_changed = true;
    if (info.missing && info.missing != before.missing) tell(parts, info, now);
}

}  // namespace

void set_expectations(FleetParts& parts, const std::vector<Expectation>& expected) {
    std::vector<ExpectedInfo> infos;
    for (const Expectation& expectation : expected) {
        const auto known = std::ranges::find_if(parts.expected, [&](const ExpectedInfo& info) {
            return info.component == expectation.component && info.workers == expectation.workers;
        });
        if (known != parts.expected.end()) {
            infos.push_back(*known);
            continue;
        }
        parts.chronicle.fired(Rule::expectation_unknown);
        infos.push_back({.component = expectation.component,
                         .workers = expectation.workers,
                         .present = 0,
                         .missing = std::nullopt,
                         .since = kNever,
                         .why = {},
                         .missing_ids = {}});
    }
    std::ranges::sort(infos, {}, &ExpectedInfo::component);
    parts.expected_changed = parts.expected_changed || infos != parts.expected;
    parts.expected = std::move(infos);
    parts.expected_due = true;
}

void count_expected(FleetParts& parts, Time now) {
    const bool waiting =
        std::ranges::any_of(parts.expected, [](const ExpectedInfo& info) { return !info.missing; });
    if (!std::exchange(parts.expected_due, false) && !waiting) return;
    if (parts.expected.empty()) return;
    std::vector<std::size_t> present(parts.expected.size(), 0);
    for (ComponentRecord& component : parts.components) {
        const auto at = std::ranges::lower_bound(parts.expected, component.spec.name, {},
                                                 &ExpectedInfo::component);
        if (at == parts.expected.end() || at->component != component.spec.name) continue;
        present[static_cast<std::size_t>(at - parts.expected.begin())] += present_of(component);
    }
    for (std::size_t i = 0; i < parts.expected.size(); ++i) {
        ExpectedInfo& info = parts.expected[i];
        parts.expected_changed = parts.expected_changed || info.present != present[i];
        info.present = present[i];
        judge(parts, info, now);
    }
}

std::shared_ptr<const std::vector<ExpectedInfo>> show_expected(const FleetParts& parts) {
    if (parts.expected.empty()) return nullptr;
    return std::make_shared<const std::vector<ExpectedInfo>>(parts.expected);
}

}  // namespace muster
