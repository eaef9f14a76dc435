#include "simulation/load_history.hpp"

#include <algorithm>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

constexpr LoadField kCounts[] = {LoadField::running, LoadField::slots, LoadField::waiting,
                                 LoadField::kv_active_blocks, LoadField::kv_total_blocks};

void forget_impossible(Load& load) {
    for (const LoadField field : kCounts) {
        if (load.count(field).value_or(0) > kCountMax) load.forget(field);
    }
    for (const LoadField field : {LoadField::kv_usage, LoadField::prefix_hit_rate}) {
        const double value = load.fraction(field).value_or(0.0);
        if (!(value >= 0.0 && value <= 1.0)) load.forget(field);
    }
}

bool same_triggers(const Load& a, const Load& b) {
    return a.count(LoadField::kv_active_blocks) == b.count(LoadField::kv_active_blocks) &&
           a.count(LoadField::waiting) == b.count(LoadField::waiting);
}

}  // namespace

Load showable(const Load& sent) {
    Load load = sent;
    forget_impossible(load);
    if (load.count(LoadField::slots) == 0U) load.forget(LoadField::slots);
    if (load.count(LoadField::kv_total_blocks) == 0U) {
        load.forget(LoadField::kv_total_blocks);
        load.forget(LoadField::kv_usage);
    }
    const auto slots = load.count(LoadField::slots);
    if (slots && load.count(LoadField::running).value_or(0) > *slots) {
        load.forget(LoadField::running);
    }
    const auto blocks = load.count(LoadField::kv_total_blocks);
    if (blocks && load.count(LoadField::kv_active_blocks).value_or(0) > *blocks) {
        load.forget(LoadField::kv_active_blocks);
    }
    return load;
}

void LoadHistory::become(Time when, const Load& load, bool starting) {
    spans_.push_back({when, load, muster::showable(load), starting});
}

template <typename Same>
bool LoadHistory::any_in(Time from, Time until, Same same) const noexcept {
    if (spans_.empty() || ended_ < from) return false;
    // The last span that began at or before `from` was true then; later ones became true after.
    auto span = std::upper_bound(spans_.begin(), spans_.end(), from,
                                 [](Time moment, const Span& s) { return moment < s.since; });
    if (span != spans_.begin()) --span;
    for (; span != spans_.end() && span->since <= until; ++span) {
        if (same(*span)) return true;
    }
    return false;
}

bool LoadHistory::was(const Load& shown, Time from, Time until) const noexcept {
    return any_in(from, until, [&](const Span& span) { return span.showable == shown; });
}

bool LoadHistory::triggers_were(const Load& shown, Time from, Time until) const noexcept {
    return any_in(from, until,
                  [&](const Span& span) { return same_triggers(span.showable, shown); });
}

bool LoadHistory::was_unknown(Time from, Time until) const noexcept {
    return any_in(from, until, [](const Span& span) { return span.starting; });
}

}  // namespace muster
