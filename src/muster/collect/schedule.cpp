#include "muster/collect/schedule.hpp"

#include <algorithm>

namespace muster {
namespace {

// Handles are given in order from 0, so that they index.
ComponentId component_at(std::size_t i) {
    return {static_cast<std::uint32_t>(i)};
}
SourceId source_at(std::size_t i) {
    return {static_cast<std::uint32_t>(i)};
}

}  // namespace

void Schedule::collect_due(FleetState& state, Time now, std::vector<Asking>& due) {
    for (std::size_t i = 0; i < state.component_count(); ++i) {
        const ComponentId component = component_at(i);
        if (state.ask_due_at(component) > now) continue;
        const FleetState::BegunRound begun = state.begin_round(component, now);
        due.push_back({.source = state.source_of(component),
                       .question = {component, begun.round, begun.echo}});
    }
    for (std::size_t i = 0; i < state.source_count(); ++i) {
        const SourceId source = source_at(i);
        if (state.echo_due_at(source) > now) continue;
        due.push_back(
            {.source = source,
             .question = {.component = {}, .round = {}, .echo = state.begin_echo(source, now)},
             .echo_only = true});
    }
}

Time Schedule::next_due(const FleetState& state) const {
    Time next = kNotDue;
    for (std::size_t i = 0; i < state.component_count(); ++i) {
        next = std::min(next, state.ask_due_at(component_at(i)));
    }
    for (std::size_t i = 0; i < state.source_count(); ++i) {
        next = std::min(next, state.echo_due_at(source_at(i)));
    }
    return next;
}

}  // namespace muster
